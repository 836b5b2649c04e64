"""Signed significances of a signal at every bin, for a background that is given.

At every bin a Gaussian signal of any strength mu is compared with none. With counts n, background b
and the template s, mu maximises the Poisson likelihood L of b + mu s, and

    z = sqrt(2 ln[L(mu) / L(0)]) with the sign of mu,

so that a deficit is negative (G. Cowan et al., arXiv:1007.1727, eq. 12 without the bound of mu at
zero). Where the background has an uncertainty sigma, each bin's background is
profiled: L has a factor exp(-(t - b)^2 / (2 sigma^2)) for the true background t, and its largest
value over t counts on both sides of the ratio. With B = b + mu s the best expectation of a bin is

    t + mu s = B + sigma^2 g,    g = 2 (n - B) / (D + B + sigma^2),
    D^2 = (B - sigma^2)^2 + 4 n sigma^2,

and g is the derivative of ln L by B; without an uncertainty it is n / B - 1. It falls with B and is
convex, so that Newton's method finds the one root of the sum of s g from where that is positive
without ever stepping over it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood.columns import prepare_columns
from bumpcast.bumps.likelihood.signal import gaussian_template
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]

_MOST_STEPS: Final = 200
_PRECISION: Final = 1e-11


def signed_significances(
    offsets: npt.ArrayLike,
    counts: npt.ArrayLike,
    background: npt.ArrayLike,
    *,
    uncertainty: npt.ArrayLike | None = None,
    width_bins: float = 1.0,
    event_weight: npt.ArrayLike | None = None,
) -> Floats:
    """Return the signed significance of a signal at every bin of many histograms.

    Args:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Observed, or sums of weights; shape (bins,).
        background: Expected without a signal, in the same unit; shape (bins,).
        uncertainty: Standard deviation of the background in each bin, independent of other bins;
            shape (bins,). Absent: the background is known.
        width_bins: Standard deviation of the signal in bins.
        event_weight: Where the counts are sums of weights, what one event counts in each bin: the
            sum of squared weights over the sum of weights; shape (bins,). A bin then counts as
            n / w events of b / w expected (G. Bohm, G. Zech, arXiv:1309.1287). Absent: 1.

    Returns:
        z of a signal centred on each bin. NaN where nothing can be said: in bins whose background,
        weight, count or uncertainty is not finite, not positive, or negative; they are left out of
        other bins' windows.

    Raises:
        ValueError: The arrays do not fit together, or the width is not positive.
    """
    columns = prepare_columns(offsets, counts, background, uncertainty, event_weight)
    z = np.full(len(columns.counts), np.nan)
    _scan(
        columns.offsets,
        columns.counts,
        columns.background,
        columns.variance,
        columns.share,
        gaussian_template(width_bins),
        z,
    )
    return z


@compiled
def _scan(first, counts, background, variance, share, template, z):  # type: ignore[no-untyped-def]
    """Fill z; a bin of share 0 is left out, else 1 / share is what one event weighs there."""
    reach = len(template) // 2
    for histogram in range(len(first) - 1):
        start, stop = first[histogram], first[histogram + 1]
        for centre in range(start, stop):
            if share[centre] == 0.0:
                continue
            begin, end = max(start, centre - reach), min(stop, centre + reach + 1)
            signal = template[begin - centre + reach : end - centre + reach] * share[begin:end]
            z[centre] = _signed_z(
                counts[begin:end], background[begin:end], variance[begin:end], signal
            )


@compiled
def _signed_z(counts, background, variance, signal):  # type: ignore[no-untyped-def]
    slope, _ = _derivatives(counts, background, variance, signal, 0.0)
    if slope == 0.0:
        return 0.0
    mu = 0.0
    bounded = False
    if slope < 0.0:
        mu, bounded = _left_of_root(counts, background, variance, signal)
    for _ in range(_MOST_STEPS):
        if bounded:
            break
        slope, curvature = _derivatives(counts, background, variance, signal, mu)
        step = -slope / curvature
        mu += step
        if abs(step) <= _PRECISION * max(abs(mu), 1e-3):
            break
    twice = 2.0 * _log_ratio(counts, background, variance, signal, mu)
    return math.copysign(math.sqrt(max(twice, 0.0)), mu)


@compiled
def _left_of_root(counts, background, variance, signal):  # type: ignore[no-untyped-def]
    """Return a negative strength that is below the best one, or the least one that is possible.

    A bin of known background cannot expect fewer than no events. Where nothing was seen in the bin
    that is the limit, the slope may stay negative up to there, and the limit is the best strength.
    """
    least = -math.inf
    unit = -math.inf
    for k in range(len(signal)):
        if signal[k] > 0.0:
            empty = -background[k] / signal[k]
            unit = max(unit, empty)
            if variance[k] == 0.0:
                least = max(least, empty)
    if least == -math.inf:
        mu = unit
        while _derivatives(counts, background, variance, signal, mu)[0] < 0.0:
            mu *= 2.0
        return mu, False
    distance = 0.5
    while distance > _PRECISION:
        mu = least * (1.0 - distance)
        if _derivatives(counts, background, variance, signal, mu)[0] >= 0.0:
            return mu, False
        distance *= 0.5
    return least, True


@compiled
def _derivatives(counts, background, variance, signal, mu):  # type: ignore[no-untyped-def]
    """Return the first and second derivative of ln L by the strength."""
    slope = 0.0
    curvature = 0.0
    for k in range(len(signal)):
        if signal[k] == 0.0:
            continue
        n, v, s = counts[k], variance[k], signal[k]
        without = background[k] + mu * s
        if v == 0.0:
            seen = n / without
            slope += s * (seen - 1.0)
            curvature -= s * s * seen / without
        else:
            root = math.sqrt((without - v) * (without - v) + 4.0 * n * v)
            slope += s * 2.0 * (n - without) / (root + without + v)
            # of g = (root - without - v) / (2 v)
            if root > 0.0:
                curvature -= s * s * (1.0 - (without - v) / root) / (2.0 * v)
    return slope, curvature


@compiled
def _log_ratio(counts, background, variance, signal, mu):  # type: ignore[no-untyped-def]
    """Return ln L at a strength over that at none."""
    total = 0.0
    for k in range(len(signal)):
        n, b, v = counts[k], background[k], variance[k]
        change = mu * signal[k]
        if v == 0.0:
            total -= change
            if n > 0.0:
                total += n * math.log1p(change / b)
            continue
        g = 2.0 * (n - b - change) / (_root(n, b + change, v) + b + change + v)
        g_without = 2.0 * (n - b) / (_root(n, b, v) + b + v)
        total -= change + v * (g - g_without) + 0.5 * v * (g * g - g_without * g_without)
        if n > 0.0:
            total += n * math.log((b + change + v * g) / (b + v * g_without))
    return total


@compiled
def _root(n, expected, variance):  # type: ignore[no-untyped-def]
    return math.sqrt((expected - variance) * (expected - variance) + 4.0 * n * variance)
