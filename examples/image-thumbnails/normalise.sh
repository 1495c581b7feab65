#!/bin/sh
# normalise: makes pictures of all kinds comparable.
#
# in   a picture in any format that ImageMagick reads
# out  NAME.png, upright, at most 640 pixels wide and high, its darkest point black and its brightest white
set -eu

# ImageMagick 7 is one program, magick; ImageMagick 6 has a program for each tool.
if command -v magick > /dev/null; then convert() { magick "$@"; }; fi

file=$(basename "$INPUT_FILE_PATH")

# [0]: of an animation, the first frame.
convert "${INPUT_FILE_PATH}[0]" -auto-orient -strip -colorspace sRGB -alpha remove -resize '640x640>' -auto-level \
  -depth 8 "$TMP_OUTPUT_DIR/${file%.*}.png"

echo "normalised $file"
