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
        particles: What each stems from: particles, counted through the whole block, or whatever
            else is numbered so that what shares a particle shares a number.
    """

    momenta: Momenta
    charge: Integers
    electromagnetic: Floats
    hadronic: Floats
    time: Floats
    first_particle: Offsets
    particles: Offsets

    @classmethod
    def labelled(
        cls,
        momenta: Momenta,
        charge: Integers,
        label: Offsets,
        *,
        electromagnetic: Floats | None = None,
        hadronic: Floats | None = None,
        time: Floats | None = None,
    ) -> Self:
        """Return objects each of which stems from one thing, such as a particle or a tower.

        Args:
            momenta: Four-momenta.
            charge: In units of e.
            label: Number of that thing, different in every event; -1 for none.
            electromagnetic: In GeV; 0 without.
            hadronic: In GeV; 0 without.
            time: In mm/c; 0 without.
        """
        nothing = np.zeros(len(momenta.px))
        known = label >= 0
        return cls(
            momenta=momenta,
            charge=charge,
            electromagnetic=nothing if electromagnetic is None else electromagnetic,
            hadronic=nothing if hadronic is None else hadronic,
            time=nothing if time is None else time,
            first_particle=np.concatenate([[0], np.cumsum(known)]).astype(np.int64),
            particles=label[known],
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
        return cls.labelled(momenta, charge, momenta.origin, time=particles.time[taken])
