"""Calibration of jets to the energy of the particles in them."""

from __future__ import annotations

import numpy as np

from bumpcast.config.detector_jets import JetEnergyScale
from bumpcast.simulate.detector import kinematics
from bumpcast.simulate.detector.momenta import Momenta


def calibrate(jets: Momenta, settings: JetEnergyScale) -> Momenta:
    """Return the jets' four-momenta times their energy scale.

    Args:
        jets: As they were found.
        settings: The formula's numbers.
    """
    lost = settings.constant_sqrt_GeV - settings.slope_sqrt_GeV * np.abs(kinematics.eta(jets))
    scale = np.sqrt(lost**2 / jets.pt + 1.0)
    return Momenta(
        jets.offsets,
        jets.px * scale,
        jets.py * scale,
        jets.pz * scale,
        jets.energy * scale,
        jets.origin,
    )
