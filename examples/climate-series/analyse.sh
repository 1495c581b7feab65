#!/bin/sh
# analyse: the linear trend of a series with its uncertainty, and the period of its strongest cycle.
#
# in   NAME.series.csv from the step clean
# out  NAME.report.txt     the findings in words
#      NAME.analysed.csv   findings, series and autocorrelation as kind,x,y for the step plot
#
# trend   least squares. Neighbouring values are alike, so they tell less than their number suggests: the standard
#         error counts n (1 - r) / (1 + r) independent values, where r is the correlation of neighbours in what trend
#         and cycle leave over (Santer et al. 2000, doi:10.1029/1999JD901105).
# period  the autocorrelation of the series without its trend says whether there is a cycle and about how long it is:
#         a peak counts if it rises above what noise reaches in 5 % of cases (Bartlett's formula). The sine wave near
#         it that fits best says how long exactly.
set -eu

file=$(basename "$INPUT_FILE_PATH")
name=${file%.series.csv}

# The C locale makes a dot the decimal separator, whatever the machine speaks. The awk of a small image may lack sqrt,
# sin, cos and even ^, so what is needed of them is here.
LC_ALL=C awk -F, -v title="$name" \
  -v report="$TMP_OUTPUT_DIR/$name.report.txt" -v table="$TMP_OUTPUT_DIR/$name.analysed.csv" '
  function square(v) { return v * v }
  function root(v,    guess, i) {
    guess = v > 1 ? v : 1
    if (v > 0) for (i = 0; i < 60; i++) guess = (guess + v / guess) / 2
    return v > 0 ? guess : 0
  }

  # The Taylor series x^k / k! + ... with alternating signs: cos(x) from k = 0, sin(x) from k = 1; for x up to 2 pi.
  function series(x, k,    term, sum) {
    term = k ? x : 1
    for (; k < 40; k += 2) { sum += term; term *= -x * x / ((k + 1) * (k + 2)) }
    return sum
  }

  # Least squares: y[i] = level + slope * (t[i] - centre) + residual[i].
  function fit_trend(    i, ty) {
    for (i = 1; i <= n; i++) { centre += t[i] / n; level += y[i] / n }
    for (i = 1; i <= n; i++) { spread += square(t[i] - centre); ty += (t[i] - centre) * y[i] }
    slope = ty / spread
    for (i = 1; i <= n; i++) {
      residual[i] = y[i] - level - slope * (t[i] - centre)
      power += square(residual[i])
    }
  }

  # Correlation of the residuals with themselves, k steps later.
  function autocorrelation(k,    i, sum) {
    for (i = 1; i <= n - k; i++) sum += residual[i] * residual[i + k]
    return power ? sum / power : 0
  }

  # The lag of the first peak that is nearly as high as the highest (a cycle has peaks at all its multiples), else 0.
  function find_lag(    k, sum, highest) {
    lags = int(n / 3)
    for (k = 0; k <= lags; k++) r[k] = autocorrelation(k)
    for (k = 1; k < lags; k++) {
      noise[k] = 1.96 * root((1 + 2 * sum) / n)
      sum += square(r[k])
      peak[k] = r[k] > r[k - 1] && r[k] >= r[k + 1] && r[k] > noise[k]
      if (peak[k] && r[k] > highest) highest = r[k]
    }
    for (k = 1; k < lags; k++) if (peak[k] && r[k] > 0.9 * highest) return k
    return 0
  }

  # Least squares: the wave of so many steps, a cosine[i] + b sine[i], in the residuals; returns the power it explains.
  function fit_wave(length_in_steps,    i, step_cos, step_sin, c, s, cc, cs, ss, yc, ys, det) {
    step_cos = series(2 * 3.14159265358979 / length_in_steps, 0)
    step_sin = series(2 * 3.14159265358979 / length_in_steps, 1)
    cosine[1] = 1; sine[1] = 0
    for (i = 1; i <= n; i++) {
      c = cosine[i]; s = sine[i]
      cosine[i + 1] = c * step_cos - s * step_sin
      sine[i + 1] = s * step_cos + c * step_sin
      cc += c * c; cs += c * s; ss += s * s
      yc += residual[i] * c; ys += residual[i] * s
    }
    det = cc * ss - cs * cs
    a = (yc * ss - ys * cs) / det
    b = (ys * cc - yc * cs) / det
    return a * yc + b * ys
  }

  # The best wave within 15 % of the lag; afterwards the residuals are what it leaves over.
  function find_cycle(    lag, percent, found, best, i) {
    lag = find_lag()
    if (!lag) return
    for (percent = 85; percent <= 115; percent += 0.125) {
      found = fit_wave(lag * percent / 100)
      if (found > best) { best = found; period = lag * percent / 100 }
    }
    similarity = r[lag]; threshold = noise[lag]
    explained = fit_wave(period) / power
    amplitude = root(a * a + b * b)
    for (i = 1; i <= n; i++) residual[i] -= a * cosine[i] + b * sine[i]
    power *= 1 - explained
    period /= per_year
  }

  # Standard errors of slope and level.
  function find_errors(    alike, independent, variance) {
    alike = autocorrelation(1)
    independent = n * (1 - alike) / (1 + alike)
    if (independent > n) independent = n
    if (independent < 3) independent = 3
    variance = power / (independent - 2)
    slope_error = root(variance / spread)
    level_error = root(variance / n)
  }

  # With as many decimals as suit numbers of this size: three significant digits.
  function number(value, size) {
    return sprintf("%." (size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4) "f", value)
  }
  function signed(value, size) { return (value < 0 ? "" : "+") number(value, size) }
  function date(time) {
    return per_year == 1 ? int(time) : sprintf("%d-%02d", time, 1 + int(12 * (time - int(time))))
  }
  function row(label, text) { printf "%-9s%s\n", label, text > report }

  function write_report(    low, high, half, rise, i) {
    low = high = 1
    for (i = 2; i <= n; i++) { if (y[i] < y[low]) low = i; if (y[i] > y[high]) high = i }
    half = (y[high] - y[low]) / 2
    rise = slope * (t[n] - t[1])
    row("series", title)
    row("source", source)
    row("record", date(t[1]) " to " date(t[n]) ", " n " " steps (filled ? ", " filled " of them interpolated" : ""))
    row("values", "mean " number(level, half) " " unit ", lowest " number(y[low], half) " (" date(t[low]) \
      "), highest " number(y[high], half) " (" date(t[high]) ")")
    row("trend", trend " " unit " per year (two standard errors)")
    row("", square(slope) > square(2 * slope_error) \
      ? "significant: " signed(rise, rise < 0 ? -rise : rise) " " unit " over the record" \
      : "not significant: the error includes zero")
    if (!period) { row("period", "none: no peak of the autocorrelation rises above noise"); return }
    row("period", sprintf("%.2f years (autocorrelation %.2f, noise stays below %.2f)", period, similarity, threshold))
    row("", sprintf("a wave of ± %s %s explains %.0f %% of what the trend leaves", \
      number(amplitude, amplitude), unit, 100 * explained))
  }

  function fact(key, value) { print "# " key ": " value > table }

  function write_table(    i, k) {
    fact("title", title); fact("unit", unit); fact("source", source); fact("steps", steps); fact("trend", trend)
    fact("centre", sprintf("%.4f", centre))
    fact("level", sprintf("%.6f", level)); fact("level_error", sprintf("%.6f", level_error))
    fact("slope", sprintf("%.6f", slope)); fact("slope_error", sprintf("%.6f", slope_error))
    fact("period", sprintf("%.4f", period))
    print "kind,x,y" > table
    for (i = 1; i <= n; i++) printf "%s,%.4f,%.4f\n", readings[i] ? "value" : "filled", t[i], y[i] > table
    for (k = 0; k < lags; k++) printf "lag,%.4f,%.4f\n", k / per_year, r[k] > table
    for (k = 1; k < lags; k++) printf "noise,%.4f,%.4f\n", k / per_year, noise[k] > table
  }

  /^# title: / { title = substr($0, 10) }
  /^# unit: / { unit = substr($0, 9) }
  /^# source: / { source = substr($0, 11) }
  /^# per_year: / { per_year = substr($0, 13) + 0; steps = per_year == 1 ? "years" : "months" }
  /^[0-9]/ { n++; t[n] = $1; y[n] = $2; readings[n] = $3; if (!readings[n]) filled++ }

  END {
    fit_trend()
    find_cycle()
    find_errors()
    trend = signed(slope, 20 * slope_error) " ± " number(2 * slope_error, 20 * slope_error)
    write_report()
    write_table()
  }
' "$INPUT_FILE_PATH"

cat "$TMP_OUTPUT_DIR/$name.report.txt"
