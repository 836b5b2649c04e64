"""The smooth models that are fitted to every histogram before the network reads it.

A model gives the expected entries of every bin and how their logarithm changes with each of its
parameters. There are the functions of the synthetic recipe in the numbers that they are free in, an
exponential and half a Gaussian with a constant, and exp of Legendre polynomials for whatever else a
background may look like. Parameters have a Gaussian prior, so that every fit has one answer, and
that models of many parameters can be weighed against ones of few.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.compiled import compiled, compiled_in_any_order

LINE: Final = 0
PARABOLA: Final = 1
COSINE: Final = 2
HYPERBOLIC: Final = 3
POWER_1: Final = 4
POWER_3: Final = 6
LOGARITHM: Final = 7
POWER_N: Final = 8
EXPONENTIAL_AND_CONSTANT: Final = 9
GAUSSIAN_AND_CONSTANT: Final = 10
POLYNOMIAL_1: Final = 11
ORDERS: Final = (1, 2, 3, 6, 8)
"""Of the polynomials, which are the last models."""

MODELS: Final = POLYNOMIAL_1 + len(ORDERS)
"""Number of models."""

MOST_PARAMETERS: Final = ORDERS[-1] + 1
COLUMNS: Final = MOST_PARAMETERS + 1
"""Of a table of derivatives: the parameters, and the strength of a signal."""

_ENDS_SIGMA: Final = 3.0
_TURN_SIGMA: Final = 1.8


def parameters() -> np.ndarray:
    """Return the number of parameters of every model."""
    few = [2, 2, 2, 2, 3, 3, 3, 3, 4, 3, 3]
    return np.array(few + [order + 1 for order in ORDERS])


def prior() -> tuple[np.ndarray, np.ndarray]:
    """Return means and standard deviations of the models' parameters.

    The first two of the functions are the logarithms of the entries at both ends, of the
    polynomials the first two coefficients; they are as good as free, and have no mean. The third
    is the logarithm of how far the range of x reaches in units of its beginning, or of a length,
    and the fourth the power. A polynomial's coefficients get smaller with the order.
    """
    mean = np.zeros((MODELS, MOST_PARAMETERS))
    sigma = np.full((MODELS, MOST_PARAMETERS), _ENDS_SIGMA)
    sigma[POWER_1 : POWER_N + 1, 2] = _TURN_SIGMA
    mean[POWER_N, 3], sigma[POWER_N, 3] = 5.0, 3.0
    mean[EXPONENTIAL_AND_CONSTANT, 2], sigma[EXPONENTIAL_AND_CONSTANT, 2] = math.log(3.0), 1.0
    mean[GAUSSIAN_AND_CONSTANT, 2], sigma[GAUSSIAN_AND_CONSTANT, 2] = math.log(1.5), 0.8
    sigma[POLYNOMIAL_1:, 1:] = 3.0 / np.arange(1, MOST_PARAMETERS) ** 1.5
    return mean, sigma


def shares() -> np.ndarray:
    """Return the logarithms of how likely each model is before a histogram is seen.

    The last one is the share of the sum of falling terms, see mixture.
    """
    share = np.full(MODELS + 1, 1.0)
    share[EXPONENTIAL_AND_CONSTANT] = 0.5
    share[GAUSSIAN_AND_CONSTANT] = 0.3
    share[POLYNOMIAL_1 + 1 :] = 0.8
    return np.asarray(np.log(share / share.sum()))


@compiled
def legendre(table):  # type: ignore[no-untyped-def]
    """Fill Legendre polynomials at the bins of a histogram; shape (COLUMNS, bins)."""
    bins = table.shape[1]
    for i in range(bins):
        x = 2.0 * i / (bins - 1) - 1.0 if bins > 1 else 0.0
        table[0, i] = 1.0
        table[1, i] = x
        for k in range(2, COLUMNS):
            table[k, i] = ((2 * k - 1) * x * table[k - 1, i] - (k - 1) * table[k - 2, i]) / k


@compiled
def evaluate(model, theta, polynomials, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill what a model expects, and its derivatives by the parameters.

    Args:
        model: Its number.
        theta: Its parameters.
        polynomials: From `legendre`.
        expected: Filled, shape (bins,).
        slopes: Filled with d expected / d theta, shape (COLUMNS, bins); rows of parameters that the
            model does not have stay as they are.
    """
    if model >= POLYNOMIAL_1:
        _polynomial(ORDERS[model - POLYNOMIAL_1], theta, polynomials, expected, slopes)
        return
    bins = len(expected)
    y1, y2 = math.exp(theta[0]), math.exp(theta[1])
    scale = 1.0 / max(bins - 1, 1)
    if model == HYPERBOLIC:
        _hyperbolic(y1, y2, scale, expected, slopes)
    elif model <= COSINE:
        _fixed(model, y1, y2, scale, expected, slopes)
    elif model <= POWER_3:
        _whole_power(model - POWER_1 + 1, y1, y2, theta[2], scale, expected, slopes)
    elif model == LOGARITHM:
        _logarithm(y1, y2, theta[2], scale, expected, slopes)
    elif model == POWER_N:
        _power(theta[3], y1, y2, theta[2], scale, expected, slopes)
    elif model == GAUSSIAN_AND_CONSTANT:
        _gaussian(y1, y2, theta[2], scale, expected, slopes)
    else:
        _exponential(y1, y2, theta[2], scale, expected, slopes)


