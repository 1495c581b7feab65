#!/bin/sh
# sheet: lays a picture out in four treatments on one sheet.
#
# in   NAME.png, the large thumbnail
# out  NAME.png: original, grey, few colours, edges; two by two on white
set -eu

# ImageMagick 7 is one program, magick; ImageMagick 6 has a program for each tool.
if command -v magick > /dev/null; then convert() { magick "$@"; }; fi

file=$(basename "$INPUT_FILE_PATH")

convert "$INPUT_FILE_PATH" -colorspace sRGB -bordercolor white \
  '(' -clone 0 -border 8 ')' \
  '(' -clone 0 -colorspace Gray -border 8 ')' \
  '(' -clone 0 +dither -posterize 4 -border 8 ')' \
  '(' -clone 0 -colorspace Gray -edge 1 -negate -border 8 ')' \
  -delete 0 \
  '(' -clone 0,1 +append ')' '(' -clone 2,3 +append ')' -delete 0-3 -append \
  -strip "$TMP_OUTPUT_DIR/$file"

echo "sheet of $file"
