"""The largest significance of each spectrum, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Floats
from bumpcast.compiled import compiled


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """The largest significance of each spectrum; arrays of shape (histograms,).

    Attributes:
        z: The largest signed significance; NaN where no bin has one.
        bins: Number of its bin in the spectrum; -1 where no bin has one.
    """

    z: Floats
    bins: npt.NDArray[np.int64]


def largest(offsets: npt.NDArray[np.int64], z: Floats, skip: float = 0.0) -> Peaks:
    """Return the largest significance of each spectrum.

    Args:
        offsets: Where the bins of each spectrum are, shape (histograms + 1,).
        z: Signed significance at each bin, shape (bins,); NaN where there is none.
        skip: Share of each spectrum's bins, from its beginning, that are left out. A spectrum's
            beginning is where a background without a model is known least: 0.1 in
            arXiv:2501.05603.

    Raises:
        ValueError: The share is not at least 0 and below 1.
    """
    if not 0.0 <= skip < 1.0:
        msg = f"the share of bins to leave out is {skip}: it must be at least 0 and below 1"
        raise ValueError(msg)
    return Peaks(*_largest(offsets, z, skip))


@compiled
def _largest(offsets, z, skip):  # type: ignore[no-untyped-def]
    histograms = len(offsets) - 1
    found = np.full(histograms, np.nan)
    places = np.full(histograms, -1, np.int64)
    for histogram in range(histograms):
        start, stop = offsets[histogram], offsets[histogram + 1]
        # Rounding down leaves a spectrum of few bins whole.
        first = start + np.int64(np.floor(skip * (stop - start) + 1e-9))
        for bin_ in range(first, stop):
            value = z[bin_]
            if not np.isnan(value) and not value <= found[histogram]:
                found[histogram] = value
                places[histogram] = bin_ - start
    return found, places
