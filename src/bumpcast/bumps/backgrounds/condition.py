"""What must hold of a spectrum before a background is looked for."""

from __future__ import annotations

from typing import Final

import numpy as np

from bumpcast.bumps.spectra import Spectra

LEAST_ENTRIES: Final = 10.0
"""A shape cannot be read off fewer effective entries."""


def reasons_against(spectra: Spectra, parameters: int) -> list[str]:
    """Return why no smooth background can be found of a spectrum; empty where one can.

    Gaps between bins are no reason, and no bin in them is made up: a function is integrated over
    each bin by itself.

    Args:
        spectra: The spectra.
        parameters: Of the simplest description.
    """
    of, histograms = spectra.histogram_of_bin, len(spectra)
    columns = (spectra.low, spectra.high, spectra.counts, spectra.variances)
    finite = np.all([np.isfinite(column) for column in columns], axis=0)
    counts = np.where(finite, spectra.counts, 0.0)
    variances = np.where(finite, spectra.variances, 0.0)
    width = np.where(finite, spectra.high - spectra.low, 1.0)
    next_to = np.zeros(len(of), np.bool_)
    next_to[1:] = (of[1:] == of[:-1]) & (spectra.low[1:] < spectra.high[:-1] - 1e-9 * width[:-1])
    infinite = np.bincount(of, ~finite, minlength=histograms)
    negative = np.bincount(of, (counts < 0) | (variances < 0), minlength=histograms)
    disordered = np.bincount(of, (width <= 0) | next_to, minlength=histograms)
    with np.errstate(invalid="ignore"):
        weight = np.where(finite, spectra.event_weight, 1.0)
    usable = (counts > 0) & (weight > 0)
    entries = np.bincount(
        of, np.where(usable, counts / np.where(usable, weight, 1.0), 0.0), minlength=histograms
    )
    filled = np.bincount(of, usable, minlength=histograms)
    least = parameters + 3
    found = []
    for h, bins in enumerate(spectra.bins.tolist()):
        if bins == 0:
            reason = "no bins"
        elif infinite[h]:
            reason = f"{infinite[h]:.0f} bins are not finite"
        elif disordered[h]:
            reason = f"{disordered[h]:.0f} bins are not in order"
        elif negative[h]:
            reason = f"{negative[h]:.0f} bins hold a negative sum of weights"
        elif bins < least:
            reason = f"{bins} bins: a background needs at least {least}"
        elif filled[h] == 0:
            reason = "all bins are empty"
        elif entries[h] < LEAST_ENTRIES:
            reason = f"{entries[h]:.3g} entries: a background needs at least {LEAST_ENTRIES:.0f}"
        elif filled[h] < least:
            reason = f"{filled[h]:.0f} filled bins: a background needs at least {least}"
        else:
            reason = ""
        found.append(reason)
    return found