@compiled_in_any_order
def _polynomial(order, theta, polynomials, expected, slopes):  # type: ignore[no-untyped-def]
    bins = len(expected)
    expected[:] = theta[0]
    for k in range(1, order + 1):
        for i in range(bins):
            expected[i] += theta[k] * polynomials[k, i]
    for i in range(bins):
        expected[i] = math.exp(min(max(expected[i], -20.0), 40.0))
    for k in range(order + 1):
        for i in range(bins):
            slopes[k, i] = expected[i] * polynomials[k, i]


@compiled_in_any_order
def _ends(y1, y2, expected, slopes):  # type: ignore[no-untyped-def]
    """Make y2 + (y1 - y2) h of a shape h that is 1 at the first bin and 0 at the last.

    Args:
        y1: What is expected in the first bin.
        y2: In the last.
        expected: The shape, shape (bins,); changed to what is expected.
        slopes: Its first two rows are filled.
    """
    for i in range(len(expected)):
        h = expected[i]
        expected[i] = y2 + (y1 - y2) * h
        slopes[0, i] = y1 * h
        slopes[1, i] = y2 * (1.0 - h)


@compiled_in_any_order
def _fixed(model, y1, y2, scale, expected, slopes):  # type: ignore[no-untyped-def]
    h = expected
    for i in range(len(expected)):
        h[i] = 1.0 - i * scale
    if model == PARABOLA:
        for i in range(len(expected)):
            h[i] *= h[i]
    elif model == COSINE:
        for i in range(len(expected)):
            h[i] = math.sin(0.5 * math.pi * h[i])
    _ends(y1, y2, expected, slopes)


