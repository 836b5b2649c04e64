"""Fits of the sum of falling terms to a histogram, alone and with a signal at a few places."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.network.fits.mixture import COLUMNS as TERM_COLUMNS
from bumpcast.bumps.network.fits.mixture import (
    MOST_ACTIVE,
    TERMS,
    fill_active,
    fill_signal,
    fit_mixture,
    mixture_occam,
    spread_of_mixture,
)
from bumpcast.bumps.network.fits.models_of_background import MODELS
from bumpcast.bumps.network.fits.profiling import gain, profile, strength, uncorrelate
from bumpcast.bumps.network.fits.weighing import (
    END,
    LARGEST_GAIN,
    LEAST_EXPECTED,
    MARGINS,
    OCCAM_OF_SIGNAL,
    SUSPICIOUS,
    SUSPICIOUS_PROFILED,
    WINDOW_BINS,
    odds_of_signal,
)
from bumpcast.compiled import compiled

_STEPS: Final = 4
_STEPS_WITH_SIGNAL: Final = 3
_STEPS_AT_ENDS: Final = 1
_RUNNING: Final = 3


@compiled
def fit_terms(histogram, templates, log_share, table, slopes, lines, spaces, found):  # type: ignore[no-untyped-def]
    """Fit the sum of terms without and with a signal.

    Three places are tried: where its own fit leaves most room for one; and in the first and in the
    last bins, if they stick out of a fit that has not seen them, as a fit to all bins can take such
    a signal for a steep end.

    Args:
        histogram: Counts, events that one unit of them stands for, and the number of usable bins.
        templates: Shares of signals in bins, by the number of their width.
        log_share: Of the sum of terms among all fits.
        table: Terms, shape (COLUMNS, bins).
        slopes: Space, shape (MOST_ACTIVE + 1, bins).
        lines: Filled, shape (4, bins): the background with the strongest signal; space; z profiled;
            and what is lost in it, as a root.
        spaces: From `mixture_space`.
        found: Evidence, backgrounds, the signal's bin and the number of its width;
            filled.
    """
    n, s, usable = histogram
    evidence, backgrounds, centres = found
    bins = len(n)
    background, expected, z, lost = lines[0], lines[1], lines[2], lines[3]
    beyond = np.empty(bins)
    weights, trial = np.zeros(TERM_COLUMNS), np.empty(TERM_COLUMNS)
    active, tried = np.zeros(MOST_ACTIVE + 1, np.int64), np.empty(MOST_ACTIVE + 1, np.int64)
    _running_mean(n, s, expected)
    used, height = fit_mixture(n, s, table, False, _STEPS, weights, active, 0, expected, spaces)
    alone = log_share + height - mixture_occam(weights, active, used, spaces)
    evidence[0, MODELS] = alone
    in_root = fill_active(table, active, used, slopes, spaces)
    uncorrelate(in_root, slopes, spaces[2])
    space = np.empty((5, bins))
    places, widths, gains = np.full(3, -1), np.zeros(3, np.int64), np.zeros(3)
    for k in range(len(templates)):
        # That of one bin comes last: its z is kept.
        width = len(templates) - 1 - k
        template = templates[width]
        centre = profile(in_root, n, s, template, MARGINS[width], expected, slopes, space, z, lost)
        if centre < 0:
            continue
        room = gain(centre, n, s, template, expected) / math.sqrt(1.0 - lost[centre] ** 2)
        if places[0] < 0 or room > gains[0]:
            places[0], widths[0], gains[0] = centre, width, room
    for i in range(bins):
        backgrounds[0, MODELS, i] = expected[i]
        backgrounds[1, MODELS, i] = expected[i]
    inner = s.copy()
    for side in range(2):
        inner[:] = s
        begin, end = (0, END) if side == 0 else (bins - END, bins)
        inner[begin:end] = 0.0
        trial[:], tried[:] = weights, active
        beyond[:] = expected
        now, _ = fit_mixture(
            n, inner, table, False, _STEPS_AT_ENDS, trial, tried, used, beyond, spaces
        )
        for i in range(begin, end):
            room = gain(i, n, s, templates[0], beyond) if s[i] > 0.0 else 0.0
            if room > gains[1 + side]:
                places[1 + side], gains[1 + side] = i, room
        place = places[1 + side]
        if gains[1 + side] < SUSPICIOUS:
            places[1 + side] = -1
        elif place >= 0:
            events = WINDOW_BINS * s[place] / beyond[place]
            variance = spread_of_mixture(table, tried, now, place, spaces)
            gains[1 + side] /= math.sqrt(1.0 + events * variance)
    evidence[1, MODELS] = alone - OCCAM_OF_SIGNAL
    centres[0], centres[1] = places[0], widths[0]
    background[:] = expected
    for k in range(3):
        if places[k] < 0 or (k > 0 and gains[k] < SUSPICIOUS_PROFILED):
            continue
        if k > 0 and abs(places[k] - places[0]) <= 1 and widths[k] == widths[0]:
            continue
        place, template = places[k], templates[widths[k]]
        fill_signal(table, template, place)
        trial[:], tried[:] = weights, active
        amount = max(strength(min(gains[k], LARGEST_GAIN), place, s, template, expected), 0.0)
        for i in range(bins):
            beyond[i] = expected[i] + amount * table[TERMS, i]
        now, height = fit_mixture(
            n, s, table, True, _STEPS_WITH_SIGNAL, trial, tried, used, beyond, spaces
        )
        if trial[TERMS] <= 0.0:
            continue
        for i in range(bins):
            beyond[i] = max(beyond[i] - trial[TERMS] * table[TERMS, i], LEAST_EXPECTED)
        odds = odds_of_signal(
            place, widths[k], s, template, beyond, usable, backgrounds[0, MODELS, place]
        )
        value = log_share + odds + height - mixture_occam(trial, tried, now, spaces)
        if value > evidence[1, MODELS]:
            evidence[1, MODELS] = value
            centres[0], centres[1] = place, widths[k]
            background[:] = beyond
            for i in range(bins):
                backgrounds[1, MODELS, i] = beyond[i]


@compiled
def _running_mean(n, s, expected):  # type: ignore[no-untyped-def]
    """Fill what is expected at first."""
    bins = len(n)
    for i in range(bins):
        seen, covered = 0.0, 0.0
        for k in range(max(0, i - _RUNNING), min(bins, i + _RUNNING + 1)):
            seen += n[k] * s[k]
            covered += s[k]
        expected[i] = seen / covered if covered > 0.0 else 1.0
