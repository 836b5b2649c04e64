"""Towers and energy flow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bumpcast.config.detector import CalorimeterConfig, DetectorConfig
from bumpcast.simulate.detector.calorimeter import ECAL_STAGE, HCAL_STAGE, measure
from bumpcast.simulate.detector.propagation import Propagated, propagate
from bumpcast.simulate.detector.randomness import key, normal, start, uniform
from bumpcast.simulate.detector.tables import DetectorTables, calorimeter_table
from bumpcast.simulate.detector.tracks import FoundTracks, find_tracks
from bumpcast.simulate.events import Particles

BLOCK = key(11, 3)


def width(config: CalorimeterConfig, abs_eta: float, energy: float) -> float:
    for ring in config.resolution:
        if abs_eta <= ring.max_abs_eta:
            shape = ring.scale + ring.bend * (abs_eta - ring.bend_at) ** 2
            return shape * math.sqrt(
                (ring.constant * energy) ** 2 + ring.stochastic**2 * energy + ring.noise_GeV**2
            )
    return 0.0


def slow_measure(
    particles: Particles,
    propagated: Propagated,
    tracks: FoundTracks,
    config: CalorimeterConfig,
    stage: int,
) -> dict[str, list[Any]]:
    """Do the same with dictionaries; energies only."""
    edges, counts = config.towers.eta_edges(), config.towers.phi_counts()
    fractions = {pid: item.fraction for item in config.fractions for pid in item.pids}

    def cell_of(place: int) -> tuple[int, int] | None:
        ring = int(np.searchsorted(edges, propagated.eta[place])) - 1
        if not 0 <= ring < len(counts):
            return None
        return ring, int((propagated.phi[place] + math.pi) / (2 * math.pi / counts[ring]))

    def fraction(place: int) -> float:
        pid = abs(int(particles.pid[propagated.origin[place]]))
        return fractions.get(pid, config.other_fraction)

    out: dict[str, list[Any]] = {"towers": [], "neutrals": [], "tracks": []}
    for event in range(len(particles)):
        cells: dict[tuple[int, int], list[Any]] = {}
        for i in range(propagated.offsets[event], propagated.offsets[event + 1]):
            cell = cell_of(i)
            if cell is not None and fraction(i) > 0:
                energy = fraction(i) * particles.energy[propagated.origin[i]]
                cells.setdefault(cell, [0.0, []])[0] += energy
        in_event = range(tracks.offsets[event], tracks.offsets[event + 1])
        for j in in_event:
            cell = cell_of(tracks.place[j])
            if cell is not None and fraction(tracks.place[j]) > 0:
                cells[cell][1].append(j)
        scale = {}
        state = start(BLOCK, event, stage)
        for (ring, _), (energy, pointing) in cells.items():
            centre = abs(edges[ring] + edges[ring + 1]) / 2
            state, number = normal(np.uint64(state))
            variance = math.log(1 + (width(config, centre, energy) / energy) ** 2)
            energy *= math.exp(math.sqrt(variance) * number - variance / 2)
            sigma = width(config, centre, energy)
            if energy < max(config.energy_min_GeV, config.significance_min * sigma):
                energy = 0.0
            state, first = uniform(np.uint64(state))
            state, _ = uniform(np.uint64(state))
            eta = edges[ring] + first * (edges[ring + 1] - edges[ring])
            if energy > 0:
                out["towers"].append((event, energy, eta))
            charged = sum(fraction(tracks.place[j]) * tracks.energy[j] for j in pointing)
            spread = 0.0
            for j in pointing:
                known = tracks.resolution[j] * tracks.energy[j]
                if width(config, centre, tracks.energy[j]) < known:
                    known *= fraction(tracks.place[j])
                spread += known**2
            excess = max(0.0, energy - charged)
            if excess > config.energy_min_GeV and excess > config.significance_min * math.sqrt(
                spread + sigma**2
            ):
                out["neutrals"].append((event, excess, eta))
            else:
                for j in pointing:
                    best = charged / spread + energy / sigma**2
                    scale[j] = best / (1 / spread + 1 / sigma**2) / charged
        out["tracks"] += [
            (event, tracks.px[j] * scale.get(j, 1.0))
            for j in in_event
            if cell_of(tracks.place[j]) is not None
        ]
    return out


def test_both_calorimeters_do_as_the_plain_way(drawn: Particles, atlas: DetectorConfig) -> None:
    propagated = propagate(drawn, atlas.field)
    tables = DetectorTables.of(atlas)
    tracks = find_tracks(drawn, propagated, tables.tracks, BLOCK)
    for config, table, stage in (
        (atlas.ecal, tables.ecal, ECAL_STAGE),
        (atlas.hcal, tables.hcal, HCAL_STAGE),
    ):
        expected = slow_measure(drawn, propagated, tracks, config, stage)
        found = measure(drawn, propagated, tracks, table, stage, BLOCK)
        for deposits, rows in (
            (found.towers, expected["towers"]),
            (found.neutrals, expected["neutrals"]),
        ):
            event = np.repeat(np.arange(len(drawn)), np.diff(deposits.offsets))
            together = np.column_stack([event, deposits.energy, deposits.eta])
            np.testing.assert_allclose(together, np.array(rows))
            assert len(rows) > 50
        event = np.repeat(np.arange(len(drawn)), np.diff(found.tracks.offsets))
        np.testing.assert_allclose(
            np.column_stack([event, found.tracks.px]), np.array(expected["tracks"])
        )
        tracks = found.tracks


def test_a_photon_becomes_a_tower_and_a_neutral(
    make_particles: Callable[..., Particles], atlas: DetectorConfig
) -> None:
    particles = make_particles([(event, 22, 100.0, 0.5, 1.0) for event in range(5000)])
    propagated = propagate(particles, atlas.field)
    tables = DetectorTables.of(atlas)
    tracks = find_tracks(particles, propagated, tables.tracks, BLOCK)
    found = measure(particles, propagated, tracks, tables.ecal, ECAL_STAGE, BLOCK)

    energy = 100 * math.cosh(0.5)
    assert found.towers.offsets.tolist() == list(range(5001))
    np.testing.assert_array_equal(found.neutrals.energy, found.towers.energy)
    assert found.towers.energy.mean() == pytest.approx(energy, rel=1e-3)
    expected = math.hypot(0.0017 * energy, 0.101 * math.sqrt(energy))
    assert found.towers.energy.std() == pytest.approx(expected, rel=0.03)
    assert np.all(np.abs(found.towers.eta - 0.5) < 0.0174)
    assert np.all(np.abs(found.towers.phi - 1.0) < math.pi / 180)
    assert np.ptp(found.towers.eta) > 0.01
    np.testing.assert_array_equal(found.towers.origin, np.arange(5000))


def test_a_tower_can_point_to_its_centre(
    make_particles: Callable[..., Particles], atlas: DetectorConfig
) -> None:
    particles = make_particles([(0, 22, 100.0, 0.5, 1.0)])
    propagated = propagate(particles, atlas.field)
    tables = DetectorTables.of(atlas)
    tracks = find_tracks(particles, propagated, tables.tracks, BLOCK)
    centred = calorimeter_table(atlas.ecal.model_copy(update={"smear_centre": False}))
    found = measure(particles, propagated, tracks, centred, ECAL_STAGE, BLOCK)

    assert found.towers.eta[0] == pytest.approx(28.5 * 0.0174)
    assert math.degrees(found.towers.phi[0]) == pytest.approx(57.5)