@compiled_in_any_order
def _whole_power(n, y1, y2, log_turn, scale, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill a + b x^-n for x from 1 to 1 + turn."""
    turn = _turn(log_turn)
    last = _inverse_power(1.0 / (1.0 + turn), n)
    last_turn = -n * last * turn / (1.0 + turn)
    rest = 1.0 / (1.0 - last)
    h = expected
    for i in range(len(expected)):
        u = i * scale
        inverse = 1.0 / (1.0 + turn * u)
        g = _inverse_power(inverse, n)
        h[i] = (g - last) * rest
        change = -n * g * turn * u * inverse - last_turn * (1.0 - h[i])
        slopes[2, i] = (y1 - y2) * rest * change
    _ends(y1, y2, expected, slopes)


@compiled_in_any_order
def _inverse_power(inverse, n):  # type: ignore[no-untyped-def]
    square = inverse * inverse
    if n == 1:
        return inverse
    return square if n == 2 else square * inverse


@compiled
def _turn(log_turn):  # type: ignore[no-untyped-def]
    return math.exp(min(max(log_turn, -7.0), 9.0))


@compiled_in_any_order
def _power(n, y1, y2, log_turn, scale, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill a + b x^-n for x from 1 to 1 + turn and any n."""
    n = min(max(n, 0.02), 14.0)
    turn = _turn(log_turn)
    log_last = math.log1p(turn)
    last = math.exp(-n * log_last)
    last_turn, last_n = -n * last * turn / (1.0 + turn), -log_last * last
    rest = 1.0 / (1.0 - last)
    h = expected
    for i in range(len(expected)):
        u = i * scale
        x = 1.0 + turn * u
        log_x = math.log(x)
        g = math.exp(-n * log_x)
        h[i] = (g - last) * rest
        slopes[2, i] = (y1 - y2) * rest * (-n * g * turn * u / x - last_turn * (1.0 - h[i]))
        slopes[3, i] = (y1 - y2) * rest * (-log_x * g - last_n * (1.0 - h[i]))
    _ends(y1, y2, expected, slopes)


@compiled_in_any_order
def _logarithm(y1, y2, log_turn, scale, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill a - b ln x for x from 1 to 1 + turn."""
    turn = _turn(log_turn)
    whole = 1.0 / math.log1p(turn)
    last_turn = turn / (1.0 + turn) * whole
    h = expected
    for i in range(len(expected)):
        u = i * scale
        share = math.log1p(turn * u) * whole
        h[i] = 1.0 - share
        slopes[2, i] = (y1 - y2) * whole * (share * last_turn / whole - turn * u / (1.0 + turn * u))
    _ends(y1, y2, expected, slopes)


@compiled_in_any_order
def _exponential(y1, y2, log_turn, scale, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill a + b exp(-turn u)."""
    turn = _turn(log_turn)
    last = math.exp(-turn)
    rest = 1.0 / (1.0 - last)
    step, g = math.exp(-turn * scale), 1.0
    h = expected
    for i in range(len(expected)):
        h[i] = g
        g *= step
    for i in range(len(expected)):
        g = h[i]
        h[i] = (g - last) * rest
        change = -turn * (i * scale) * g + turn * last * (1.0 - h[i])
        slopes[2, i] = (y1 - y2) * rest * change
    _ends(y1, y2, expected, slopes)


@compiled_in_any_order
def _gaussian(y1, y2, log_turn, scale, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill a + b exp(-(turn u)^2)."""
    square = _turn(2.0 * log_turn)
    last = math.exp(-square)
    rest = 1.0 / (1.0 - last)
    h = expected
    for i in range(len(expected)):
        u = i * scale
        g = math.exp(-square * u * u)
        h[i] = (g - last) * rest
        change = -u * u * g + last * (1.0 - h[i])
        slopes[2, i] = (y1 - y2) * 2.0 * square * rest * change
    _ends(y1, y2, expected, slopes)


@compiled
def _hyperbolic(y1, y2, scale, expected, slopes):  # type: ignore[no-untyped-def]
    """Fill y2 - 1 + cosh(k (1 - u)) with k such that it begins at y1; it falls, or is flat."""
    drop = max(y1 - y2, 1e-6)
    k = math.acosh(drop + 1.0)
    k_drop = 1.0 / math.sqrt(drop * (drop + 2.0))
    step, back, e = math.exp(-k * scale), math.exp(k * scale), math.exp(k)
    inverse = 1.0 / e
    for i in range(len(expected)):
        rest = 1.0 - i * scale
        by_drop = 0.5 * (e - inverse) * rest * k_drop
        expected[i] = y2 + 0.5 * (e + inverse) - 1.0
        slopes[0, i] = y1 * by_drop
        slopes[1, i] = y2 * (1.0 - by_drop)
        e *= step
        inverse *= back
