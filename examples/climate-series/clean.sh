#!/bin/sh
# clean: turns one raw record into a regular time series.
#
# in   a CSV file "date,value". Dates are 1958, 1958-03, 1958-03-29 or 19580329; a value may be missing.
#      Lines "# title: ...", "# unit: ..." and "# source: ..." on top say what was measured.
# out  NAME.series.csv with the columns time,value,readings: one row per year if the dates are years, otherwise one
#      row per month. time is a decimal year in the middle of the interval, value the mean of its readings.
#      Where a month has none, value is interpolated and readings is 0.
#
# A malformed line ends the script with a message and exit code 1: the step fails, and nothing reaches the next one.
set -eu

file=$(basename "$INPUT_FILE_PATH")
name=${file%.*}

# The C locale makes a dot the decimal separator, whatever the machine speaks.
LC_ALL=C awk -F, -v file="$file" '
  function fail(why) {
    print file (ended ? "" : ", line " NR) ": " why | "cat 1>&2"
    failed = 1
    exit 1
  }

  # Years, or months counted from the year 0: what the readings are grouped by.
  function interval(date,    digits, month) {
    if (date !~ /^[0-9][0-9][0-9][0-9](-?[0-9][0-9](-?[0-9][0-9])?)?$/) fail("\"" date "\" is not a date")
    digits = date
    gsub(/-/, "", digits)
    if (per_year == 0) per_year = (length(digits) == 4) ? 1 : 12
    if ((length(digits) == 4) != (per_year == 1)) fail("\"" date "\": years and finer dates do not mix")
    if (per_year == 1) return digits + 0
    month = substr(digits, 5, 2) + 0
    if (month < 1 || month > 12) fail("\"" date "\" has no such month")
    return 12 * substr(digits, 1, 4) + month - 1
  }

  { sub(/\r$/, "") }
  /^# (title|unit|source): / { print; next }
  /^#/ || /^ *$/ { next }
  !columns { columns = 1; next }
  NF != 2 { fail("expected \"date,value\", found \"" $0 "\"") }
  {
    i = interval($1)
    if (first == "" || i < first) first = i
    if (last == "" || i > last) last = i
  }
  $2 == "" || $2 == "NA" { next }
  $2 !~ /^[-+]?[0-9]+(\.[0-9]*)?$/ { fail("\"" $2 "\" is not a number") }
  { sum[i] += $2; readings[i]++; valid++ }

  END {
    if (failed) exit 1
    ended = 1
    if (!valid) fail("no readings")
    while (!readings[first]) first++
    while (!readings[last]) last--
    if (last - first < 11) fail("too short: a series needs at least 12 years, or 12 months")
    for (i = first; i <= last; i++) if (readings[i]) mean[i] = sum[i] / readings[i]
    print "# per_year: " per_year
    print "time,value,readings"
    for (i = first; i <= last; i++) {
      if (readings[i]) before = i
      else {
        for (after = i; !readings[after]; after++) { }
        mean[i] = mean[before] + (mean[after] - mean[before]) * (i - before) / (after - before)
      }
      printf "%.4f,%.4f,%d\n", (i + 0.5) / per_year, mean[i], readings[i]
    }
  }
' "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name.series.csv"

echo "cleaned $file"
