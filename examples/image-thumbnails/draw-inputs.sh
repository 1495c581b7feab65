#!/bin/sh
# draw-inputs: draws the pictures in input/. The workflow does not need it; it is kept to show where they come from.
#
# Each picture is a formula, written as a PPM file (the simplest picture format there is) and packed by ImageMagick.
set -eu

cd "$(dirname "$0")/input"
if command -v magick > /dev/null; then convert() { magick "$@"; }; fi

# draw NAME BODY: BODY is awk code that sets red, green and blue (0 to 255) of the point x (-1.33 to 1.33), y (-1 to 1).
draw() {
  LC_ALL=C awk "
    function level(v) { return v < 0 ? 0 : v > 1 ? 255 : int(255 * v) }
    BEGIN {
      print \"P3 320 240 255\"
      for (row = 0; row < 240; row++) for (column = 0; column < 320; column++) {
        x = (column - 159.5) / 120; y = (row - 119.5) / 120
        $2
        print red, green, blue
      }
    }" | convert ppm:- "$1"
}

# The Mandelbrot set: how many steps it takes to leave a circle, as a colour.
draw mandelbrot.png '
  a = b = 0
  for (step = 0; step < 48 && a * a + b * b < 4; step++) {
    next_a = a * a - b * b + 1.2 * x - 0.6; b = 2 * a * b + 1.2 * y; a = next_a
  }
  glow = step == 48 ? 0 : step / 30
  red = level(glow * 1.6); green = level(glow * glow * 1.7); blue = level(glow == 0 ? 0 : 0.22 + glow * 0.5)
'

# Two waves that meet, grey and with little contrast: work for the step normalise.
draw waves.png '
  near = sin(26 * sqrt((x + 0.7) * (x + 0.7) + y * y)); far = sin(26 * sqrt((x - 0.7) * (x - 0.7) + y * y))
  red = green = blue = 8 * int((0.5 + 0.1 * (near + far)) * 255 / 8)
'

# A flower with five petals in few colours.
draw flower.gif '
  radius = sqrt(x * x + y * y); petal = 0.55 + 0.3 * cos(5 * atan2(y, x))
  red = 34; green = 84 + 16 * int(2 + 2 * y); blue = 61
  if (radius < petal) { red = 236 - 16 * int(5 * radius / petal); green = 72 + 16 * int(4 * radius); blue = 153 }
  if (radius < 0.18) { red = 250; green = 204; blue = 21 }
'
