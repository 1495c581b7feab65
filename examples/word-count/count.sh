#!/bin/sh
# count: counts the words of a text.
#
# in   NAME.txt, English
# out  stats-NAME.txt   lines, words and different words
#      NAME.csv         word,count with the most frequent word first, for the step chart
set -eu

# Sorting must not depend on the language of the machine.
export LC_ALL=C

file=$(basename "$INPUT_FILE_PATH")
name=${file%.*}
words="$TMP_OUTPUT_DIR/$name.csv"

tr '[:upper:]' '[:lower:]' < "$INPUT_FILE_PATH" |
  tr -cs '[:lower:]' '\n' |
  sed '/^$/d' |
  sort |
  uniq -c |
  sort -k 1,1nr -k 2,2 |
  awk 'BEGIN { print "word,count" } { print $2 "," $1 }' > "$words"

awk -F, -v lines="$(awk 'END { print NR }' "$INPUT_FILE_PATH")" '
  NR > 1 { different++; all += $2 }
  END { printf "lines      %d\nwords      %d\ndifferent  %d\n", lines, all, different }
' "$words" > "$TMP_OUTPUT_DIR/stats-$name.txt"

cat "$TMP_OUTPUT_DIR/stats-$name.txt"
