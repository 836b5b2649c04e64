"""The best log-rate of Poisson counts under a normal prior, held falling, and its evidence.

The logarithm of the rate is mean + basis @ s with a standard normal prior for s. From one bin on
each step upward by d costs -ln Phi(-d / nu). The logarithm of the posterior,

    sum of n ln E - E  +  sum of ln Phi(-d_i / nu_i)  -  s^2 / 2,

is concave: Newton's method with halved steps finds its one maximum. Laplace's approximation of the
evidence is its value there, less half the logarithm of the determinant of the second derivatives.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.linear_systems import solve_factorised, try_cholesky
from bumpcast.compiled import compiled

_MOST_STEPS: Final = 80
_DECREMENT: Final = 1e-8
_FAR: Final = 8.0


@compiled
def find_best_rate(counts, share, width, mean, basis, falls_from, sharpness, start):  # type: ignore[no-untyped-def]
    """Return the best rate.

    Args:
        counts: Shape (bins,).
        share: One over the weight of an event, 0 in bins that are not looked at, shape (bins,).
        width: Of the bins, in any unit, shape (bins,).
        mean: Logarithm of the rate where all coordinates are 0, shape (bins,).
        basis: Shape (bins, coordinates).
        falls_from: From this bin on the rate must not rise.
        sharpness: nu of each bin and the next, shape (bins,).
        start: Coordinates to begin with.

    Returns:
        Whether it was found, the coordinates, the logarithm of the evidence up to what depends on
        the counts alone, what is expected (bins,), the second derivatives of prior and slopes and
        those of the counts' likelihood, both with the sign of an information matrix, and the
        gradient of the counts' likelihood.
    """
    bins, size = basis.shape
    s = start.copy()
    trial = np.empty(size)
    step = np.empty(size)
    held = np.zeros((size, size))
    said = np.zeros((size, size))
    both = np.empty((size, size))
    gradient = np.empty(size)
    slope = np.empty(size)
    log_rate = np.empty(bins)
    expected = np.empty(bins)
    value = _value(counts, share, width, mean, basis, falls_from, sharpness, s, log_rate, expected)
    found = False
    for _ in range(_MOST_STEPS):
        held[:] = 0.0
        said[:] = 0.0
        slope[:] = 0.0
        for a in range(size):
            held[a, a] = 1.0
            gradient[a] = -s[a]
        for i in range(bins):
            if share[i] == 0.0:
                continue
            pull = share[i] * (counts[i] - expected[i])
            known = share[i] * expected[i]
            for a in range(size):
                slope[a] += pull * basis[i, a]
                scaled = known * basis[i, a]
                for b in range(a + 1):
                    said[a, b] += scaled * basis[i, b]
        for i in range(falls_from, bins - 1):
            x = (log_rate[i + 1] - log_rate[i]) / sharpness[i]
            ratio = _mills(x)
            if ratio < 1e-12:
                continue
            first = ratio / sharpness[i]
            second = ratio * max(ratio - x, 0.0) / (sharpness[i] * sharpness[i])
            for a in range(size):
                change = basis[i + 1, a] - basis[i, a]
                gradient[a] -= first * change
                scaled = second * change
                for b in range(a + 1):
                    held[a, b] += scaled * (basis[i + 1, b] - basis[i, b])
        for a in range(size):
            gradient[a] += slope[a]
            for b in range(a + 1):
                both[a, b] = held[a, b] + said[a, b]
        if not try_cholesky(both, size, 0.0):
            break
        step[:] = gradient
        solve_factorised(both, size, step)
        gain = 0.0
        for a in range(size):
            gain += step[a] * gradient[a]
        if gain < _DECREMENT:
            found = math.isfinite(value)
            break
        length = 1.0
        better = False
        for _halving in range(40):
            for a in range(size):
                trial[a] = s[a] + length * step[a]
            new = _value(
                counts, share, width, mean, basis, falls_from, sharpness, trial, log_rate, expected
            )
            if new >= value - 1e-9 * abs(value):
                better = True
                break
            length *= 0.5
        if not better:
            found = gain < 1e-3 and math.isfinite(value)
            _value(counts, share, width, mean, basis, falls_from, sharpness, s, log_rate, expected)
            break
        for a in range(size):
            s[a] = trial[a]
        value = new
    evidence = value
    for a in range(size):
        evidence -= math.log(both[a, a])
    return found, s, evidence, expected, held, said, slope


@compiled
def _value(counts, share, width, mean, basis, falls_from, sharpness, s, log_rate, expected):  # type: ignore[no-untyped-def]
    """Fill log-rates and expectations; return the logarithm of the posterior."""
    bins, size = basis.shape
    total = 0.0
    for i in range(bins):
        log = mean[i]
        for a in range(size):
            log += basis[i, a] * s[a]
        log_rate[i] = log
        if abs(log) > 300.0:
            return -math.inf
        expected[i] = math.exp(log) * width[i]
        if share[i] > 0.0:
            total += share[i] * (counts[i] * log - expected[i])
    for i in range(falls_from, bins - 1):
        total += _log_tail((log_rate[i + 1] - log_rate[i]) / sharpness[i])
    for a in range(size):
        total -= 0.5 * s[a] * s[a]
    return total


@compiled
def _log_tail(x):  # type: ignore[no-untyped-def]
    """Return the logarithm of the probability of a standard normal number above x."""
    if x < _FAR:
        return math.log(0.5 * math.erfc(x / math.sqrt(2.0)))
    inverse = 1.0 / (x * x)
    series = 1.0 - inverse * (1.0 - 3.0 * inverse * (1.0 - 5.0 * inverse))
    return -0.5 * x * x - math.log(x * math.sqrt(2.0 * math.pi)) + math.log(series)


@compiled
def _mills(x):  # type: ignore[no-untyped-def]
    """Return the density of a standard normal number at x over the probability above it."""
    if x < -_FAR:
        return 0.0
    return math.exp(-0.5 * x * x - _log_tail(x) - 0.5 * math.log(2.0 * math.pi))
