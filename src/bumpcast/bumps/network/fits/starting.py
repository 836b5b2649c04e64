"""Where the fits of the models begin: at what the fit without a formula has found."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.network.fits.models_of_background import (
    HYPERBOLIC,
    POLYNOMIAL_1,
    POWER_1,
    POWER_N,
    evaluate,
)
from bumpcast.compiled import compiled, compiled_in_any_order

_FIRST_TURNS: Final = (-1.0, 0.7, 2.0, 3.5, 5.0, 7.0)
_FIRST_POWERS: Final = (1.0, 5.0)
_LEAST: Final = 0.3
POINTS: Final = 17
"""Of a background that functions are compared with at first."""


@compiled
def begin(target, s, theta, mean, prior_mean):  # type: ignore[no-untyped-def]
    """Set the parameters that the fits begin with, and the means of those that are free.

    Args:
        target: A smooth background, shape (bins,).
        s: Events that one unit of it stands for; 0: left out.
        theta: Filled, shape (MODELS, COLUMNS).
        mean: Filled with prior means.
        prior_mean: As they are before a histogram is seen.
    """
    bins = len(target)
    theta[:] = 0.0
    mean[:] = prior_mean
    y1, y2 = math.log(max(target[0], _LEAST)), math.log(max(target[bins - 1], _LEAST))
    for model in range(POLYNOMIAL_1):
        theta[model, 0] = mean[model, 0] = max(y1, y2 + 0.05)
        theta[model, 1] = mean[model, 1] = y2
    # A straight line through the logarithms, weighted with the entries.
    total, first, second, product, moment = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(bins):
        if s[i] == 0.0:
            continue
        x = 2.0 * i / (bins - 1) - 1.0
        value = math.log(target[i] + 0.5)
        weight = target[i] + 0.5
        total += weight
        first += weight * x
        second += weight * x * x
        product += weight * value
        moment += weight * x * value
    slope = (moment * total - first * product) / max(second * total - first * first, 1e-9)
    for model in range(POLYNOMIAL_1, len(theta)):
        theta[model, 0] = mean[model, 0] = (product - slope * first) / total
        theta[model, 1] = slope


@compiled
def fill_coarse(target, s, coarse):  # type: ignore[no-untyped-def]
    """Fill a background, and what its units stand for, at a few equal distances.

    Args:
        target: A smooth background, shape (bins,).
        s: Events that one unit of it stands for; 0: left out.
        coarse: Filled, shape (2, points).
    """
    bins, points = len(target), coarse.shape[1]
    for k in range(points):
        place = k * (bins - 1) / (points - 1)
        i = min(int(place), bins - 2)
        share = place - i
        coarse[0, k] = (1.0 - share) * target[i] + share * target[i + 1]
        coarse[1, k] = s[i] if share < 0.5 else s[i + 1]


@compiled_in_any_order
def begin_function(model, theta, target, s, polynomials, expected, slopes):  # type: ignore[no-untyped-def]
    """Begin with the best of a few third and fourth parameters, and the ends that go with them.

    The ends follow from least squares against a background that is known already, of which a few
    points do: a function is the same whatever the number of bins.
    """
    if model == HYPERBOLIC or model >= POLYNOMIAL_1:
        return
    best = np.inf
    kept = np.zeros(4)
    for power in _FIRST_POWERS:
        for turn in _FIRST_TURNS:
            # The shape alone: it is 1 at the one end and as good as 0 at the other.
            theta[0], theta[1], theta[2], theta[3] = 0.0, -25.0, turn, power
            if model != POWER_N:
                theta[3] = 0.0
            evaluate(model, theta, polynomials, expected, slopes)
            w0, w1, w2, v0, v1, v2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(len(target)):
                w = s[i] / max(target[i], _LEAST)
                h = expected[i]
                w0 += w
                w1 += w * h
                w2 += w * h * h
                v0 += s[i]
                v1 += s[i] * h
                v2 += s[i] * max(target[i], _LEAST)
            rise = (v1 * w0 - v0 * w1) / max(w2 * w0 - w1 * w1, 1e-12 * w2 * w0)
            low = (v0 - rise * w1) / w0
            chi2 = v2 - low * v0 - rise * v1
            if chi2 < best:
                best = chi2
                kept[0] = math.log(max(low + rise, _LEAST))
                kept[1] = math.log(max(low, 0.003 * abs(rise), _LEAST))
                kept[2], kept[3] = turn, theta[3]
            if model < POWER_1:
                break
        if model != POWER_N:
            break
    theta[:4] = kept
