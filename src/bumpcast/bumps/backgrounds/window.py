"""The window around the largest excess of a spectrum, that a fit is repeated without."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.linear_limit import linear_significances
from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]

HALF_WIDTH: Final = 3.0
"""The window reaches so many standard deviations of the signal to both sides."""

_BESIDE: Final = 2
"""Bins that must be left on both sides of it: an end of a spectrum is not extrapolated to."""


def window_of_excess(
    spectra: Spectra, background: BackgroundEstimate, widths: Sequence[float], *, above: float
) -> npt.NDArray[np.bool_]:
    """Return which bins are in the window of the largest excess over a background.

    Args:
        spectra: The spectra.
        background: What was fitted to all of each.
        widths: Standard deviations in bins of the signals that may be that excess.
        above: There is a window only where its significance is larger.
    """
    z = {width: linear_significances(spectra, background, width_bins=width) for width in widths}
    return largest_excess(spectra, z, above=above)


def largest_excess(
    spectra: Spectra, z: Mapping[float, Floats], *, above: float
) -> npt.NDArray[np.bool_]:
    """Return which bins are in the window of their spectrum's largest excess.

    Args:
        spectra: The spectra.
        z: Signed significance at each bin, shape (bins,), of signals of some standard deviations
            in bins; NaN: none.
        above: There is a window only where the significance is larger.
    """
    widths = np.array(list(z))
    found = np.stack([np.nan_to_num(z[width], nan=-math.inf) for width in z])
    best, which = found.max(axis=0), found.argmax(axis=0)
    window = np.zeros(len(best), np.bool_)
    near = np.flatnonzero(best > above)
    for h in np.unique(spectra.histogram_of_bin[near]).tolist():
        bins = spectra.slice_of(h)
        centre = bins.start + int(np.argmax(best[bins]))
        # A narrower window is better than none where the one that belongs to it does not fit.
        for width in sorted((w for w in z if w <= widths[which[centre]]), reverse=True):
            reach = math.ceil(HALF_WIDTH * width)
            first, last = centre - reach, centre + reach
            if first - bins.start >= _BESIDE and bins.stop - 1 - last >= _BESIDE:
                window[first : last + 1] = True
                break
    return window


def has_window(spectra: Spectra, width_bins: float | Floats) -> npt.NDArray[np.bool_]:
    """Return around which bins a window has its place, shape (bins,).

    Args:
        spectra: The spectra.
        width_bins: Standard deviation of the signal in bins, of all or of each bin; NaN: none.
    """
    place = np.arange(len(spectra.counts))
    least = np.ceil(HALF_WIDTH * np.asarray(width_bins)) + _BESIDE
    of = spectra.histogram_of_bin
    below, above = place - spectra.offsets[:-1][of], spectra.offsets[1:][of] - 1 - place
    found: npt.NDArray[np.bool_] = np.minimum(below, above) >= least
    return found
