"""Transverse momentum, pseudorapidity, azimuth and mass as Delphes's files have them."""

from __future__ import annotations

import math

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats

ALONG_BEAM = 999.9
"""|eta| of what has no transverse momentum."""


@compiled
def pseudorapidity(px, py, pz):  # type: ignore[no-untyped-def]
    """Return the pseudorapidity; `ALONG_BEAM` in size without transverse momentum."""
    pt = math.hypot(px, py)
    return math.asinh(pz / pt) if pt > 0.0 else math.copysign(ALONG_BEAM, pz)


@compiled
def azimuth_between(phi1, phi2):  # type: ignore[no-untyped-def]
    """Return the difference in azimuth, from 0 to pi."""
    across = abs(phi1 - phi2) % (2.0 * math.pi)
    return 2.0 * math.pi - across if across > math.pi else across


def eta(momenta: Momenta) -> Floats:
    """Return pseudorapidities; `ALONG_BEAM` in size without transverse momentum."""
    pt = momenta.pt
    known = pt > 0
    ratio = np.divide(momenta.pz, pt, out=np.zeros_like(pt), where=known)
    return np.where(known, np.arcsinh(ratio), np.copysign(ALONG_BEAM, momenta.pz))


def phi(momenta: Momenta) -> Floats:
    """Return azimuths from -pi to pi."""
    return np.arctan2(momenta.py, momenta.px)


def mass(momenta: Momenta) -> Floats:
    """Return masses in GeV; below zero where the square is."""
    squared = momenta.energy**2 - momenta.px**2 - momenta.py**2 - momenta.pz**2
    return np.copysign(np.sqrt(np.abs(squared)), squared)
