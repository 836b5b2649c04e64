"""The exact likelihood of spectra with their backgrounds, for signals of several widths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.window import has_window
from bumpcast.bumps.likelihood import WIDTHS, profiled_scan, signed_significances
from bumpcast.bumps.spectra import Floats, Spectra, bins_of


def scan_widths(
    spectra: Spectra,
    background: BackgroundEstimate,
    widths: Sequence[float] = WIDTHS,
    *,
    skip: float | None = None,
) -> tuple[Floats, Floats]:
    """Return at every bin the largest z over the widths, and the width that has it.

    A background with modes is profiled; one without is known but for the deviations of its bins.
    Where a spectrum has two descriptions, the likelihood ratio is that of the best one with a
    signal to the best one without, whichever background each is of (P. Dauncey et al.,
    arXiv:1408.6865); near the ends only the background itself is one.

    Args:
        spectra: The spectra.
        background: Theirs.
        widths: Standard deviations of the signal in bins.
        skip: Where it is given, only z that may be the largest of a spectrum are wanted, and none
            in this share of its first bins.

    Returns:
        Both of shape (bins,); NaN where nothing can be said.
    """
    z, width = _scan(spectra, background, widths, skip)
    other = background.alternative
    if other is None:
        return z, width
    places, offsets = bins_of(spectra.offsets, other.histograms)
    part = spectra.some(other.histograms)
    again, again_width = _scan(part, other.background, widths, skip)
    # The other function has not been chosen for what it does at an end.
    again[~has_window(part, again_width)] = np.nan
    lead = np.repeat(other.lead, np.diff(offsets))
    first = _reduced(z[places], np.maximum(lead, 0.0))
    second = _reduced(again, np.maximum(-lead, 0.0))
    better = ~(np.abs(first) >= np.abs(second)) & np.isfinite(second)
    z[places] = np.where(better, second, first)
    width[places] = np.where(better, again_width, width[places])
    return z, width


def _reduced(z: Floats, deviance: Floats) -> Floats:
    """Return significances of which a deviance needs no signal."""
    left = np.sqrt(np.maximum(z**2 - deviance, 0.0))
    return np.where(z < 0, -left, left) + 0.0  # no negative zero


def _scan(
    spectra: Spectra, background: BackgroundEstimate, widths: Sequence[float], skip: float | None
) -> tuple[Floats, Floats]:
    if np.any(background.modes):
        return profiled_scan(
            spectra.offsets,
            spectra.counts,
            background.expected,
            background.modes,
            background.precisions,
            background.centres,
            widths,
            uncertainty=background.uncertainty,
            event_weight=spectra.event_weight,
            skip=skip,
        )
    best = np.full(len(spectra.counts), np.nan)
    best_width = np.full(len(best), np.nan)
    for width in widths:
        z = signed_significances(
            spectra.offsets,
            spectra.counts,
            background.expected,
            uncertainty=background.uncertainty,
            width_bins=width,
            event_weight=spectra.event_weight,
        )
        better = np.isfinite(z) & ~(z <= best)
        best[better], best_width[better] = z[better], width
    return best, best_width
