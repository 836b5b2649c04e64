"""Falling spectra with a known background."""

from __future__ import annotations

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.spectra import Spectra


def falling(
    histograms: int, bins: int = 40, height: float = 300.0, seed: int = 1
) -> tuple[Spectra, BackgroundEstimate]:
    """Return background-only spectra, and what they were drawn from."""
    random = np.random.default_rng(seed)
    one = height * np.exp(-2.0 * np.arange(bins) / bins)
    expected = np.tile(one, histograms)
    counts = random.poisson(expected).astype(float)
    low = np.tile(100.0 + 10.0 * np.arange(bins), histograms)
    names = [f"histogram {number}" for number in range(histograms)]
    offsets = np.arange(histograms + 1) * bins
    spectra = Spectra(names, offsets, low, low + 10.0, counts, counts)
    return spectra, known(expected, histograms)


def known(expected: np.ndarray, histograms: int) -> BackgroundEstimate:
    """Return a background without uncertainty."""
    return BackgroundEstimate.without_modes(
        expected, np.zeros_like(expected), ["known"] * histograms, [""] * histograms
    )
