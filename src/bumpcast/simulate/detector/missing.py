"""Missing transverse energy: what balances everything that was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats, Particles


@dataclass(frozen=True, slots=True)
class Missing:
    """Missing momentum; one entry an event.

    Attributes:
        px: In GeV.
        py: In GeV.
        pz: In GeV; what flies along the beams is not seen, so it says little.
    """

    px: Floats
    py: Floats
    pz: Floats

    @property
    def pt(self) -> Floats:
        """Missing transverse energy in GeV."""
        return np.hypot(self.px, self.py)

    @property
    def phi(self) -> Floats:
        """Its direction in the transverse plane."""
        return np.arctan2(self.py, self.px)

    @property
    def eta(self) -> Floats:
        """Its pseudorapidity; 0 where nothing is missing."""
        pt = self.pt
        return np.arcsinh(np.divide(self.pz, pt, out=np.zeros_like(pt), where=pt > 0))


def missing(seen: Momenta) -> Missing:
    """Return what balances reconstructed objects.

    Args:
        seen: Towers or energy-flow objects.
    """
    sums = np.zeros((3, len(seen)))
    _balance(seen.offsets, seen.px, seen.py, seen.pz, sums)
    return Missing(*sums)


def missing_at_generator(particles: Particles, invisible: Sequence[int]) -> Missing:
    """Return what balances all stable particles but the invisible ones.

    Args:
        particles: The generated events.
        invisible: PDG numbers without sign.
    """
    sums = np.zeros((3, len(particles)))
    _balance_particles(
        particles.offsets,
        particles.status,
        particles.pid,
        particles.px,
        particles.py,
        particles.pz,
        np.array(invisible, dtype=np.int64),
        sums,
    )
    return Missing(*sums)


@compiled
def _balance(first, px, py, pz, sums):  # type: ignore[no-untyped-def]
    for event in range(len(first) - 1):
        for i in range(first[event], first[event + 1]):
            sums[0, event] -= px[i]
            sums[1, event] -= py[i]
            sums[2, event] -= pz[i]


@compiled
def _balance_particles(  # type: ignore[no-untyped-def]
    first, status, pid, px, py, pz, invisible, sums
):
    for event in range(len(first) - 1):
        for i in range(first[event], first[event + 1]):
            if status[i] != 1:
                continue
            seen = True
            for number in invisible:
                if abs(pid[i]) == number:
                    seen = False
            if seen:
                sums[0, event] -= px[i]
                sums[1, event] -= py[i]
                sums[2, event] -= pz[i]
