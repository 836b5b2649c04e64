"""Fits of one smooth model to one histogram, with or without a signal in one place.

The penalised Poisson likelihood is climbed by Fisher scoring. A step that leads far beyond the top
is cut, which its slope says there: logarithms of the likelihood are taken at the end alone.
"""

from __future__ import annotations

import math
from typing import Final

from bumpcast.bumps.linear_systems import cholesky, solve_lower, solve_upper
from bumpcast.bumps.network.fits.models_of_background import evaluate
from bumpcast.bumps.network.fits.weighing import LEAST_EXPECTED
from bumpcast.compiled import compiled, compiled_in_any_order

_CUTS: Final = 6
_CUT: Final = 0.4
_ENOUGH: Final = 0.01
_NEARLY: Final = 0.2
"""The step that leads so much higher at the most is the last: the information stays as it was."""

_BACK: Final = 0.5
"""A step went too far where it goes down behind it, by this share of what it went up before."""
_JUDGED: Final = 2
"""The step after which a fit is given up, or not."""
_LONGEST_STEP: Final = 1.5


@compiled_in_any_order
def _height(  # type: ignore[no-untyped-def]
    theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma
):
    """Return the log of likelihood times prior, up to what the counts alone fix."""
    total = 0.0
    if signal:
        for i in range(len(counts)):
            m = max(expected[i] + theta[size] * slopes[size, i], LEAST_EXPECTED)
            total += share[i] * (counts[i] * math.log(m) - m)
    else:
        for i in range(len(counts)):
            m = expected[i]
            total += share[i] * (counts[i] * math.log(m) - m)
    for k in range(size):
        total -= 0.5 * ((theta[k] - prior_mean[k]) / prior_sigma[k]) ** 2
    return total


@compiled_in_any_order
def _sums(  # type: ignore[no-untyped-def]
    theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma, lines, matrix,
    gradient,
):  # fmt: skip
    """Fill the gradient, and the lower half of the information, of the likelihood times prior."""
    weight, product = lines[0], lines[1]
    if signal:
        for i in range(len(counts)):
            m = max(expected[i] + theta[size] * slopes[size, i], LEAST_EXPECTED)
            weight[i] = share[i] / m
            product[i] = weight[i] * (counts[i] - m)
    else:
        for i in range(len(counts)):
            weight[i] = share[i] / expected[i]
            product[i] = weight[i] * (counts[i] - expected[i])
    for j in range(size + signal):
        total = 0.0
        for i in range(len(counts)):
            total += product[i] * slopes[j, i]
        gradient[j] = total
    for j in range(size + signal):
        for i in range(len(counts)):
            product[i] = weight[i] * slopes[j, i]
        for k in range(j + 1):
            total = 0.0
            for i in range(len(counts)):
                total += product[i] * slopes[k, i]
            matrix[j, k] = total
    for k in range(size):
        precision = 1.0 / (prior_sigma[k] * prior_sigma[k])
        gradient[k] -= precision * (theta[k] - prior_mean[k])
        matrix[k, k] += precision


@compiled
def fit(  # type: ignore[no-untyped-def]
    model,
    size,
    theta,
    counts,
    share,
    template,
    centre,
    prior_mean,
    prior_sigma,
    steps,
    hopeless,
    polynomials,
    expected,
    slopes,
    lines,
    trial,
    change,
    matrix,
    gradient,
):
    """Fit a model, from where its parameters are.

    Args:
        model: Its number.
        size: Number of its parameters.
        theta: Parameters; then the signal's strength. Changed.
        counts: Entries, shape (bins,).
        share: What one unit of them counts in events; 0 leaves a bin out.
        template: Shares of a signal in bins.
        centre: Bin of the signal; -1: no signal.
        prior_mean: Of the parameters.
        prior_sigma: Of the parameters.
        steps: The most steps.
        hopeless: A fit that will stay below, with half its log determinant taken off, is not
            finished.
        polynomials: See `evaluate`.
        expected: Filled with the fitted background.
        slopes: Filled; see `evaluate`. Behind the parameters is the signal.
        lines: Space, shape (2, bins).
        trial: Space for parameters.
        change: The same.
        matrix: Filled with the root of the information on the parameters, signal last.
        gradient: Space.

    Returns:
        The log of likelihood times prior, and the log determinant of the information.
    """
    reach = len(template) // 2
    signal = 1 if centre >= 0 else 0
    begin, end = max(0, centre - reach), min(len(counts), centre + reach + 1)
    trial[size] = 0.0
    if signal:
        slopes[size] = 0.0
        for i in range(begin, end):
            slopes[size, i] = template[i - centre + reach]
    evaluate(model, theta, polynomials, expected, slopes)
    _sums(
        theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma, lines,
        matrix, gradient,
    )  # fmt: skip
    log_determinant = 0.0
    for step in range(steps + 1):
        log_determinant = cholesky(matrix, size + signal)
        if step == steps:
            break
        solve_lower(matrix, size + signal, gradient)
        gain = 0.0
        for k in range(size + signal):
            gain += 0.5 * gradient[k] * gradient[k]
        if gain < _ENOUGH:
            break
        if step == _JUDGED:
            height = _height(
                theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma
            )
            if height + 10.0 * gain - 0.5 * log_determinant < hopeless:
                return height, log_determinant
        solve_upper(matrix, size + signal, gradient)
        change[: size + signal] = gradient[: size + signal]
        length = 1.0
        for k in range(size):
            length = min(length, _LONGEST_STEP * prior_sigma[k] / max(abs(change[k]), 1e-12))
        if gain < _NEARLY and length == 1.0:
            for k in range(size + signal):
                theta[k] += change[k]
            evaluate(model, theta, polynomials, expected, slopes)
            break
        climbing = False
        for _ in range(_CUTS):
            for k in range(size + signal):
                trial[k] = theta[k] + length * change[k]
            evaluate(model, trial, polynomials, expected, slopes)
            _sums(
                trial, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma,
                lines, matrix, gradient,
            )  # fmt: skip
            slope = 0.0
            for k in range(size + signal):
                slope += gradient[k] * change[k]
            climbing = slope > -_BACK * 2.0 * gain
            if climbing:
                theta[: size + signal] = trial[: size + signal]
                break
            length *= _CUT
        if not climbing:
            evaluate(model, theta, polynomials, expected, slopes)
            _sums(
                theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma,
                lines, matrix, gradient,
            )  # fmt: skip
            log_determinant = cholesky(matrix, size + signal)
            break
    height = _height(theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma)
    return height, log_determinant
