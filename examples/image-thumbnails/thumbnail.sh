#!/bin/sh
# thumbnail: makes small versions of a picture and describes it.
#
# in   NAME.png from the step normalise
# out  small/NAME.png, medium/NAME.png, large/NAME.png   at most 64, 128 and 256 pixels wide and high
#      NAME.report.txt                                   size, colours and brightness of the picture
set -eu

# ImageMagick 7 is one program, magick; ImageMagick 6 has a program for each tool.
if command -v magick > /dev/null; then
  convert() { magick "$@"; }
  identify() { magick identify "$@"; }
fi

name=$(basename "$INPUT_FILE_PATH" .png)
report="$TMP_OUTPUT_DIR/$name.report.txt"

{
  echo "picture     $name"
  identify -format 'size        %w x %h pixels\ncolourspace %[colorspace]\ncolours     %k\n' "$INPUT_FILE_PATH"
  # fx answers with as many digits as the version of ImageMagick likes.
  identify -format '%[fx:100*mean]' "$INPUT_FILE_PATH" | LC_ALL=C awk '{ printf "brightness  %.0f %%\n", $1 }'
} > "$report"

for version in small:64 medium:128 large:256; do
  folder=${version%:*}
  size=${version#*:}
  mkdir "$TMP_OUTPUT_DIR/$folder"
  convert "$INPUT_FILE_PATH" -resize "${size}x$size" -strip "$TMP_OUTPUT_DIR/$folder/$name.png"
  identify -format "$(printf '%-11s' "$folder") %w x %h pixels\n" "$TMP_OUTPUT_DIR/$folder/$name.png" >> "$report"
done

cat "$report"
