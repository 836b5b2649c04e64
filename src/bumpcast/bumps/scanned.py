"""From the stored histograms of a scan to the spectra that are searched."""

from __future__ import annotations

import numpy as np

from bumpcast.bumps.spectra import Spectra
from bumpcast.massscan.results.results import Results


def searched_spectra(results: Results) -> Spectra:
    """Return the searched range of every histogram that is kept, in the order of the table.

    Args:
        results: The results of a scan.
    """
    return _spectra(results, None)


def spectra_of_dataset(results: Results, dataset: str) -> Spectra:
    """Return what one data set holds in the bins of `searched_spectra`.

    Args:
        results: The results of a scan.
        dataset: A data set of the scan.

    Raises:
        UnknownHistogramError: There is no such data set.
    """
    return _spectra(results, dataset)


def _spectra(results: Results, dataset: str | None) -> Spectra:
    table = results.table
    kept = np.flatnonzero(table["kept"].to_numpy())
    found = results.searched(kept, dataset)
    names = table["name"].to_numpy()[kept].tolist()
    return Spectra(names, found.offsets, found.low, found.high, found.values, found.variances)
