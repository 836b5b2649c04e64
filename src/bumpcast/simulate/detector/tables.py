"""A detector's numbers as compiled functions read them: tuples of arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.detector import (
    CalorimeterConfig,
    DetectorConfig,
    EfficiencyRing,
    TrackKind,
    TrackResolutionRing,
)
from bumpcast.simulate.events import Floats, Offsets


class EfficiencyTable(NamedTuple):
    """Rings in |eta| with steps in pT; the steps of ring i are edges[first[i]:first[i + 1]].

    Attributes:
        max_abs_eta: Outer edges of the rings.
        first: Where the steps of each ring begin; one entry more than there are rings.
        edges: Upper edges of the steps in GeV; infinity for the last step of a ring.
        values: Efficiencies.
        decline: Of each ring: fall of the last value above `decline_from`, for each GeV.
        decline_from: Of each ring, in GeV.
    """

    max_abs_eta: Floats
    first: Offsets
    edges: Floats
    values: Floats
    decline: Floats
    decline_from: Floats


class TrackResolutionTable(NamedTuple):
    """Rings in |eta|: relative resolution constant (+) per_GeV * pT."""

    max_abs_eta: Floats
    constant: Floats
    per_gev: Floats


class CalorimeterTable(NamedTuple):
    """A calorimeter.

    Attributes:
        eta_edges: Of the rings of towers: one more than there are rings.
        phi_counts: Towers in each ring.
        first: Number of the first tower of each ring; the last entry is the number of towers.
        pids: PDG numbers without sign, rising.
        fractions: What these leave.
        other_fraction: What all others leave.
        resolution: One row a ring in |eta|: outer edge, stochastic, constant, noise, scale, bend
            and bend_at as in the configuration.
        energy_min: In GeV.
        significance_min: In units of the resolution.
        smear_centre: Whether a tower's direction is drawn within it.
    """

    eta_edges: Floats
    phi_counts: Offsets
    first: Offsets
    pids: Offsets
    fractions: Floats
    other_fraction: float
    resolution: Floats
    energy_min: float
    significance_min: float
    smear_centre: bool


@dataclass(frozen=True, slots=True)
class TrackTables:
    """Efficiency and resolution of tracks by kind: charged hadrons, electrons, muons."""

    efficiency: tuple[EfficiencyTable, EfficiencyTable, EfficiencyTable]
    resolution: tuple[TrackResolutionTable, TrackResolutionTable, TrackResolutionTable]


@dataclass(frozen=True, slots=True)
class DetectorTables:
    """All tables of a detector; its other numbers are in `config`."""

    config: DetectorConfig
    tracks: TrackTables
    ecal: CalorimeterTable
    hcal: CalorimeterTable
    electron: EfficiencyTable
    muon: EfficiencyTable
    photon: EfficiencyTable

    @classmethod
    def of(cls, config: DetectorConfig) -> Self:
        """Return the tables of a configured detector."""
        kinds: list[TrackKind] = [
            config.tracks.charged_hadron,
            config.tracks.electron,
            config.tracks.muon,
        ]
        efficiency = [efficiency_table(kind.efficiency) for kind in kinds]
        resolution = [track_resolution_table(kind.resolution) for kind in kinds]
        return cls(
            config=config,
            tracks=TrackTables(
                (efficiency[0], efficiency[1], efficiency[2]),
                (resolution[0], resolution[1], resolution[2]),
            ),
            ecal=calorimeter_table(config.ecal),
            hcal=calorimeter_table(config.hcal),
            electron=efficiency_table(config.electron.efficiency),
            muon=efficiency_table(config.muon.efficiency),
            photon=efficiency_table(config.photon.efficiency),
        )


def efficiency_table(rings: Sequence[EfficiencyRing]) -> EfficiencyTable:
    """Return the table of an efficiency."""
    return EfficiencyTable(
        max_abs_eta=np.array([ring.max_abs_eta for ring in rings], dtype=np.float64),
        first=_starts([len(ring.value) for ring in rings]),
        edges=np.array([edge for ring in rings for edge in (*ring.pt_GeV, math.inf)]),
        values=np.array([value for ring in rings for value in ring.value], dtype=np.float64),
        decline=np.array([ring.decline_per_GeV for ring in rings], dtype=np.float64),
        decline_from=np.array([ring.pt_GeV[-1] if ring.pt_GeV else 0.0 for ring in rings]),
    )


def track_resolution_table(rings: Sequence[TrackResolutionRing]) -> TrackResolutionTable:
    """Return the table of a resolution of tracks."""
    return TrackResolutionTable(
        max_abs_eta=np.array([ring.max_abs_eta for ring in rings], dtype=np.float64),
        constant=np.array([ring.constant for ring in rings], dtype=np.float64),
        per_gev=np.array([ring.per_GeV for ring in rings], dtype=np.float64),
    )


def calorimeter_table(config: CalorimeterConfig) -> CalorimeterTable:
    """Return the table of a calorimeter."""
    counts = config.towers.phi_counts()
    fractions = sorted((pid, item.fraction) for item in config.fractions for pid in item.pids)
    rows = [
        (
            ring.max_abs_eta,
            ring.stochastic,
            ring.constant,
            ring.noise_GeV,
            ring.scale,
            ring.bend,
            ring.bend_at,
        )
        for ring in config.resolution
    ]
    return CalorimeterTable(
        eta_edges=np.array(config.towers.eta_edges()),
        phi_counts=np.array(counts, dtype=np.int64),
        first=_starts(counts),
        pids=np.array([pid for pid, _ in fractions], dtype=np.int64),
        fractions=np.array([fraction for _, fraction in fractions], dtype=np.float64),
        other_fraction=config.other_fraction,
        resolution=np.array(rows, dtype=np.float64).reshape(len(rows), 7),
        energy_min=config.energy_min_GeV,
        significance_min=config.significance_min,
        smear_centre=config.smear_centre,
    )


@compiled
def efficiency_at(table, abs_eta, pt):  # type: ignore[no-untyped-def]
    """Return the efficiency at a place in |eta| and pT (GeV)."""
    for ring in range(len(table.max_abs_eta)):
        if abs_eta <= table.max_abs_eta[ring]:
            step = table.first[ring]
            while pt > table.edges[step]:
                step += 1
            value = table.values[step]
            if table.decline[ring] > 0.0 and pt > table.decline_from[ring]:
                value *= math.exp(-table.decline[ring] * (pt - table.decline_from[ring]))
            return value
    return 0.0


@compiled
def track_resolution_at(table, abs_eta, pt):  # type: ignore[no-untyped-def]
    """Return the relative resolution of a track's pT, 1 at the most."""
    for ring in range(len(table.max_abs_eta)):
        if abs_eta <= table.max_abs_eta[ring]:
            slope = table.per_gev[ring] * pt
            return min(1.0, math.sqrt(table.constant[ring] ** 2 + slope * slope))
    return 0.0


