#!/bin/sh
# anonymise: takes pictures from a video and blurs the faces in them.
#
# in   a video in any format that ffmpeg reads
# out  NAME-0001.jpg, NAME-0002.jpg, ...: one picture every SECONDS_PER_FRAME seconds (default 5), faces blurred
#
# Everything in TMP_OUTPUT_DIR leaves the cluster, also when a script fails. So pictures with recognisable faces are kept
# elsewhere, and only what the blurring wrote goes there, at the end; if it fails for one picture, none leaves.
set -eu

file=$(basename "$INPUT_FILE_PATH")
name=${file%.*}

faces=$(mktemp -d)
done=$(mktemp -d)
trap 'rm -rf "$faces" "$done"' EXIT

ffmpeg -nostdin -hide_banner -loglevel error -i "$INPUT_FILE_PATH" \
  -vf "fps=1/${SECONDS_PER_FRAME:-5}" -q:v 2 "$faces/$name-%04d.jpg"

for picture in "$faces"/*.jpg; do
  blurred="$done/$(basename "$picture")"
  python /opt/blurry-faces/src/auto_blur_image.py -i "$picture" -o "$blurred"
  if [ ! -s "$blurred" ]; then
    echo "no blurred version of $picture" >&2
    exit 1
  fi
done

mv "$done"/*.jpg "$TMP_OUTPUT_DIR"
echo "anonymised $file"
