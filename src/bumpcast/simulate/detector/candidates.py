"""Electrons, muons and photons: who among tracks and energy flow is identified and isolated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.config.detector import IsolationConfig
from bumpcast.simulate.detector.flow import EnergyFlow, Tracks
from bumpcast.simulate.detector.grouping import momenta_where
from bumpcast.simulate.detector.isolation import Isolation, isolate
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.randomness import start, uniform
from bumpcast.simulate.detector.tables import EfficiencyTable, efficiency_at
from bumpcast.simulate.events import Floats, Integers, Offsets

ELECTRON_STAGE, MUON_STAGE, PHOTON_STAGE = 3, 31, 32
"""Numbers of these stages' random numbers."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Identified and isolated electrons, muons or photons of a block.

    Attributes:
        momenta: Four-momenta; `origin` is the particle, for photons the one that left most.
        charge: In units of e; 0 for photons.
        time: Of arrival in mm/c.
        d0: Signed distance of the track from the z axis in mm; 0 for photons.
        dz: z of the track where it is nearest to the axis, in mm; 0 for photons.
        cell: Tower of the electromagnetic calorimeter that was hit; -1 for none. Candidates in the
            same tower are made of the same particles.
        flow: Place among the energy-flow objects; -1 if it is none of them.
        isolation: What is around them.
    """

    momenta: Momenta
    charge: Integers
    time: Floats
    d0: Floats
    dz: Floats
    cell: Offsets
    flow: Offsets
    isolation: Isolation

    def __len__(self) -> int:
        return len(self.momenta)

    def where(self, keep: NDArray[np.bool_]) -> Candidates:
        """Return only some of the candidates, such as those that overlap removal leaves."""
        isolation = self.isolation
        return Candidates(
            momenta_where(self.momenta, keep),
            self.charge[keep],
            self.time[keep],
            self.d0[keep],
            self.dz[keep],
            self.cell[keep],
            self.flow[keep],
            Isolation(isolation.charged[keep], isolation.neutral[keep], isolation.ratio[keep]),
        )


def electrons(
    flow: EnergyFlow, table: EfficiencyTable, config: IsolationConfig, block_key: np.uint64
) -> Candidates:
    """Identify electrons among the energy-flow tracks.

    Args:
        flow: Energy-flow objects.
        table: Efficiency in |eta| (where the track leaves the field) and pT.
        config: Isolation.
        block_key: Of the random numbers.
    """
    wanted = np.abs(flow.pid) == 11
    found = _accepted(flow.momenta, flow.eta, wanted, table, ELECTRON_STAGE, block_key)
    return _isolated(_from_flow(flow, found), flow, config)


def photons(
    flow: EnergyFlow, table: EfficiencyTable, config: IsolationConfig, block_key: np.uint64
) -> Candidates:
    """Identify photons among what energy flow leaves in the electromagnetic calorimeter.

    Arguments as for `electrons`.
    """
    found = _accepted(flow.momenta, flow.eta, flow.pid == 22, table, PHOTON_STAGE, block_key)
    return _isolated(_from_flow(flow, found), flow, config)


def muons(
    tracks: Tracks,
    flow: EnergyFlow,
    table: EfficiencyTable,
    config: IsolationConfig,
    block_key: np.uint64,
) -> Candidates:
    """Identify muons among the tracks, before the calorimeters.

    Args:
        tracks: All tracks.
        flow: Energy-flow objects, for the isolation.
        table: Efficiency in |eta| (where the track leaves the field) and pT.
        config: Isolation.
        block_key: Of the random numbers.
    """
    wanted = np.abs(tracks.pid) == 13
    found = _accepted(tracks.momenta, tracks.eta_outer, wanted, table, MUON_STAGE, block_key)
    place = np.flatnonzero(found)
    momenta = tracks.momenta
    candidates = Candidates(
        momenta_where(momenta, found),
        tracks.charge[place],
        tracks.time[place],
        tracks.d0[place],
        tracks.z_closest[place],
        tracks.cell[place],
        flow.of_particle(momenta.origin[place]),
        _NOT_YET,
    )
    return _isolated(candidates, flow, config)


_NOT_YET = Isolation(np.empty(0), np.empty(0), np.empty(0))


def _from_flow(flow: EnergyFlow, found: NDArray[np.bool_]) -> Candidates:
    place = np.flatnonzero(found)
    return Candidates(
        momenta_where(flow.momenta, found),
        flow.charge[place],
        flow.time[place],
        flow.d0[place],
        flow.dz[place],
        flow.cell[place],
        place,
        _NOT_YET,
    )


def _isolated(candidates: Candidates, flow: EnergyFlow, config: IsolationConfig) -> Candidates:
    sums = isolate(candidates.momenta, candidates.flow, flow.momenta, flow.pid, config)
    with_sums = Candidates(
        candidates.momenta,
        candidates.charge,
        candidates.time,
        candidates.d0,
        candidates.dz,
        candidates.cell,
        candidates.flow,
        sums,
    )
    return with_sums.where(sums.ratio <= config.ratio_max)


def _accepted(
    momenta: Momenta,
    eta: Floats,
    wanted: NDArray[np.bool_],
    table: EfficiencyTable,
    stage: int,
    block_key: np.uint64,
) -> NDArray[np.bool_]:
    found = np.zeros(len(wanted), dtype=np.bool_)
    _accept(momenta.offsets, momenta.px, momenta.py, eta, wanted, table, stage, block_key, found)
    return found


@compiled
def _accept(  # type: ignore[no-untyped-def]
    first, px, py, eta, wanted, table, stage, block_key, found
):
    for event in range(len(first) - 1):
        state = start(block_key, event, stage)
        for i in range(first[event], first[event + 1]):
            if not wanted[i]:
                continue
            pt = (px[i] * px[i] + py[i] * py[i]) ** 0.5
            efficiency = efficiency_at(table, abs(eta[i]), pt)
            if efficiency <= 0.0:
                continue
            state, number = uniform(state)
            found[i] = number < efficiency
