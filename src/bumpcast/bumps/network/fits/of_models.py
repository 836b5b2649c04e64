"""Fits of every model of a background to a histogram, alone and with a signal."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.linear_systems import cholesky, solve_lower, solve_upper
from bumpcast.bumps.network.fits.fitting import fit
from bumpcast.bumps.network.fits.models_of_background import (
    COLUMNS,
    MODELS,
    POLYNOMIAL_1,
)
from bumpcast.bumps.network.fits.profiling import gain, profile, strength, uncorrelate
from bumpcast.bumps.network.fits.starting import POINTS, begin, begin_function, fill_coarse
from bumpcast.bumps.network.fits.weighing import (
    END,
    HOPELESS,
    HOPELESS_ALONE,
    LARGEST_GAIN,
    LEAST_EXPECTED,
    MARGINS,
    SUSPICIOUS,
    SUSPICIOUS_PROFILED,
    WINDOW_BINS,
    odds_of_signal,
)
from bumpcast.compiled import compiled

_STEPS: Final = 8
_LEAST_ROOM: Final = 1.0


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
    n, s, _ = histogram
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
    level = np.array([max(evidence[0, MODELS], evidence[1, MODELS]), evidence[1, MODELS]])
    place, width = centres[0], centres[1]
    best_alone = -np.inf
    coarse, few, few_slopes = np.empty((2, POINTS)), np.empty(POINTS), np.empty((COLUMNS, POINTS))
    fill_coarse(target, s, coarse)
    begin(target, s, theta, mean, prior_mean)
    for model in range(MODELS):
        size = sizes[model]
        if model > POLYNOMIAL_1:
            theta[model, : size - 1] = theta[model - 1, : size - 1]
            theta[model, size - 1] = 0.0
        begin_function(model, theta[model], coarse[0], coarse[1], polynomials, few, few_slopes)
        hopeless = level[0] - HOPELESS_ALONE - shares[model]
        alone, determinant = _fit(
            model, theta[model], s, -1, 0, _STEPS, hopeless, histogram, templates, models, mean,
            work,
        )  # fmt: skip
        if alone < hopeless:
            continue
        value = shares[model] + alone - 0.5 * determinant
        if value > level[0] - HOPELESS:
            _keep(value, 0, model, expected, evidence, backgrounds)
            level[0] = max(level[0], value)
        uncorrelate(size, slopes, work[4])
        at, kind, most_room, room_there = -1, 0, 0.0, 0.0
        for k in range(len(templates)):
            turn = len(templates) - 1 - k
            centre = profile(
                size,
                n,
                s,
                templates[turn],
                MARGINS[turn],
                expected,
                slopes,
                space,
                room[0],
                room[1],
            )
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
            ends[side] = _look_at_end(side, size, n, s, templates[0], work, theta[model],
                                      begins[side])  # fmt: skip
        for turn in range(2):
            if turn == 1:
                if at == place and kind == width:
                    break
                at, kind, most_room = place, width, room_there
            if most_room < _LEAST_ROOM or value + 0.5 * most_room**2 < level[0] - HOPELESS:
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
        level: The largest evidence, of all fits and of those with a signal; changed.
    """
    _, s, usable = histogram
    evidence, backgrounds, centres = found
    shares, expected = models[3], work[1]
    hopeless = level[0] - HOPELESS - shares[model]
    together, determinant = _fit(
        model, theta, s, place, width, _STEPS, hopeless, histogram, templates, models, mean, work
    )
    if together < hopeless:
        return
    odds = odds_of_signal(
        place, width, s, templates[width], expected, usable, backgrounds[0, MODELS, place]
    )
    value = shares[model] + odds + together - 0.5 * determinant
    _keep(value, 1, model, expected, evidence, backgrounds)
    level[0] = max(level[0], value)
    if value > level[1]:
        level[1] = value
        centres[0], centres[1] = place, width


@compiled
def _look_at_end(side, size, n, s, template, work, theta, begin):  # type: ignore[no-untyped-def]
    """Find where the first or the last bins stick out of a fit that has not seen them.

    That fit is one step of Newton's method away from the one to all bins (as with deleted
    residuals, R. D. Cook, Technometrics 19 (1977) 15).

    Args:
        side: 0: the first bins, 1: the last ones.
        size: Number of parameters.
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        template: Shares of a signal in bins.
        work: As a fit to all bins left it, with slopes from `uncorrelate`.
        theta: Its parameters.
        begin: Filled with parameters to begin with, the signal's strength last.

    Returns:
        The bin in which a signal would be; -1: they do not stick out.
    """
    _, expected, slopes, parameters, root, lines, left = work
    step, beyond = parameters[0], lines[0]
    bins = len(n)
    first, last = (0, END) if side == 0 else (bins - END, bins)
    # In the parameters that are uncorrelated in the fit to all bins.
    for j in range(size):
        step[j] = 0.0
        left[j, : j + 1] = 0.0
        left[j, j] = 1.0
    for i in range(first, last):
        w = s[i] / expected[i]
        pull = w * (n[i] - expected[i])
        for j in range(size):
            step[j] -= pull * slopes[j, i]
            for k in range(j + 1):
                left[j, k] -= w * slopes[j, i] * slopes[k, i]
    cholesky(left, size)
    solve_lower(left, size, step)
    solve_upper(left, size, step)
    for i in range(max(0, first - len(template)), min(bins, last + len(template))):
        change = 0.0
        for k in range(size):
            change += slopes[k, i] * step[k]
        # Never below nothing, and not more than a model may grow in one step.
        beyond[i] = expected[i] * math.exp(min(max(change / expected[i], -3.0), 3.0))
    at, room = -1, 0.0
    for i in range(first, last):
        here = gain(i, n, s, template, beyond) if s[i] > 0.0 else 0.0
        if here > room:
            at, room = i, here
    if at < 0:
        return -1
    variance = 0.0
    for k in range(size):
        begin[k] = step[k]
        step[k] = slopes[k, at]
    solve_lower(left, size, step)
    for k in range(size):
        variance += step[k] ** 2
    profiled = room / math.sqrt(1.0 + WINDOW_BINS * s[at] / beyond[at] * variance)
    if room < SUSPICIOUS or profiled < SUSPICIOUS_PROFILED:
        return -1
    solve_upper(root, size, begin)
    for k in range(size):
        begin[k] = theta[k] + min(max(begin[k], -1.0), 1.0)
    begin[size] = strength(min(room, LARGEST_GAIN), at, s, template, beyond)
    return at


@compiled
def _keep(value, row, model, expected, evidence, backgrounds):  # type: ignore[no-untyped-def]
    """Keep a fit of a model if it is the best of its kind."""
    if value > evidence[row, model]:
        evidence[row, model] = value
        for i in range(len(expected)):
            backgrounds[row, model, i] = max(expected[i], LEAST_EXPECTED)
