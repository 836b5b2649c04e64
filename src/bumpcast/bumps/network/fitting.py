"""Fits of one smooth model to one histogram, with or without a signal in one place.

The penalised Poisson likelihood is climbed by Fisher scoring; a step that does not go up is cut.
"""

from __future__ import annotations

import math
from typing import Final

from bumpcast.bumps.linear_systems import cholesky, solve_lower, solve_upper
from bumpcast.bumps.network.models_of_background import evaluate
from bumpcast.compiled import compiled, compiled_in_any_order

_CUTS: Final = 6
_CUT: Final = 0.4
_ENOUGH: Final = 0.01
_NEAR: Final = 0.03
_LEAST_EXPECTED: Final = 1e-3
_LONGEST_STEP: Final = 1.5


@compiled_in_any_order
def _height(  # type: ignore[no-untyped-def]
    theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma
):
    """Return the log of likelihood times prior, up to what the counts alone fix."""
    total = 0.0
    if signal:
        for i in range(len(counts)):
            m = max(expected[i] + theta[size] * slopes[size, i], _LEAST_EXPECTED)
            total += share[i] * (counts[i] * math.log(m) - m)
    else:
        for i in range(len(counts)):
            m = expected[i]
            total += share[i] * (counts[i] * math.log(m) - m)
    for k in range(size):
        total -= 0.5 * ((theta[k] - prior_mean[k]) / prior_sigma[k]) ** 2
    return total


@compiled_in_any_order
def _sums(theta, size, signal, counts, share, expected, slopes, lines, matrix, gradient):  # type: ignore[no-untyped-def]
    """Fill the gradient and the lower half of the information of the likelihood."""
    weight, product = lines[0], lines[1]
    if signal:
        for i in range(len(counts)):
            m = max(expected[i] + theta[size] * slopes[size, i], _LEAST_EXPECTED)
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
        hopeless: A fit that will stay below is not finished.
        polynomials: See `evaluate`.
        expected: Filled with the fitted background.
        slopes: Filled; see `evaluate`. Behind the parameters is the signal.
        lines: Space, shape (2, bins).
        trial: Space for parameters.
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
    best, known = 0.0, False
    log_determinant = 0.0
    for step in range(steps + 1):
        _sums(theta, size, signal, counts, share, expected, slopes, lines, matrix, gradient)
        for k in range(size):
            precision = 1.0 / (prior_sigma[k] * prior_sigma[k])
            gradient[k] -= precision * (theta[k] - prior_mean[k])
            matrix[k, k] += precision
        log_determinant = cholesky(matrix, size + signal)
        if step == steps:
            break
        solve_lower(matrix, size + signal, gradient)
        gain = 0.0
        for k in range(size + signal):
            gain += 0.5 * gradient[k] * gradient[k]
        if gain < _ENOUGH or (step >= 2 and known and best + 10.0 * gain < hopeless):
            break
        solve_upper(matrix, size + signal, gradient)
        length = 1.0
        for k in range(size):
            length = min(length, _LONGEST_STEP * prior_sigma[k] / max(abs(gradient[k]), 1e-12))
        if gain < _NEAR and length == 1.0:
            # Near the top a whole step goes up: that is not checked.
            for k in range(size + signal):
                theta[k] += gradient[k]
            evaluate(model, theta, polynomials, expected, slopes)
            known = False
            continue
        if not known:
            best = _height(
                theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma
            )
            known = True
        better = False
        for _ in range(_CUTS):
            for k in range(size + signal):
                trial[k] = theta[k] + length * gradient[k]
            evaluate(model, trial, polynomials, expected, slopes)
            found = _height(
                trial, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma
            )
            if found > best:
                better = True
                best = found
                for k in range(size + signal):
                    theta[k] = trial[k]
                break
            length *= _CUT
        if not better:
            evaluate(model, theta, polynomials, expected, slopes)
            break
    if not known:
        best = _height(
            theta, size, signal, counts, share, expected, slopes, prior_mean, prior_sigma
        )
    return best, log_determinant
