"""What the detector made of the particles, as the jet finder and the overlap removal need it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats, Integers, Offsets, Particles


@dataclass(frozen=True, slots=True)
class DetectorObjects:
    """Towers, energy-flow objects, tracks or candidates with what they stem from.

    Attributes:
        momenta: Four-momenta; all other columns but the last have one entry each.
        charge: In units of e.
        electromagnetic: Energy in the electromagnetic calorimeter in GeV.
        hadronic: Energy in the hadronic calorimeter in GeV.
        time: Of arrival, in mm/c.
        first_particle: Where the particles of each start in `particles`; one entry more.
        particles: Places of the particles that each stems from, counted through the whole block.
    """

    momenta: Momenta
    charge: Integers
    electromagnetic: Floats
    hadronic: Floats
    time: Floats
    first_particle: Offsets
    particles: Offsets

    @classmethod
    def of_single_particles(
        cls, momenta: Momenta, charge: Integers, time: Floats | None = None
    ) -> Self:
        """Return objects each of which stems from its `momenta.origin` alone, if from any."""
        nothing = np.zeros(len(momenta.px))
        known = momenta.origin >= 0
        return cls(
            momenta=momenta,
            charge=charge,
            electromagnetic=nothing,
            hadronic=nothing,
            time=nothing if time is None else time,
            first_particle=np.concatenate([[0], np.cumsum(known)]).astype(np.int64),
            particles=momenta.origin[known],
        )

    @classmethod
    def visible(cls, particles: Particles) -> Self:
        """Return all stable particles but neutrinos, of which generator jets are made."""
        kind = np.abs(particles.pid)
        taken = (particles.status == 1) & (kind != 12) & (kind != 14) & (kind != 16)
        momenta = Momenta(
            np.concatenate([[0], np.cumsum(taken)])[particles.offsets].astype(np.int64),
            particles.px[taken],
            particles.py[taken],
            particles.pz[taken],
            particles.energy[taken],
            np.flatnonzero(taken).astype(np.int64),
        )
        charge = np.trunc(particles.charge[taken] / 3.0).astype(np.int32)
        return cls.of_single_particles(momenta, charge, particles.time[taken])
