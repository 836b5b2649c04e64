"""Tracks: which charged particles are found, and with which momentum."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.propagation import Propagated
from bumpcast.simulate.detector.randomness import start, uniform
from bumpcast.simulate.detector.smearing import log_normal
from bumpcast.simulate.detector.tables import (
    TrackTables,
    efficiency_at,
    track_resolution_at,
)
from bumpcast.simulate.events import Floats, Offsets, Particles

STAGE = 0
"""Number of this stage's random numbers."""


@dataclass(frozen=True, slots=True)
class FoundTracks:
    """Tracks of a block of events; those of event i are offsets[i] to offsets[i + 1].

    Attributes:
        offsets: One entry more than there are events.
        place: Of the particle among the propagated ones.
        px: Measured momentum at the point nearest to the z axis, in GeV.
        py: In GeV.
        pz: In GeV.
        energy: In GeV, for the particle's own mass.
        resolution: Relative resolution of pT that was used.
    """

    offsets: Offsets
    place: Offsets
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    resolution: Floats


def find_tracks(
    particles: Particles, propagated: Propagated, tables: TrackTables, block_key: np.uint64
) -> FoundTracks:
    """Draw which tracks are found, and smear their transverse momenta.

    Direction and mass of a particle stay as they are; the scale of its momentum changes.

    Args:
        particles: The generated events.
        propagated: What `propagate` made of them.
        tables: Efficiencies and resolutions.
        block_key: Of the random numbers.
    """
    most = int(np.count_nonzero(propagated.kind))
    offsets = np.zeros(len(propagated.offsets), dtype=np.int64)
    place = np.empty(most, dtype=np.int64)
    columns = np.empty((5, most))
    count = _find(
        propagated.offsets,
        propagated.origin,
        propagated.kind,
        propagated.eta,
        propagated.phi_closest,
        particles.px,
        particles.py,
        particles.pz,
        particles.mass,
        *tables.efficiency,
        *tables.resolution,
        block_key,
        offsets,
        place,
        columns,
    )
    return FoundTracks(offsets, place[:count], *columns[:, :count])


@compiled
def _find(  # type: ignore[no-untyped-def]
    first,
    origin,
    kind,
    eta,
    phi_closest,
    px,
    py,
    pz,
    mass,
    hadron_efficiency,
    electron_efficiency,
    muon_efficiency,
    hadron_resolution,
    electron_resolution,
    muon_resolution,
    block_key,
    offsets,
    place,
    columns,
):
    count = 0
    for event in range(len(first) - 1):
        state = start(block_key, event, STAGE)
        for i in range(first[event], first[event + 1]):
            if kind[i] == 0:
                continue
            which = origin[i]
            pt = math.hypot(px[which], py[which])
            abs_eta = abs(eta[i])
            if kind[i] == 1:
                efficiency = efficiency_at(hadron_efficiency, abs_eta, pt)
                resolution = track_resolution_at(hadron_resolution, abs_eta, pt)
            elif kind[i] == 2:
                efficiency = efficiency_at(electron_efficiency, abs_eta, pt)
                resolution = track_resolution_at(electron_resolution, abs_eta, pt)
            else:
                efficiency = efficiency_at(muon_efficiency, abs_eta, pt)
                resolution = track_resolution_at(muon_resolution, abs_eta, pt)
            if efficiency <= 0.0:
                continue
            state, number = uniform(state)
            if number >= efficiency:
                continue
            state, measured = log_normal(state, pt, resolution * pt)
            along = pz[which] * (measured / pt)
            place[count] = i
            columns[0, count] = measured * math.cos(phi_closest[i])
            columns[1, count] = measured * math.sin(phi_closest[i])
            columns[2, count] = along
            columns[3, count] = math.sqrt(measured**2 + along**2 + mass[which] ** 2)
            columns[4, count] = resolution
            count += 1
        offsets[event + 1] = count
    return count
