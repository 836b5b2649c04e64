"""The functions that synthetic backgrounds follow.

Each falls from y1 entries in the first bin, at x1, to y2 in the last one, at x2. Which of a
function's parameters these four numbers fix is said at each; the rest are drawn. They are those of
the reference: exp(-a x); a x + b; 1 / (a x^n) + b for n = 1, 2, 3, 4 and for n from 0.01 to 10;
a (x - x2)^2 + y2; a quarter of a cosine, (y1 - y2) cos(a (x - x1)) + y2; -a ln x + b; half a
hyperbolic cosine, cosh(a (x - x2)) + b.
"""

from __future__ import annotations

import math
from typing import Final

from bumpcast.compiled import compiled

FUNCTIONS: Final = (
    "exponential",
    "line",
    "power 1",
    "power 2",
    "power 3",
    "power 4",
    "power n",
    "parabola",
    "cosine",
    "logarithm",
    "hyperbolic cosine",
)
"""The kinds, by number."""

SUM: Final = len(FUNCTIONS)
"""Number of the kind of weighted sums of the functions."""

SMOOTHED: Final = SUM + 1
"""Number of the kind of curves that were fitted to spectra."""

KINDS: Final = (*FUNCTIONS, "sum", "smoothed spectrum")

LEAST_POWER: Final = 0.01
MOST_POWER: Final = 10.0


@compiled
def add_function(kind, x1, x2, y1, y2, power, weight, expected):  # type: ignore[no-untyped-def]
    """Add a function, times a weight, to what is expected in bins of equal width in x.

    Args:
        kind: One of FUNCTIONS, by number.
        x1: Middle of the first bin.
        x2: Middle of the last bin; more than x1.
        y1: Entries in the first bin; at least y2.
        y2: Entries in the last bin.
        power: n of kind 6.
        weight: What it is multiplied by.
        expected: Added to; shape (bins,).
    """
    bins = len(expected)
    width = (x2 - x1) / (bins - 1) if bins > 1 else 0.0
    n = power if kind == 6 else float(kind - 1)
    lowest = math.pow(x1 / x2, n) if 2 <= kind <= 6 else 0.0
    steepness = math.acosh(y1 - y2 + 1.0) if kind == 10 else 0.0
    for i in range(bins):
        x = x1 + i * width
        u = i / (bins - 1) if bins > 1 else 0.0
        if kind == 0:
            y = y1 * math.exp(-math.log(y1 / y2) * u)
        elif kind == 1:
            y = y1 + (y2 - y1) * u
        elif kind <= 6:
            # a and b from the two ends; (x1 / x)^n instead of x^-n, which may underflow
            y = y2 + (y1 - y2) * (math.pow(x1 / x, n) - lowest) / (1.0 - lowest)
        elif kind == 7:
            y = y2 + (y1 - y2) * (1.0 - u) * (1.0 - u)
        elif kind == 8:
            y = y2 + (y1 - y2) * math.cos(0.5 * math.pi * u)
        elif kind == 9:
            y = y1 - (y1 - y2) * math.log(x / x1) / math.log(x2 / x1)
        else:
            y = y2 + math.cosh(steepness * (1.0 - u)) - 1.0
        # Rounding may leave the last bin a little below y2.
        expected[i] += weight * max(y, y2)


@compiled
def add_curve(log_curve, y2, weight, expected):  # type: ignore[no-untyped-def]
    """Add exp of a curve, given at equal distances, so that its lowest point has y2 entries.

    Args:
        log_curve: Its logarithm from the first to the last bin; shape (points,).
        y2: Entries at its lowest point.
        weight: What it is multiplied by.
        expected: Added to; shape (bins,).
    """
    bins, points = len(expected), len(log_curve)
    lowest = log_curve.min()
    for i in range(bins):
        place = i / (bins - 1) * (points - 1) if bins > 1 else 0.0
        k = min(int(place), points - 2)
        share = place - k
        value = (1.0 - share) * log_curve[k] + share * log_curve[k + 1]
        expected[i] += weight * y2 * math.exp(value - lowest)
