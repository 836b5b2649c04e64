"""What must hold of a spectrum before a background is looked for."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Spectra

Bools = npt.NDArray[np.bool_]

MOST_ENTRIES: Final = 1e14
"""Of a bin with more, a likelihood of double precision does not say a tenth of a standard deviation
any more."""

LEAST_ENTRIES: Final = 10.0
"""A shape cannot be read off fewer effective entries."""


def contradictions(spectra: Spectra) -> list[str]:
    """Return what makes no spectrum of bins and counts, whatever the method; empty where all fits.

    Args:
        spectra: The spectra.
    """
    of, histograms = spectra.histogram_of_bin, len(spectra)
    edges = np.isfinite(spectra.low) & np.isfinite(spectra.high)
    infinite = ~edges | np.isinf(spectra.counts) | np.isinf(spectra.variances)
    weightless = (np.abs(spectra.counts) > 0) & (spectra.variances == 0)
    with np.errstate(invalid="ignore"):
        effective = spectra.counts / spectra.event_weight
    # What bins are called, and in which it is so.
    kinds = (
        ("bins that are not finite", infinite),
        ("bins that are not in order", _disordered(spectra, edges)),
        ("bins with entries and no variance", weightless),
        (f"bins of more than {MOST_ENTRIES:.0e} entries", effective > MOST_ENTRIES),
    )
    found = [""] * histograms
    for words, bins in reversed(kinds):
        for h in np.unique(of[bins]).tolist():
            found[h] = f"{words}: {int(np.count_nonzero(bins[spectra.slice_of(h)]))}"
    return found


def _disordered(spectra: Spectra, edges: Bools) -> Bools:
    of = spectra.histogram_of_bin
    width = np.where(edges, spectra.high - spectra.low, 1.0)
    overlaps = np.zeros(len(of), np.bool_)
    with np.errstate(invalid="ignore"):
        overlaps[1:] = (of[1:] == of[:-1]) & (
            spectra.low[1:] < spectra.high[:-1] - 1e-9 * width[:-1]
        )
    disordered: Bools = (width <= 0) | overlaps
    return disordered


def reasons_against(spectra: Spectra, parameters: int) -> list[str]:
    """Return why no smooth background can be found of a spectrum; empty where one can.

    Gaps between bins are no reason, and no bin in them is made up: a function is integrated over
    each bin by itself. Nor are bins of which nothing is known (NaN): they are left out.

    Args:
        spectra: The spectra.
        parameters: Of the simplest description.
    """
    of, histograms = spectra.histogram_of_bin, len(spectra)
    edges = np.isfinite(spectra.low) & np.isfinite(spectra.high)
    unknown = np.isnan(spectra.counts) | np.isnan(spectra.variances)
    infinite = ~edges | np.isinf(spectra.counts) | np.isinf(spectra.variances)
    finite = ~unknown & ~infinite
    counts = np.where(finite, spectra.counts, 0.0)
    variances = np.where(finite, spectra.variances, 0.0)
    weight = np.where(finite, spectra.event_weight, 1.0)
    usable = (counts > 0) & (weight > 0)
    effective = np.where(usable, counts / np.where(usable, weight, 1.0), 0.0)

    def number(bins: Bools) -> list[int]:
        return [int(count) for count in np.bincount(of, bins, minlength=histograms)]

    infinities, negatives = number(infinite), number((counts < 0) | (variances < 0))
    disordered, known, filled = number(_disordered(spectra, edges)), number(finite), number(usable)
    entries = np.bincount(of, effective, minlength=histograms).tolist()
    least = parameters + 3
    found = []
    for h, bins in enumerate(spectra.bins.tolist()):
        if bins == 0:
            reason = "no bins"
        elif infinities[h]:
            reason = f"bins that are not finite: {infinities[h]}"
        elif disordered[h]:
            reason = f"bins that are not in order: {disordered[h]}"
        elif negatives[h]:
            reason = f"bins with a negative sum of weights: {negatives[h]}"
        elif known[h] < least:
            reason = f"known bins: {known[h]}; a background needs at least {least}"
        elif filled[h] == 0:
            reason = "all bins are empty"
        elif entries[h] < LEAST_ENTRIES:
            reason = f"entries: {entries[h]:.3g}; a background needs at least {LEAST_ENTRIES:.0f}"
        elif filled[h] < least:
            reason = f"filled bins: {filled[h]}; a background needs at least {least}"
        else:
            reason = ""
        found.append(reason)
    return found
