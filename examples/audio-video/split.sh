#!/bin/sh
# split: separates the sound of a video from its pictures.
#
# in   a video in any format that ffmpeg reads
# out  NAME.wav   the sound as speech recognition wants it: one channel, 16 kHz, 16 bit; absent for a silent film
#      NAME.avi   the pictures without sound, 5 a second, at most 640 pixels wide: enough to find objects in
set -eu

file=$(basename "$INPUT_FILE_PATH")
name=${file%.*}

# streams KIND: the numbers of the streams of that kind, v or a, one a line.
streams() {
  ffprobe -v error -select_streams "$1" -show_entries stream=index -of csv=p=0 "$INPUT_FILE_PATH"
}

if [ -z "$(streams v)" ]; then
  echo "$file has no pictures" >&2
  exit 1
fi

# One call for both, so that the video is read once. -2: the height that keeps the shape, made even for the codec.
set -- -map 0:v:0 -vf "fps=5,scale='min(640,iw)':-2" -c:v mpeg4 -q:v 4 "$TMP_OUTPUT_DIR/$name.avi"
if [ -n "$(streams a)" ]; then
  set -- "$@" -map 0:a:0 -ac 1 -ar 16000 -c:a pcm_s16le "$TMP_OUTPUT_DIR/$name.wav"
fi

ffmpeg -nostdin -hide_banner -loglevel error -i "$INPUT_FILE_PATH" "$@"

echo "split $file"
