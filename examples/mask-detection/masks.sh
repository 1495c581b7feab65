#!/bin/sh
# masks: finds faces with and without a mask in a picture.
#
# in   NAME.jpg, faces blurred
# out  NAME.jpg with a labelled box around each face, and their numbers on top
set -eu

file=$(basename "$INPUT_FILE_PATH")

python /opt/mask-detector/mask-detector-image.py --image "$INPUT_FILE_PATH" --output "$TMP_OUTPUT_DIR/$file"

# The program is silent when it cannot write; an empty-handed step should not count as done.
if [ ! -s "$TMP_OUTPUT_DIR/$file" ]; then
  echo "no picture came out of $file" >&2
  exit 1
fi
