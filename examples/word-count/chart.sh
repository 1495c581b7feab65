#!/bin/sh
# chart: draws the most frequent words of a text as bars.
#
# in   NAME.csv from the step count: word,count with the most frequent word first
# out  top-NAME.txt
#
# The variables WORDS and MIN_LENGTH say how many words to show and how long a word must be.
set -eu

name=$(basename "$INPUT_FILE_PATH" .csv)
chart="$TMP_OUTPUT_DIR/top-$name.txt"

awk -F, -v words="${WORDS:-10}" -v min_length="${MIN_LENGTH:-1}" '
  NR == 1 || length($1) < min_length || shown == words { next }
  {
    shown++
    bar = ""
    for (i = 0; i < $2; i++) bar = bar "#"
    printf "%-14s%4d  %s\n", $1, $2, bar
  }
' "$INPUT_FILE_PATH" > "$chart"

cat "$chart"
