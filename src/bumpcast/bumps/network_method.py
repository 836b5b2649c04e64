"""The network as a method of the search, and its background as one for the likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.methods import Reading
from bumpcast.bumps.network import load_network
from bumpcast.bumps.network_limits import reasons_against_reading
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Floats, Spectra

_MODEL = "network"


@dataclass(frozen=True)
class NetworkMethod:
    """The network that comes with the package; each process loads it once."""

    def read(self, spectra: Spectra) -> Reading:
        """Return what the network says of spectra.

        Nothing of those that are like none it has learnt from: where bins do not follow one
        another, or its background and a signal do not describe what is there.
        """
        z, background = _believed(spectra)
        widths = np.where(np.isfinite(z), 1.0, np.nan)
        return Reading(z, widths, background)

    def largest_again(
        self, spectra: Spectra, background: BackgroundEstimate, skip: float
    ) -> Floats:
        """Return the largest significances that it finds in pseudo-data."""
        z, _ = load_network().read(spectra.offsets, spectra.counts, spectra.variances)
        return largest(spectra.offsets, z, skip).z


def network_background(spectra: Spectra) -> BackgroundEstimate:
    """Return the network's background, which it says without an uncertainty."""
    return _believed(spectra)[1]


def _believed(spectra: Spectra) -> tuple[Floats, BackgroundEstimate]:
    """Return z and the background of spectra like those it has learnt from; NaN of others."""
    z, expected = load_network().read(spectra.offsets, spectra.counts, spectra.variances)
    reasons = reasons_against_reading(spectra, z, expected)
    lost = np.array([bool(reason) for reason in reasons])[spectra.histogram_of_bin]
    expected = np.where(lost, np.nan, expected)
    background = BackgroundEstimate.without_modes(
        expected,
        np.where(np.isfinite(expected), 0.0, np.nan),
        ["" if reason else _MODEL for reason in reasons],
        list(reasons),
    )
    return np.where(lost, np.nan, z), background
