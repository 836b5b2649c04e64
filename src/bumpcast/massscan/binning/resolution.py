"""Transverse-momentum resolutions of single objects at central rapidity.

The parameter sets are those of the Delphes detector cards (track and calorimeter formulas at the
smallest |eta|) and, for ATLAS jets, the Run-2 anti-kT R = 0.4 jet-energy resolution, EM scale,
|eta| < 0.8 (parametrisation N/pT (+) S/sqrt(pT) (+) C).
"""

from __future__ import annotations

import math
from typing import Final

from bumpcast.config.binning import (
    BinningConfig,
    CalorimeterResolution,
    CustomDetector,
    JetResolution,
    Resolution,
    TrackResolution,
)

ATLAS: Final = CustomDetector(
    electron=CalorimeterResolution(linear=0.0017, stochastic_sqrt_GeV=0.101),
    muon=TrackResolution(constant=0.01, slope_per_GeV=1.0e-4),
    photon=CalorimeterResolution(linear=0.0017, stochastic_sqrt_GeV=0.101),
    jet=JetResolution(noise_GeV=3.34, stochastic_sqrt_GeV=0.627, constant=0.0234),
)
CMS: Final = CustomDetector(
    electron=CalorimeterResolution(linear=0.008, stochastic_sqrt_GeV=0.11, noise_GeV=0.40),
    muon=TrackResolution(constant=0.01, slope_per_GeV=1.0e-4),
    photon=CalorimeterResolution(linear=0.008, stochastic_sqrt_GeV=0.11, noise_GeV=0.40),
    jet=CalorimeterResolution(linear=0.050, stochastic_sqrt_GeV=1.50),
)


def detector(config: BinningConfig) -> CustomDetector:
    """Return the parameter set that a configuration names."""
    if config.detector == "atlas":
        return ATLAS
    if config.detector == "cms":
        return CMS
    if config.custom is None:  # the configuration model has refused this
        msg = "detector 'custom' without parameters"
        raise AssertionError(msg)
    return config.custom


Variance = tuple[float, float, float, float]
"""Coefficients of 1, pT, pT^2 and pT^4 in sigma^2, in GeV^2, GeV, 1 and GeV^-2."""


def variance(resolution: Resolution) -> Variance:
    """Return the squared resolution as a polynomial in pT, which all three forms are.

    Args:
        resolution: The object's parameters.
    """
    match resolution:
        case TrackResolution():
            return 0.0, 0.0, resolution.constant**2, resolution.slope_per_GeV**2
        case CalorimeterResolution():
            stochastic = resolution.stochastic_sqrt_GeV**2
            return resolution.noise_GeV**2, stochastic, resolution.linear**2, 0.0
        case JetResolution():
            stochastic = resolution.stochastic_sqrt_GeV**2
            return resolution.noise_GeV**2, stochastic, resolution.constant**2, 0.0


def sigma_pt(resolution: Resolution, pt: float) -> float:
    """Return the absolute resolution in GeV of an object at central rapidity.

    Args:
        resolution: The object's parameters.
        pt: Transverse momentum in GeV.
    """
    constant, linear, square, fourth = variance(resolution)
    return math.sqrt(constant + linear * pt + square * pt**2 + fourth * pt**4)
