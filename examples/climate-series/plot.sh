#!/bin/sh
# plot: draws an analysed series as a picture.
#
# in   NAME.analysed.csv from the step analyse
# out  NAME.svg with two panels: the series with its trend (the band is two standard errors wide on each side), and the
#      autocorrelation that shows the period (the band is what noise reaches in 95 % of cases). Interpolated values
#      are hollow dots.
set -eu

file=$(basename "$INPUT_FILE_PATH")
name=${file%.analysed.csv}

LC_ALL=C awk -F, '
  function text(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s); return s }
  function floor(v,    i) { i = int(v) + 0; return i > v ? i - 1 : i }
  function ceiling(v) { return -floor(-v) + 0 }

  # The distance of ticks: 1, 2 or 5 times a power of ten, so that about count of them fit in size.
  function tick_step(size, count,    power, f) {
    power = 1
    while (size / count >= 10 * power) power *= 10
    while (size / count < power) power /= 10
    f = size / count / power
    return power * (f < 1.5 ? 1 : f < 3.5 ? 2 : f < 7.5 ? 5 : 10)
  }
  function label(v, step) { return minus(sprintf("%." (step >= 1 ? 0 : step >= 0.1 ? 1 : 2) "f", v)) }
  function minus(s) { sub(/^-/, "−", s); return s }

  # A panel maps x0..x1 to left..right and y0..y1 to bottom..top, in pixels.
  function panel(new_x0, new_x1, new_y0, new_y1, new_top, new_bottom) {
    x0 = new_x0; x1 = new_x1; y0 = new_y0; y1 = new_y1; top = new_top; bottom = new_bottom
  }
  function px(x) { return sprintf("%.1f", left + (x - x0) / (x1 - x0) * (right - left)) }
  function py(y) { return sprintf("%.1f", bottom - (y - y0) / (y1 - y0) * (bottom - top)) }

  function line(class, xa, ya, xb, yb) {
    printf "<line class=\"%s\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>\n", class, xa, ya, xb, yb
  }
  function write(class, x, y, s) { printf "<text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n", class, x, y, s }

  function draw_axes(x_count, y_count,    step, i) {
    step = tick_step(y1 - y0, y_count)
    for (i = ceiling(y0 / step - 0.001); i * step <= y1 + step / 1000; i++) {
      line(i == 0 ? "zero" : "grid", left, py(i * step), right, py(i * step))
      write("y", left - 10, py(i * step) + 4, label(i * step, step))
    }
    line("axis", left, bottom, right, bottom)
    step = tick_step(x1 - x0, x_count)
    for (i = ceiling(x0 / step - 0.001); i * step <= x1 + step / 1000; i++) {
      line("axis", px(i * step), bottom, px(i * step), bottom + 5)
      write("x", px(i * step), bottom + 20, label(i * step, step))
    }
  }

  # A band of half-width h[i] around middle[i].
  function draw_band(class, count, at, middle, h,    i, points) {
    for (i = 1; i <= count; i++) points = points px(at[i]) "," py(middle[i] + h[i]) " "
    for (i = count; i >= 1; i--) points = points px(at[i]) "," py(middle[i] - h[i]) " "
    printf "<polygon class=\"%s\" points=\"%s\"/>\n", class, points
  }

  function draw_line(class, count, at, value,    i, points) {
    for (i = 1; i <= count; i++) points = points px(at[i]) "," py(value[i]) " "
    printf "<polyline class=\"%s\" points=\"%s\"/>\n", class, points
  }

  # By Newton, since the awk of a small image may lack sqrt.
  function hypotenuse(a, b,    sum, root, i) {
    sum = a * a + b * b
    root = sum > 1 ? sum : 1
    if (sum > 0) for (i = 0; i < 60; i++) root = (root + sum / root) / 2
    return sum > 0 ? root : 0
  }

  function trend_at(x) { return fact["level"] + fact["slope"] * (x - fact["centre"]) }

  function draw_series(    low, high, step, i, ends, fit, width) {
    low = high = y[1]
    for (i = 2; i <= n; i++) { if (y[i] < low) low = y[i]; if (y[i] > high) high = y[i] }
    if (low == high) { low--; high++ }
    step = tick_step(high - low, 5)
    panel(t[1], t[n], step * floor(low / step), step * ceiling(high / step), 112, 372)
    draw_axes(8, 5)
    for (i = 0; i <= 20; i++) {
      ends[i + 1] = t[1] + (t[n] - t[1]) * i / 20
      fit[i + 1] = trend_at(ends[i + 1])
      width[i + 1] = 2 * hypotenuse(fact["level_error"], fact["slope_error"] * (ends[i + 1] - fact["centre"]))
    }
    draw_band("error", 21, ends, fit, width)
    draw_line("series", n, t, y)
    for (i = 1; i <= n; i++) {
      if (filled[i]) printf "<circle class=\"hollow\" cx=\"%s\" cy=\"%s\" r=\"2.5\"/>\n", px(t[i]), py(y[i])
      else if (n <= 120) printf "<circle class=\"dot\" cx=\"%s\" cy=\"%s\" r=\"2.5\"/>\n", px(t[i]), py(y[i])
    }
    line("trend", px(t[1]), py(trend_at(t[1])), px(t[n]), py(trend_at(t[n])))
    write("unit", left - 10, top - 14, text(fact["unit"]))
    write("finding", right, top - 14, "trend " minus(fact["trend"]) " " text(fact["unit"]) " per year")
  }

  # About four periods are enough to see the rhythm.
  function draw_autocorrelation(    period, shown, zero, i) {
    period = fact["period"] + 0
    shown = lags
    while (period && shown > 3 && lag[shown] > 4.2 * period) shown--
    panel(0, lag[shown], -1, 1, 452, 552)
    for (i = 1; i <= shown; i++) zero[i] = 0
    draw_axes(8, 2)
    draw_band("noise", shown, lag, zero, noise)
    if (period) {
      line("marker", px(period), top, px(period), bottom)
      write("finding", right, top - 14, "period " sprintf("%.2f", period) " years")
    } else write("finding", right, top - 14, "no period rises above noise")
    draw_line("series", shown, lag, r)
    write("panel", left, top - 14, "autocorrelation, by years of lag; grey: noise")
  }

  /^# [a-z_]+: / { key = substr($0, 3, index($0, ":") - 3); fact[key] = substr($0, index($0, ":") + 2) }
  $1 == "value" || $1 == "filled" { n++; t[n] = $2 + 0; y[n] = $3 + 0; filled[n] = $1 == "filled" }
  $1 == "lag" { lags++; lag[lags] = $2 + 0; r[lags] = $3 + 0; noise[lags] = 0 }
  $1 == "noise" { noises++; noise[noises + 1] = $3 + 0 }

  END {
    left = 84; right = 932
    print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 620\" width=\"960\" height=\"620\" role=\"img\">"
    print "<title>" text(fact["title"]) "</title>"
    print "<style>"
    print "text { font: 13px Helvetica Neue, Helvetica, Arial, sans-serif; fill: #5b6670 }"
    print ".title { font-size: 22px; font-weight: 600; fill: #17212b } .panel, .unit { fill: #17212b }"
    print ".finding { text-anchor: end; font-weight: 600; fill: #c2410c } .x { text-anchor: middle }"
    print ".y, .unit { text-anchor: end } .source { font-size: 11px }"
    print "line, polyline { fill: none } .grid { stroke: #e8ebee } .zero, .axis { stroke: #9aa5b1 }"
    print ".series { stroke: #1d5f8a; stroke-width: 1.4; stroke-linejoin: round } .dot { fill: #1d5f8a }"
    print ".hollow { fill: #fff; stroke: #1d5f8a } .trend { stroke: #c2410c; stroke-width: 2 }"
    print ".error { fill: #c2410c; fill-opacity: 0.14 } .noise { fill: #9aa5b1; fill-opacity: 0.25 } .marker { stroke: #c2410c; stroke-dasharray: 4 3 }"
    print "</style>"
    print "<rect width=\"960\" height=\"620\" fill=\"#fff\"/>"
    write("title", 28, 44, text(fact["title"]))
    write("", 28, 68, n " " text(fact["steps"]) ", " int(t[1]) " to " int(t[n]))
    draw_series()
    draw_autocorrelation()
    write("source", 28, 604, "Data: " text(fact["source"]))
    print "</svg>"
  }
' "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name.svg"

echo "drew $name.svg"
