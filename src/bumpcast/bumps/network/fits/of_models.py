"""Fits of every model of a background to a histogram, alone and with a signal."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.network.fits.ends import look_at_end
from bumpcast.bumps.network.fits.fitting import fit
from bumpcast.bumps.network.fits.models_of_background import (
    COLUMNS,
    MODELS,
    POLYNOMIAL_1,
    POWER_1,
    POWER_3,
    POWER_N,
)
from bumpcast.bumps.network.fits.profiling import gain, profile, strength, uncorrelate
from bumpcast.bumps.network.fits.starting import POINTS, begin, begin_function, fill_coarse
from bumpcast.bumps.network.fits.weighing import (
    HOPELESS,
    HOPELESS_ALONE,
    HOPELESS_MODEL,
    LARGEST_GAIN,
    LEAST_EXPECTED,
    MARGINS,
    OCCAM_OF_SIGNAL,
    odds_of_signal,
)
from bumpcast.compiled import compiled, compiled_in_any_order

_STEPS: Final = 8
_LEAST_ROOM: Final = 1.0
_ROOM_FOR: Final = 0.6
"""So much ln(evidence) is hoped for in units of a significance squared; Gaussian errors: half."""

_DESCRIBED: Final = 0.75
"""In standard deviations of chi2: where a model without a signal is no farther from the counts, no
polynomial of a high order is tried."""

_FIRST_HIGH: Final = POLYNOMIAL_1 + 3


@compiled
def fit_models(histogram, templates, models, target, tables, lines, found):  # type: ignore[no-untyped-def]
    """Fit every model alone and with a signal at a few places.

    These are ends that stick out, where it leaves most room for one, and where the sum of terms
    has one.

    Args:
        histogram: Counts, events that one unit of them stands for, and the number of usable bins.
        templates: Shares of signals in bins, by the number of their width.
        models: Numbers of parameters, prior means and sigmas, and shares, as logarithms.
        target: The background of the sum of terms with a signal, where fits begin; shape (bins,).
        tables: Space for parameters and prior means; polynomials.
        lines: Filled with the best model's profiled z, and what is lost in it; shape (2, bins).
        found: Evidence, backgrounds, the signal's bin and the number of its width;
            changed.
    """
    n, s, usable = histogram
    evidence, backgrounds, centres = found
    sizes, prior_mean, _, shares = models
    theta, mean, polynomials = tables
    bins = len(n)
    expected, slopes = np.empty(bins), np.empty((COLUMNS, bins))
    space = np.empty((5, bins))
    work = (
        polynomials, expected, slopes, np.zeros((3, COLUMNS)), np.zeros((COLUMNS, COLUMNS)), space,
        np.empty((COLUMNS, COLUMNS)),
    )  # fmt: skip
    own, room = np.empty(COLUMNS), np.empty((2, bins))
    begins, ends = np.empty((2, COLUMNS)), np.empty(2, np.int64)
    level = np.array([max(evidence[0, MODELS], evidence[1, MODELS]), evidence[1, MODELS], -np.inf])
    place, width = centres[0], centres[1]
    best_alone, nearest, of_nearest = -np.inf, -1, -np.inf
    coarse, few, few_slopes = np.empty((2, POINTS)), np.empty(POINTS), np.empty((COLUMNS, POINTS))
    fill_coarse(target, s, coarse)
    begin(target, s, theta, mean, prior_mean)
    saturated, highest = _saturated(n, s), -np.inf
    far = 0.5 * usable + _DESCRIBED * math.sqrt(0.5 * usable)
    for model in range(MODELS):
        size = sizes[model]
        if model >= _FIRST_HIGH and saturated - highest < far:
            break
        if model > POLYNOMIAL_1:
            theta[model] = 0.0
            theta[model, : sizes[model - 1]] = theta[model - 1, : sizes[model - 1]]
        if model == POWER_N and nearest >= 0:
            theta[model, :3] = theta[nearest, :3]
            theta[model, 3] = 1.0 + nearest - POWER_1
        else:
            begin_function(model, theta[model], coarse[0], coarse[1], polynomials, few, few_slopes)
        hopeless = level[0] - HOPELESS_ALONE - shares[model]
        alone, determinant = _fit(
            model, theta[model], s, -1, 0, _STEPS, hopeless, histogram, templates, models, mean,
            work,
        )  # fmt: skip
        highest = max(highest, alone)
        value = shares[model] + alone - 0.5 * determinant
        if value < level[0] - HOPELESS_ALONE:
            continue
        if POWER_1 <= model <= POWER_3 and value > of_nearest:
            nearest, of_nearest = model, value
        if value > level[0] - HOPELESS:
            _keep(value, 0, model, expected, evidence, backgrounds)
            level[0] = max(level[0], value)
        uncorrelate(size, slopes, work[4])
        at, kind, most_room, room_there = -1, 0, 0.0, 0.0
        for k in range(len(templates)):
            # That of one bin comes last: its z is kept.
            turn = len(templates) - 1 - k
            centre = profile(
                size, n, s, templates[turn], MARGINS[turn], expected, slopes, space, room[0],
                room[1],
            )  # fmt: skip
            if turn == width:
                room_there = gain(place, n, s, templates[turn], expected)
                room_there /= math.sqrt(1.0 - room[1, place] ** 2)
            if centre < 0:
                continue
            here = gain(centre, n, s, templates[turn], expected)
            here /= math.sqrt(1.0 - room[1, centre] ** 2)
            if at < 0 or here > most_room:
                at, kind, most_room = centre, turn, here
        if value > best_alone:
            best_alone = value
            lines[:] = room
        for side in range(2):
            ends[side] = look_at_end(side, size, n, s, templates[0], work, theta[model],
                                      begins[side])  # fmt: skip
        for turn in range(2):
            if turn == 1:
                if at == place and kind == width:
                    break
                at, kind, most_room = place, width, room_there
            reach = max(level[1] - HOPELESS, level[2] - HOPELESS_MODEL)
            if (
                most_room < _LEAST_ROOM
                or value - OCCAM_OF_SIGNAL + _ROOM_FOR * most_room**2 < reach
            ):
                continue
            own[:] = theta[model]
            own[size] = strength(min(most_room, LARGEST_GAIN), at, s, templates[kind], expected)
            _fit_with_signal(
                model, own, at, kind, histogram, templates, models, mean, work, found, level
            )
        for side in range(2):
            if ends[side] < 0 or (ends[side] in (at, place) and kind == 0 and width == 0):
                continue
            _fit_with_signal(
                model, begins[side], ends[side], 0, histogram, templates, models, mean, work, found,
                level,
            )  # fmt: skip


@compiled
def _fit(  # type: ignore[no-untyped-def]
    model, theta, share, centre, width, steps, hopeless, histogram, templates, models, mean, work
):
    sizes, _, prior_sigma, _ = models
    polynomials, expected, slopes, parameters, matrix, lines, _ = work
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
        lines,
        parameters[0],
        parameters[1],
        matrix,
        parameters[2],
    )


@compiled
def _fit_with_signal(  # type: ignore[no-untyped-def]
    model, theta, place, width, histogram, templates, models, mean, work, found, level
):
    """Fit a model with a signal, and keep it if it is better than what was found.

    Args:
        model: Its number.
        theta: Parameters to begin with; changed.
        place: The signal's bin.
        width: Number of its width.
        histogram: See `fit_models`.
        templates: See there.
        models: See there.
        mean: Prior means.
        work: Space for a fit.
        found: See `fit_models`.
        level: The largest evidence, of all fits, of those with a signal, and of models with one;
            changed.
    """
    _, s, usable = histogram
    evidence, backgrounds, centres = found
    shares, expected = models[3], work[1]
    odds = odds_of_signal(place, width, s, templates[width], expected, usable, 0.0)
    hopeless = max(level[1] - HOPELESS, level[2] - HOPELESS_MODEL) - shares[model] - odds
    together, determinant = _fit(
        model, theta, s, place, width, _STEPS, hopeless, histogram, templates, models, mean, work
    )
    if together - 0.5 * determinant < hopeless:
        return
    odds = odds_of_signal(
        place, width, s, templates[width], expected, usable, backgrounds[0, MODELS, place]
    )
    value = shares[model] + odds + together - 0.5 * determinant
    _keep(value, 1, model, expected, evidence, backgrounds)
    level[0], level[2] = max(level[0], value), max(level[2], value)
    if value > level[1]:
        level[1] = value
        centres[0], centres[1] = place, width


@compiled_in_any_order
def _saturated(n, s):  # type: ignore[no-untyped-def]
    """Return the log of the likelihood of what expects the counts, up to what they alone fix."""
    total = 0.0
    for i in range(len(n)):
        if n[i] > 0.0:
            total += s[i] * (n[i] * math.log(n[i]) - n[i])
    return total


@compiled
def _keep(value, row, model, expected, evidence, backgrounds):  # type: ignore[no-untyped-def]
    """Keep a fit of a model if it is the best of its kind."""
    if value > evidence[row, model]:
        evidence[row, model] = value
        for i in range(len(expected)):
            backgrounds[row, model, i] = max(expected[i], LEAST_EXPECTED)