@compiled
def tower_resolution_at(resolution, abs_eta, energy):  # type: ignore[no-untyped-def]
    """Return the resolution of a tower's energy; both in GeV."""
    for ring in range(len(resolution)):
        if abs_eta <= resolution[ring, 0]:
            stochastic, constant = resolution[ring, 1], resolution[ring, 2]
            noise = resolution[ring, 3]
            away = abs_eta - resolution[ring, 6]
            shape = resolution[ring, 4] + resolution[ring, 5] * away * away
            square = energy * (energy * constant * constant + stochastic * stochastic)
            return shape * math.sqrt(square + noise * noise)
    return 0.0


@compiled
def fraction_of(pids, fractions, other_fraction, pid):  # type: ignore[no-untyped-def]
    """Return the part of its energy that a particle leaves in a calorimeter.

    These functions take arrays one by one: a table that is handed on costs more than the work.
    """
    low, high = 0, len(pids)
    while low < high:
        middle = (low + high) // 2
        if pids[middle] < pid:
            low = middle + 1
        else:
            high = middle
    if low < len(pids) and pids[low] == pid:
        return fractions[low]
    return other_fraction


@compiled
def tower_at(edges, phi_counts, first, eta, phi):  # type: ignore[no-untyped-def]
    """Return the number of the tower that a direction points to; -1: outside."""
    if not edges[0] < eta <= edges[-1]:
        return -1
    low, high = 0, len(edges) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if edges[middle] < eta:
            low = middle
        else:
            high = middle
    count = phi_counts[low]
    place = int((phi + math.pi) * (count / (2.0 * math.pi)))
    return first[low] + min(max(place, 0), count - 1)


def _starts(counts: Sequence[int]) -> Offsets:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)
