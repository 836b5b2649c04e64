"""The largest likelihood of a background with modes and a signal, by Newton's method.

Of all functions here: n are counts, b backgrounds and v the variances of their own deviations, bin
by bin; a the relative changes by the modes, shape (bins, modes); prior the precisions and the means
of the modes' strengths, shape (2, modes); s the template of the signal; parameters the strengths of
the modes, and at the end that of the signal.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.linear_systems import solve_factorised, try_cholesky
from bumpcast.compiled import compiled

_MOST_STEPS: Final = 60
_PRECISION: Final = 1e-7
"""Of ln L: a step that promises less ends the search."""
LEAST_PIVOT: Final = 1e-12
"""Of a second derivative: less is rounding, and its direction unknown."""
_LARGEST_EXPONENT: Final = 50.0
_MOST_HALVINGS: Final = 40


@compiled
def maximise(n, b, v, a, prior, s, parameters, with_signal):  # type: ignore[no-untyped-def]
    """Move parameters (strengths of modes, then mu) to the largest ln L.

    Returns:
        Whether it was found, and ln L there up to what depends on the counts alone.
    """
    modes = a.shape[1]
    size = modes + 1 if with_signal else modes
    gradient, step = np.empty(size), np.empty(size)
    exact, expected = np.empty((size, size)), np.empty((size, size))
    trial = parameters.copy()
    value = expand(n, b, v, a, prior, s, parameters, gradient, exact, expected)
    if value == -math.inf:
        return False, value
    for _ in range(_MOST_STEPS):
        step[:] = gradient
        if not _solve(exact, step):
            step[:] = gradient
            if not _solve(expected, step):
                return False, value
        promised = 0.0
        for row in range(size):
            promised += step[row] * gradient[row]
        if promised <= _PRECISION:
            # What the last step would still gain is known to second order.
            return True, value + 0.5 * promised
        factor = 1.0
        better = False
        there = value
        for _ in range(_MOST_HALVINGS):
            for row in range(size):
                trial[row] = parameters[row] + factor * step[row]
            there = expand(n, b, v, a, prior, s, trial, gradient, exact, expected)
            if there >= value:
                better = True
                break
            factor *= 0.5
        if not better:
            # Rounding hides what is left to gain, or a bin has reached zero.
            return True, value
        gained = there - value
        value = there
        parameters[:] = trial
        if gained <= _PRECISION:
            return True, value
    return True, value


@compiled
def expand(n, b, v, a, prior, s, parameters, gradient, exact, expected):  # type: ignore[no-untyped-def]
    """Fill the gradient of ln L, minus its second derivatives, and the expectation of these.

    Returns:
        ln L less what it is at the backgrounds b; minus infinity, with nothing filled, where a bin
        would be negative.
    """
    modes = a.shape[1]
    size = len(gradient)
    mu = parameters[modes]
    gradient[:] = 0.0
    exact[:] = 0.0
    expected[:] = 0.0
    by = np.empty(size)
    total = 0.0
    for bin_ in range(len(n)):
        exponent = 0.0
        for mode in range(modes):
            exponent += a[bin_, mode] * parameters[mode]
        if exponent > _LARGEST_EXPONENT:
            return -math.inf
        seen, known, uncertain, signal = n[bin_], b[bin_], v[bin_], s[bin_]
        there = known * math.exp(exponent)
        full = there + mu * signal
        total -= full - known
        if uncertain == 0.0:
            if full <= 0.0:
                if full < 0.0 or seen > 0.0:
                    return -math.inf
                # An empty bin at its limit: it pulls downward, and nothing more can come of that.
                slope, curvature, mean_curvature = -1.0, 0.0, 0.0
            else:
                if seen > 0.0:
                    # Far from a signal the exponent is the logarithm of the ratio already.
                    total += seen * (exponent if mu * signal == 0.0 else math.log(full / known))
                slope = seen / full - 1.0
                curvature = seen / full / full
                mean_curvature = 1.0 / full
        else:
            slope = slope_of(seen, full, uncertain)
            without = slope_of(seen, known, uncertain)
            total -= uncertain * (slope - without)
            total -= 0.5 * uncertain * (slope * slope - without * without)
            if seen > 0.0:
                best, best_without = full + uncertain * slope, known + uncertain * without
                total += seen * math.log(best / best_without)
            root = math.sqrt((full - uncertain) * (full - uncertain) + 4.0 * seen * uncertain)
            curvature = (1.0 - (full - uncertain) / root) / (2.0 * uncertain) if root > 0.0 else 0.0
            mean_curvature = 1.0 / (full + uncertain)
        for row in range(modes):
            by[row] = there * a[bin_, row]
        last = modes
        if size > modes and signal != 0.0:
            by[modes] = signal
            last = size
        for row in range(last):
            gradient[row] += slope * by[row]
            for column in range(row + 1):
                product = by[row] * by[column]
                expected[row, column] += mean_curvature * product
                exact[row, column] += curvature * product
        for row in range(modes):
            for column in range(row + 1):
                exact[row, column] -= slope * a[bin_, row] * by[column]
    for mode in range(modes):
        away, centre = parameters[mode] - prior[1, mode], prior[1, mode]
        total -= 0.5 * prior[0, mode] * (away * away - centre * centre)
        gradient[mode] -= prior[0, mode] * away
        exact[mode, mode] += prior[0, mode]
        expected[mode, mode] += prior[0, mode]
    return total


@compiled
def slope_of(n, expected, v):  # type: ignore[no-untyped-def]
    """Return the derivative of a bin's profiled ln L by its expectation; see `significance`."""
    root = math.sqrt((expected - v) * (expected - v) + 4.0 * n * v)
    return 2.0 * (n - expected) / (root + expected + v)


@compiled
def _solve(matrix, vector):  # type: ignore[no-untyped-def]
    """Replace a vector by the solution of matrix x = vector; False: not positive definite."""
    if not try_cholesky(matrix, len(vector), LEAST_PIVOT):
        return False
    solve_factorised(matrix, len(vector), vector)
    return True
