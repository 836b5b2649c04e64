"""From generated particles to what a detector sees of them, before jets are found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.config.detector import DetectorConfig
from bumpcast.simulate.detector import calorimeter, candidates
from bumpcast.simulate.detector.candidates import Candidates
from bumpcast.simulate.detector.flow import (
    EnergyFlow,
    Towers,
    Tracks,
    build_flow,
    build_towers,
    build_tracks,
)
from bumpcast.simulate.detector.grouping import momenta_where
from bumpcast.simulate.detector.missing import Missing, missing, missing_at_generator
from bumpcast.simulate.detector.propagation import Propagated, propagate
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.detector.tracks import find_tracks
from bumpcast.simulate.events import Particles


@dataclass(frozen=True, slots=True)
class Observed:
    """What a detector sees of a block of events, before jets and overlap removal.

    Attributes:
        tracks: All tracks.
        towers: Towers of both calorimeters.
        flow: Energy-flow objects.
        electrons: Identified and isolated.
        muons: Identified and isolated.
        photons: Identified and isolated.
        propagated: Where the particles arrive.
        missing: Missing transverse energy.
        generator_missing: What the invisible particles carry.
    """

    tracks: Tracks
    towers: Towers
    flow: EnergyFlow
    electrons: Candidates
    muons: Candidates
    photons: Candidates
    propagated: Propagated
    missing: Missing
    generator_missing: Missing

    def __len__(self) -> int:
        return len(self.towers.momenta)


def observe(
    particles: Particles, detector: DetectorConfig | DetectorTables, block_key: np.uint64
) -> Observed:
    """Let a block of generated events go through tracker and calorimeters.

    Args:
        particles: Of the generator; only those of status 1 count.
        detector: Its configuration, or the tables made of it once for many blocks.
        block_key: Of the random numbers, from `randomness.key`.

    Returns:
        Collections with entries in the order of the events; the same key gives the same ones.
    """
    tables = DetectorTables.of(detector) if isinstance(detector, DetectorConfig) else detector
    config = tables.config
    propagated = propagate(particles, config.field)
    found = find_tracks(particles, propagated, tables.tracks, block_key)
    ecal = calorimeter.measure(
        particles, propagated, found, tables.ecal, calorimeter.ECAL_STAGE, block_key
    )
    hcal = calorimeter.measure(
        particles, propagated, ecal.tracks, tables.hcal, calorimeter.HCAL_STAGE, block_key
    )
    ecal_cells = int(tables.ecal.first[-1])
    tracks = build_tracks(particles, propagated, found, ecal)
    towers = build_towers(ecal, hcal, ecal_cells)
    flow = build_flow(tracks, found, ecal, hcal, ecal_cells)
    return Observed(
        tracks=tracks,
        towers=towers,
        flow=flow,
        electrons=candidates.electrons(flow, tables.electron, config.electron.isolation, block_key),
        muons=candidates.muons(tracks, flow, tables.muon, config.muon.isolation, block_key),
        photons=candidates.photons(flow, tables.photon, config.photon.isolation, block_key),
        propagated=propagated,
        missing=_missing(config, tracks, towers, flow),
        generator_missing=missing_at_generator(particles, config.invisible),
    )


def _missing(config: DetectorConfig, tracks: Tracks, towers: Towers, flow: EnergyFlow) -> Missing:
    if config.missing_inputs == "energy_flow":
        return missing(flow.momenta)
    balance = missing(towers.momenta)
    if config.missing_inputs == "towers":
        return balance
    muons = missing(momenta_where(tracks.momenta, np.abs(tracks.pid) == 13))
    return Missing(balance.px + muons.px, balance.py + muons.py, balance.pz + muons.pz)
