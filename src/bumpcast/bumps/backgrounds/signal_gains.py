"""What a signal changes about which function describes a spectrum best."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.fitted_functions import FittedFunctions
from bumpcast.bumps.backgrounds.linear_limit import linear_significances
from bumpcast.bumps.backgrounds.spurious import largest_of_each
from bumpcast.bumps.backgrounds.window import has_window
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import bins_of

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]

_REACH: Final = 20.0
_PER_SIGNAL: Final = 3.0
"""A function that costs more than this, and this times the deviance that a signal gains with the
cheapest function, than that one does, is not the one that a signal makes the best."""

_CLEAR: Final = 4.0
"""A signal that gains less in the limit of many events is none in the exact likelihood."""


def gains_of_signals(
    every: FittedFunctions, plain: Numbers, widths: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """Return by what the best signal reduces the deviance of each function.

    Args:
        every: The functions.
        plain: The cheapest without a signal, shape (histograms,).
        widths: Standard deviations of the signals in bins; none: no signal.

    Returns:
        In the limit of many events, shape (histograms, candidates), 0 of functions that cost too
        much for any signal to make them the best; and of ``plain``, shape (histograms,).
    """
    gains: Floats = np.zeros(every.costs.shape)
    if not widths:
        return gains, np.zeros(len(plain))
    cheapest = np.min(every.costs_without, axis=1)
    of_plain = _gain(every, plain, widths)
    farthest = cheapest + _REACH + _PER_SIGNAL * of_plain
    for candidate in range(len(every.family)):
        near = every.costs[:, candidate] < farthest
        if near.any():
            gains[:, candidate] = _gain(every, np.where(near, candidate, -1), widths)
    return gains, of_plain


def _gain(every: FittedFunctions, candidates: Numbers, widths: tuple[float, ...]) -> Floats:
    """Return by what the best signal reduces the deviance of one candidate a histogram."""
    expected, modes = every.evaluate(candidates)
    background = BackgroundEstimate.of_free(expected, modes, len(candidates))
    gain = np.zeros(len(candidates))
    for width in widths:
        z = linear_significances(every.spectra, background, width_bins=width)
        z[~has_window(every.spectra, width)] = np.nan
        gain = np.fmax(gain, largest_of_each(every.spectra, z) ** 2)
    return gain


def larger_of_two(
    every: FittedFunctions,
    plain: Numbers,
    of_plain: Floats,
    best: Numbers,
    gains: Floats,
    widths: tuple[float, ...],
) -> tuple[Numbers, Floats]:
    """Return which function goes best with a signal, and what that signal is worth.

    That a signal makes another function the best is what the limit of many events has said; the
    exact likelihood decides.

    Args:
        every: The functions.
        plain: The cheapest without a signal, shape (histograms,).
        of_plain: By what a signal reduces its deviance in the limit of many events.
        best: The cheapest with one, shape (histograms,).
        gains: Of all functions, as `gains_of_signals` returns them.
        widths: As for `gains_of_signals`.

    Returns:
        One of the two, and by what it and a signal describe the spectrum better than ``plain`` does
        without, shape (histograms,) each.
    """
    histograms = len(plain)
    if not widths:
        return plain, np.zeros(histograms)

    def exact(candidates: Numbers, estimates: Floats) -> Floats:
        some = np.flatnonzero(candidates >= 0)
        places, _ = bins_of(every.spectra.offsets, some)
        expected, modes = (column[places] for column in every.evaluate(candidates))
        part, found = every.spectra.some(some), estimates.copy()
        background = BackgroundEstimate.of_free(expected, modes, len(some))
        z, width = scan_widths(part, background, widths, skip=0.0)
        z[~has_window(part, width)] = np.nan
        largest = largest_of_each(part, z) ** 2
        # Where an excess at an end is the largest, the others are not computed.
        found[some] = np.where(np.isfinite(largest), largest, estimates[some])
        return found

    differs = (best != plain) & (best >= 0) & (plain >= 0)
    rows = np.flatnonzero(differs)
    lead = np.zeros(histograms)
    lead[rows] = every.costs[rows, best[rows]] - every.costs_without[rows, plain[rows]]
    # Of most spectra the limit of many events says clearly enough that there is no signal.
    unclear = differs | (of_plain > _CLEAR)
    with_plain = exact(np.where(unclear, plain, -1), of_plain)
    of_best = gains[np.arange(histograms), np.maximum(best, 0)]
    with_best = exact(np.where(differs, best, -1), of_best) - lead
    better = np.where(differs & (with_best <= with_plain), plain, best)
    return better, np.where(better == plain, with_plain, with_best)
