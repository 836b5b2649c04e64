"""The coordinates of a Gaussian process over the bins of a spectrum: its kernel's eigenvectors."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]

_REGULAR: Final = 0.02
"""Bins that widen slowly count as neighbours that are 1 apart."""

_EIGENVALUE: Final = 1e-7


def places_of(spectrum: Spectra) -> Floats:
    """Return where bins are, in bins: neighbours are 1 apart, gaps count in bins beside them."""
    width = spectrum.high - spectrum.low
    steps = 2 * np.diff(spectrum.centres) / (width[1:] + width[:-1])
    places: Floats = np.concatenate(
        [np.zeros(1), np.cumsum(np.where(np.abs(steps - 1) < _REGULAR, 1.0, steps))]
    )
    return places


def process_columns(place: Floats, length: float) -> Floats:
    """Return the eigenvectors of the kernel that matter, each scaled to its standard deviation.

    Args:
        place: Of the bins, as `places_of` has them, shape (bins,).
        length: Of the kernel, in bins.

    Returns:
        Shape (bins, coordinates); the process is these times standard normal coordinates.
    """
    bins = len(place)
    if place[-1] == bins - 1:
        return _regular(bins, length)
    return _columns(place, length)


@lru_cache(maxsize=2048)
def _regular(bins: int, length: float) -> Floats:
    return _columns(np.arange(bins, dtype=np.float64), length)


def _columns(place: Floats, length: float) -> Floats:
    kernel = np.exp(-0.5 * np.square((place[:, None] - place[None]) / length))
    values, vectors = np.linalg.eigh(kernel)
    some = values > _EIGENVALUE * values[-1]
    columns: Floats = vectors[:, some][:, ::-1] * np.sqrt(values[some][::-1])
    return columns
