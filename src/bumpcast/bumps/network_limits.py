"""Of which spectra the network says nothing.

It has learnt from smooth spectra of bins that follow one another, with and without a signal. Of
others it says something, too, and that may be any number: a spectrum that breaks off in its middle
has a peak of twenty standard deviations for it. So what it takes for the background has to describe
the spectrum, together with a signal where that is large.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.condition import LEAST_ENTRIES
from bumpcast.bumps.backgrounds.goodness import goodness_of_fit
from bumpcast.bumps.backgrounds.peak_or_shape import goodness_with_signal, with_signal
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.network.fits.of_histograms import LEAST_BINS
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Floats, Spectra

Bools = npt.NDArray[np.bool_]

LEAST_FILLED: Final = 5
"""Bins with entries: fewer have no shape."""

LEAST_GOODNESS: Final = 1e-6
"""The network's background is not fitted to the spectrum, and a little off where it is high."""

_LARGE: Final = 5.0
"""A larger significance has to be that of something like a signal."""

_JUMP: Final = 1.5
"""Neighbours differ in width by less than this factor."""

_BREAKS: Final = 50.0
"""Events beside a bin without any: nothing smooth falls so in one bin, nor does a signal, but
polynomials of a high order with a wide signal come close to it."""

_WINDOW: Final = 9
_PARAMETERS: Final = 4.0
"""That a smooth background is worth."""


def reasons_against_reading(spectra: Spectra, z: Floats, expected: Floats) -> list[str]:
    """Return why nothing is to be said of a spectrum; empty where the network may be believed.

    Args:
        spectra: The spectra.
        z: What the network says, shape (bins,).
        expected: The network's background, shape (bins,).
    """
    of, histograms = spectra.histogram_of_bin, len(spectra)
    weight = spectra.event_weight
    usable = np.isfinite(z) & np.isfinite(expected)
    known = np.isfinite(spectra.counts) & np.isfinite(spectra.variances)
    known &= (spectra.counts >= 0) & (spectra.variances >= 0)
    events = np.where(known, spectra.counts, 0.0) / weight

    def number(bins: Bools) -> list[int]:
        return [int(count) for count in np.bincount(of, bins, minlength=histograms)]

    bins_known, filled = number(known), number(events > 0)
    jumps, read = number(_jumps(spectra)), number(usable)
    breaks = number(_breaks(spectra, events, known))
    entries = np.bincount(of, events, minlength=histograms).tolist()
    found = []
    for h, bins in enumerate(spectra.bins.tolist()):
        if bins == 0:
            reason = "no bins"
        elif bins_known[h] < LEAST_BINS:
            reason = f"known bins: {bins_known[h]}; the network needs at least {LEAST_BINS}"
        elif filled[h] == 0:
            reason = "all bins are empty"
        elif entries[h] < LEAST_ENTRIES:
            reason = f"entries: {entries[h]:.3g}; the network needs at least {LEAST_ENTRIES:.0f}"
        elif filled[h] < LEAST_FILLED:
            reason = f"filled bins: {filled[h]}; the network needs at least {LEAST_FILLED}"
        elif jumps[h]:
            reason = f"gaps or jumps of width between bins: {jumps[h]}; the network knows none"
        elif read[h] == 0:
            reason = "the network says nothing of it"
        elif breaks[h]:
            reason = (
                "the network's background does not describe it (bins without an event beside ones "
                f"of more than {_BREAKS:.0f}: {breaks[h]})"
            )
        else:
            reason = ""
        found.append(reason)
    _add_what_is_not_described(spectra, z, np.where(usable, expected / weight, 0.0), events, found)
    return found


def _jumps(spectra: Spectra) -> Bools:
    """Return the bins that do not follow the one before, or are much wider or narrower."""
    of = spectra.histogram_of_bin
    width = spectra.high - spectra.low
    jumps = np.zeros(len(of), np.bool_)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = width[1:] / width[:-1]
        apart = np.abs(spectra.low[1:] - spectra.high[:-1]) > 0.01 * width[:-1]
    jumps[1:] = (of[1:] == of[:-1]) & (apart | (ratio > _JUMP) | (ratio < 1.0 / _JUMP))
    return jumps


def _breaks(spectra: Spectra, events: Floats, known: Bools) -> Bools:
    """Return the bins without an event beside one of many."""
    of = spectra.histogram_of_bin
    breaks = np.zeros(len(of), np.bool_)
    beside = (of[1:] == of[:-1]) & known[1:] & known[:-1]
    breaks[1:] |= beside & (events[1:] <= 0) & (events[:-1] > _BREAKS)
    breaks[:-1] |= beside & (events[:-1] <= 0) & (events[1:] > _BREAKS)
    return breaks


def _add_what_is_not_described(
    spectra: Spectra, z: Floats, expected: Floats, events: Floats, reasons: list[str]
) -> None:
    of = spectra.histogram_of_bin
    peaks = largest(spectra.offsets, z)
    place = np.arange(len(of)) - spectra.offsets[:-1][of]
    compared = expected > 0
    outside = compared & (np.abs(place - peaks.bins[of]) > _WINDOW)
    parameters = np.full(len(spectra), _PARAMETERS)
    beside = goodness_of_fit(of, events, expected, outside, parameters)
    with np.errstate(invalid="ignore"):
        doubtful = (beside < LEAST_GOODNESS) | (peaks.z > _LARGE)
    for h in np.flatnonzero(doubtful).tolist():
        if reasons[h]:
            continue
        bins = spectra.slice_of(h)
        none = np.zeros((int(spectra.bins[h]), 0))
        columns = events[bins], expected[bins]
        both, alone = with_signal(*columns, none, compared[bins], WIDTHS)
        goodness = goodness_with_signal(events[bins], both, alone, compared[bins], _PARAMETERS)
        if goodness < LEAST_GOODNESS:
            reasons[h] = f"the network's background does not describe it (p = {goodness:.2g})"
