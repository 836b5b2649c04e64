"""The network as a method of the search, and its background as one for the likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.methods import Reading
from bumpcast.bumps.network import load_network
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Floats, Spectra

_MODEL = "network"


@dataclass(frozen=True)
class NetworkMethod:
    """The network that comes with the package; each process loads it once."""

    def read(self, spectra: Spectra) -> Reading:
        """Return what the network says of spectra."""
        z, expected = load_network().read(spectra.offsets, spectra.counts, spectra.variances)
        return Reading(z, np.where(np.isfinite(z), 1.0, np.nan), _estimate(spectra, expected))

    def largest_again(
        self, spectra: Spectra, background: BackgroundEstimate, skip: float
    ) -> Floats:
        """Return the largest significances that it finds in pseudo-data."""
        z, _ = load_network().read(spectra.offsets, spectra.counts, spectra.variances)
        return largest(spectra.offsets, z, skip).z


def network_background(spectra: Spectra) -> BackgroundEstimate:
    """Return the network's background, which it says without an uncertainty."""
    _, expected = load_network().read(spectra.offsets, spectra.counts, spectra.variances)
    return _estimate(spectra, expected)


def _estimate(spectra: Spectra, expected: Floats) -> BackgroundEstimate:
    known = np.isfinite(expected)
    usable = np.bincount(spectra.histogram_of_bin, known, minlength=len(spectra)) > 0
    return BackgroundEstimate.without_modes(
        expected,
        np.where(known, 0.0, np.nan),
        [_MODEL if each else "" for each in usable.tolist()],
        ["" if each else "the network says nothing of it" for each in usable.tolist()],
    )
