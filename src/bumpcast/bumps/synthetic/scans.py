"""Curves through the simulated spectra of a scan."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Final

from bumpcast.bumps.scanned import searched_spectra, spectra_of_dataset
from bumpcast.bumps.spectra import Spectra
from bumpcast.bumps.synthetic.files import read_curves
from bumpcast.bumps.synthetic.recipe import Curves
from bumpcast.bumps.synthetic.smoothing import fitted_curves
from bumpcast.massscan.results.results import Results

QUICKSTART_CURVES: Final = Path(__file__).parent / "data" / "quickstart.h5"
"""Curves through the spectra of the quickstart's backgrounds, as `curves_of_scan` finds them."""


def quickstart_curves() -> Curves:
    """Return the curves that come with the package."""
    return read_curves(QUICKSTART_CURVES)


def curves_of_scan(results: Results) -> Curves:
    """Return a smooth curve through each histogram of a scan that is kept for the search.

    Args:
        results: The scan. Where it has data sets of the kind 'background', the curves are through
            their sum; else through what the search looks at.
    """
    datasets = results.analysis.datasets
    names = [name for name, dataset in datasets.items() if dataset.kind == "background"]
    if not names:
        return fitted_curves(searched_spectra(results))
    return fitted_curves(reduce(_sum, (spectra_of_dataset(results, name) for name in names)))


def _sum(first: Spectra, second: Spectra) -> Spectra:
    return replace(
        first,
        counts=first.counts + second.counts,
        variances=first.variances + second.variances,
    )
