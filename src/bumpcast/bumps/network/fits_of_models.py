"""Fits of every model of a background to a histogram, alone and with a signal."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.network.fitting import fit, solve_lower
from bumpcast.bumps.network.models_of_background import COLUMNS, MODELS, POLYNOMIAL_1
from bumpcast.bumps.network.profiling import gain, profile, strength
from bumpcast.bumps.network.starting import begin, begin_function
from bumpcast.bumps.network.weighing import (
    END,
    HOPELESS,
    LARGEST_GAIN,
    MARGINS,
    OCCAM_OF_SIGNAL,
    SUSPICIOUS,
    odds_of_signal,
)
from bumpcast.compiled import compiled

_STEPS: Final = 8
_STEPS_OF_INNER: Final = 5
_LEAST_ROOM: Final = 1.0
_WINDOW_BINS: Final = 3.5
_LEAST_EXPECTED: Final = 1e-3


@compiled
def fit_models(histogram, templates, models, amount, target, tables, lines, found):  # type: ignore[no-untyped-def]
    """Fit every model with the strongest signal, at ends that stick out, alone, and at its place.

    Args:
        histogram: Counts, events that one unit of them stands for, and the number of usable bins.
        templates: Shares of signals in bins, by the number of their width.
        models: Numbers of parameters, prior means and sigmas, and shares, as logarithms.
        amount: Strength of the signal that the sum of terms was fitted with.
        target: The background that came of it, where the fits begin; shape (bins,).
        tables: Space for parameters and prior means; polynomials.
        lines: Filled with the best model's profiled z, and what is lost in it; shape (2, bins).
        found: Evidence, logarithms of backgrounds, the signal's bin and the number of its width,
            and whether each end may hold one; all but the last changed.
    """
    n, s, _ = histogram
    evidence, logs, centres, ends = found
    sizes, prior_mean, _, shares = models
    theta, mean, polynomials = tables
    bins = len(n)
    expected, slopes = np.empty(bins), np.empty((bins, COLUMNS))
    work = (polynomials, expected, slopes, np.zeros((2, COLUMNS)), np.zeros((COLUMNS, COLUMNS)))
    own, room = np.empty(COLUMNS), np.empty((2, bins))
    level = np.array([max(evidence[0, MODELS], evidence[1, MODELS]), evidence[1, MODELS]])
    place, width = centres[0], centres[1]
    best_alone = -np.inf
    begin(target, s, theta, mean, prior_mean)
    for model in range(MODELS):
        size = sizes[model]
        if model > POLYNOMIAL_1:
            theta[model, : size - 1] = theta[model - 1, : size - 1]
            theta[model, size - 1] = 0.0
        for side in range(2):
            if not ends[side]:
                continue
            own[:] = theta[model]
            at = _look_at_end(side, model, own, histogram, templates, models, mean, target, work)
            if at >= 0:
                _fit_with_signal(
                    model, own, at, 0, 0.0, histogram, templates, models, mean, work, found, level
                )
        begin_function(model, theta[model], target, s, polynomials, expected, slopes)
        theta[model, size] = amount
        value = _fit_with_signal(
            model, theta[model], place, width, OCCAM_OF_SIGNAL, histogram, templates, models, mean,
            work, found, level,
        )  # fmt: skip
        if value == -np.inf:
            continue
        own[:] = theta[model]
        hopeless = max(level[0], value) - HOPELESS - shares[model]
        alone, determinant = _fit(model, own, s, -1, 0, _STEPS, hopeless, histogram, templates,
                                  models, mean, work)  # fmt: skip
        if alone < hopeless:
            continue
        value = shares[model] + alone - 0.5 * determinant
        _keep(value, 0, model, expected, evidence, logs)
        level[0] = max(level[0], value)
        at, kind, most_room = -1, 0, 0.0
        for k in range(len(templates)):
            turn = len(templates) - 1 - k
            centre = profile(
                size, n, s, templates[turn], MARGINS[turn], expected, slopes, work[4], work[3][1],
                room[0], room[1],
            )  # fmt: skip
            if centre < 0:
                continue
            here = gain(centre, n, s, templates[turn], expected)
            here /= math.sqrt(1.0 - room[1, centre] ** 2)
            if at < 0 or here > most_room:
                at, kind, most_room = centre, turn, here
        if value > best_alone:
            best_alone = value
            lines[:] = room
        if most_room < _LEAST_ROOM or (at == place and kind == width):
            continue
        own[size] = strength(min(most_room, LARGEST_GAIN), at, s, templates[kind], expected)
        _fit_with_signal(
            model, own, at, kind, 0.0, histogram, templates, models, mean, work, found, level
        )


@compiled
def _fit(  # type: ignore[no-untyped-def]
    model, theta, share, centre, width, steps, hopeless, histogram, templates, models, mean, work
):
    sizes, _, prior_sigma, _ = models
    polynomials, expected, slopes, space, matrix = work
    return fit(
        model,
        sizes[model],
        theta,
        histogram[0],
        share,
        templates[width],
        centre,
        mean[model],
        prior_sigma[model],
        steps,
        hopeless,
        polynomials,
        expected,
        slopes,
        space[0],
        matrix,
        space[1],
    )


@compiled
def _fit_with_signal(  # type: ignore[no-untyped-def]
    model, theta, place, width, patience, histogram, templates, models, mean, work, found, level
):
    """Fit a model with a signal, and keep it if it is better than what was found.

    Args:
        model: Its number.
        theta: Parameters to begin with; changed.
        place: The signal's bin.
        width: Number of its width.
        patience: By how much more than HOPELESS it may be behind.
        histogram: See `fit_models`.
        templates: See there.
        models: See there.
        mean: Prior means.
        work: Space for a fit.
        found: See `fit_models`.
        level: The largest evidence, of all fits and of those with a signal; changed.

    Returns:
        The evidence; -inf of a fit that was given up.
    """
    _, s, usable = histogram
    evidence, logs, centres, _ = found
    shares, expected = models[3], work[1]
    hopeless = level[0] - HOPELESS - patience - shares[model]
    together, determinant = _fit(
        model, theta, s, place, width, _STEPS, hopeless, histogram, templates, models, mean, work
    )
    if together < hopeless:
        return -np.inf
    odds = odds_of_signal(
        place, width, s, templates[width], expected, usable, logs[0, MODELS, place]
    )
    value = shares[model] + odds + together - 0.5 * determinant
    _keep(value, 1, model, expected, evidence, logs)
    level[0] = max(level[0], value)
    if value > level[1]:
        level[1] = value
        centres[0], centres[1] = place, width
    return value


@compiled
def _look_at_end(side, model, own, histogram, templates, models, mean, target, work):  # type: ignore[no-untyped-def]
    """Fit a model to what is left without the first or the last bins.

    Returns:
        The bin in which they stick out most, with the parameters in `own`; -1: they do not.
    """
    n, s, _ = histogram
    polynomials, expected, slopes, space, matrix = work
    size, bins = models[0][model], len(n)
    inner = s.copy()
    first, last = (0, END) if side == 0 else (bins - END, bins)
    inner[first:last] = 0.0
    begin_function(model, own, target, inner, polynomials, expected, slopes)
    _fit(model, own, inner, -1, 0, _STEPS_OF_INNER, -np.inf, histogram, templates, models, mean,
         work)  # fmt: skip
    at, room = -1, 0.0
    for i in range(first, last):
        here = gain(i, n, s, templates[0], expected) if s[i] > 0.0 else 0.0
        if here > room:
            at, room = i, here
    if at < 0:
        return -1
    for k in range(size):
        space[1, k] = slopes[at, k]
    solve_lower(matrix, size, space[1])
    variance = 0.0
    for k in range(size):
        variance += space[1, k] ** 2
    events = _WINDOW_BINS * s[at] / expected[at]
    if room < SUSPICIOUS * math.sqrt(1.0 + events * variance):
        return -1
    own[size] = strength(min(room, LARGEST_GAIN), at, s, templates[0], expected)
    return at


@compiled
def _keep(value, row, model, expected, evidence, logs):  # type: ignore[no-untyped-def]
    """Keep a fit of a model if it is the best of its kind."""
    if value > evidence[row, model]:
        evidence[row, model] = value
        for i in range(len(expected)):
            logs[row, model, i] = math.log(max(expected[i], _LEAST_EXPECTED))
