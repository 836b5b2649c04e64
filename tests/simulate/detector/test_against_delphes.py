"""Tracks, towers and energy flow that Delphes itself made of the same particles, one by one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bumpcast.config.detector import CalorimeterConfig, DetectorConfig
from bumpcast.simulate.detector.energy_sharing import shared, track_variance
from bumpcast.simulate.detector.propagation import Propagated, propagate
from bumpcast.simulate.detector.tables import (
    DetectorTables,
    calorimeter_table,
    efficiency_at,
    fraction_of,
    tower_at,
    tower_resolution_at,
    track_resolution_at,
)
from bumpcast.simulate.events import Particles

FILE = Path(__file__).parents[2] / "data" / "delphes_cms_detector.npz"
Columns = Mapping[str, NDArray[Any]]


@pytest.fixture(scope="module")
def delphes() -> Columns:
    with np.load(FILE, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@pytest.fixture(scope="module")
def particles(delphes: Columns) -> Particles:
    number = len(delphes["pid"])
    nowhere = np.full(number, -1, dtype=np.int32)
    real = {
        name: delphes[name].astype(np.float64)
        for name in ("px", "py", "pz", "energy", "mass", "x", "y", "z", "time")
    }
    return Particles(
        offsets=delphes["offsets"].astype(np.int64),
        pid=delphes["pid"],
        status=np.ones(number, dtype=np.int32),
        mother1=nowhere,
        mother2=nowhere,
        daughter1=nowhere,
        daughter2=nowhere,
        charge=delphes["charge"].astype(np.int32),
        **real,
    )


@pytest.fixture(scope="module")
def propagated(particles: Particles, cms: DetectorConfig) -> Propagated:
    return propagate(particles, cms.field)


@pytest.fixture(scope="module")
def tracked(delphes: Columns, propagated: Propagated) -> NDArray[np.int64]:
    """Place among the propagated particles of each of Delphes's tracks."""
    wanted = delphes["track_particle"]
    place = np.minimum(np.searchsorted(propagated.origin, wanted), len(propagated.origin) - 1)
    np.testing.assert_array_equal(propagated.origin[place], wanted)
    return np.asarray(place, dtype=np.int64)


def test_tracks_are_where_delphes_has_them(
    delphes: Columns, propagated: Propagated, tracked: NDArray[np.int64]
) -> None:
    for name, ours, tolerance in (
        ("eta_outer", propagated.eta, 2e-5),
        ("phi_outer", propagated.phi, 2e-5),
        ("phi", propagated.phi_closest, 2e-5),
        ("d0", propagated.d0, 1e-3),
        ("dz", propagated.z_closest, 1e-3),
    ):
        np.testing.assert_allclose(
            ours[tracked], delphes[f"track_{name}"], rtol=2e-5, atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_tracks_are_found_and_smeared_as_the_card_says(
    delphes: Columns,
    particles: Particles,
    propagated: Propagated,
    tracked: NDArray[np.int64],
    cms: DetectorConfig,
    kind: int,
) -> None:
    tables = DetectorTables.of(cms).tracks
    pt = np.hypot(particles.px, particles.py)[propagated.origin]
    abs_eta = np.abs(propagated.eta)
    found = tracked[propagated.kind[tracked] == kind]
    measured = delphes["track_pt"][propagated.kind[tracked] == kind]

    expected = variance = 0.0
    for i in np.flatnonzero(propagated.kind == kind):
        efficiency = efficiency_at(tables.efficiency[kind - 1], abs_eta[i], pt[i])
        expected += efficiency
        variance += efficiency * (1 - efficiency)
    assert len(found) == pytest.approx(expected, abs=3 * math.sqrt(variance))

    pulls = []
    for i, value in zip(found, measured, strict=True):
        width = track_resolution_at(tables.resolution[kind - 1], abs_eta[i], pt[i])
        of_log = math.sqrt(math.log1p(width**2))
        pulls.append(math.log(value / pt[i]) / of_log + of_log / 2)
    assert abs(np.mean(pulls)) < 3 / math.sqrt(len(pulls))
    assert np.std(pulls) == pytest.approx(1.0, abs=3 / math.sqrt(2 * len(pulls)))


CALORIMETERS = pytest.mark.parametrize(
    ("which", "column"), [("ecal", "tower_electromagnetic"), ("hcal", "tower_hadronic")]
)


@CALORIMETERS
def test_towers_are_cut_and_smeared_as_the_card_says(
    delphes: Columns,
    particles: Particles,
    propagated: Propagated,
    cms: DetectorConfig,
    which: str,
    column: str,
) -> None:
    config: CalorimeterConfig = getattr(cms, which)
    table = calorimeter_table(config)
    true_energy: dict[tuple[int, int], float] = {}
    for event in range(len(particles)):
        for i in range(propagated.offsets[event], propagated.offsets[event + 1]):
            which_one = propagated.origin[i]
            fraction = fraction_of(
                table.pids, table.fractions, table.other_fraction, abs(particles.pid[which_one])
            )
            cell = _cell(table, propagated.eta[i], propagated.phi[i])
            if cell >= 0 and fraction > 0:
                energy = fraction * particles.energy[which_one]
                true_energy[event, cell] = true_energy.get((event, cell), 0.0) + energy

    seen = delphes[column] > 0
    significances, pulls = [], []
    for event, energy, (low, high, left, right) in zip(
        delphes["tower_event"][seen],
        delphes[column][seen].astype(np.float64),
        delphes["tower_edges"][seen].astype(np.float64),
        strict=True,
    ):
        centre = (low + high) / 2
        cell = _cell(table, centre, (left + right) / 2)
        ring = int(np.searchsorted(table.eta_edges, centre)) - 1
        assert table.eta_edges[ring : ring + 2] == pytest.approx([low, high], abs=1e-6)
        assert 2 * math.pi / table.phi_counts[ring] == pytest.approx(right - left, abs=1e-6)
        width = tower_resolution_at(table.resolution, abs(centre), energy)
        significances.append(energy / width)
        truth = true_energy[int(event), cell]
        width = tower_resolution_at(table.resolution, abs(centre), truth) / truth
        if width < 0.2:  # far enough from the cut
            of_log = math.sqrt(math.log1p(width**2))
            pulls.append(math.log(energy / truth) / of_log + of_log / 2)
    assert delphes[column][seen].min() > config.energy_min_GeV
    # The least of several hundred towers lies just above the cut.
    assert min(significances) == pytest.approx(config.significance_min, rel=0.01)
    assert min(significances) >= config.significance_min * (1 - 1e-6)
    assert len(pulls) > 15
    assert abs(np.mean(pulls)) < 3 / math.sqrt(len(pulls))
    assert np.std(pulls) == pytest.approx(1.0, abs=3 / math.sqrt(2 * len(pulls)))


@pytest.mark.parametrize(
    ("which", "column", "neutral"),
    [
        ("ecal", "tower_electromagnetic", "photon"),
        ("hcal", "tower_hadronic", "hadron"),
    ],
)
def test_energy_flow_is_what_delphes_makes_of_its_tracks_and_towers(
    delphes: Columns,
    particles: Particles,
    propagated: Propagated,
    tracked: NDArray[np.int64],
    cms: DetectorConfig,
    which: str,
    column: str,
    neutral: str,
) -> None:
    table = calorimeter_table(getattr(cms, which))
    tracks = DetectorTables.of(cms).tracks
    seen = delphes[column] > 0
    energies: dict[tuple[int, int], float] = {}
    for event, energy, edges in zip(
        delphes["tower_event"][seen],
        delphes[column][seen],
        delphes["tower_edges"][seen],
        strict=True,
    ):
        cell = _cell(table, edges[:2].mean(), edges[2:].mean())
        energies[int(event), cell] = float(energy)
    pointing: dict[tuple[int, int], list[tuple[int, float, float]]] = {}
    for track, place in enumerate(tracked):
        particle = propagated.origin[place]
        pid = abs(particles.pid[particle])
        fraction = fraction_of(table.pids, table.fractions, table.other_fraction, pid)
        event = int(np.searchsorted(propagated.offsets, place, side="right")) - 1
        cell = _cell(table, propagated.eta[place], propagated.phi[place])
        if fraction == 0 or (event, cell) not in energies:
            continue  # the energy of a tower that is not significant is not in the file
        momentum = delphes["track_pt"][track] * math.cosh(delphes["track_eta"][track])
        relative = track_resolution_at(
            tracks.resolution[propagated.kind[place] - 1],
            abs(propagated.eta[place]),
            math.hypot(particles.px[particle], particles.py[particle]),
        )
        energy = math.hypot(momentum, particles.mass[particle])
        variance = track_variance(
            energy, fraction, relative, table.resolution, _centre(table, cell)
        )
        pointing.setdefault((event, cell), []).append((track, fraction * energy, variance))

    neutrals, scaled = {}, []
    for (event, cell), energy in energies.items():
        tracks_here = pointing.get((event, cell), [])
        excess, factor = shared(
            energy,
            tower_resolution_at(table.resolution, _centre(table, cell), energy),
            sum(charged for _, charged, _ in tracks_here),
            sum(variance for _, _, variance in tracks_here),
            table.energy_min,
            table.significance_min,
        )
        if excess > 0:
            neutrals[event, cell] = excess
        scaled += [(track, factor) for track, _, _ in tracks_here]

    expected = {
        (int(event), _cell(table, eta, phi)): float(energy)
        for event, energy, eta, phi in zip(
            *(delphes[f"{neutral}_{name}"] for name in ("event", "energy", "eta", "phi")),
            strict=True,
        )
    }
    assert neutrals == pytest.approx(expected, rel=1e-5)
    track, factor = np.array(scaled).T
    track = track.astype(np.int64)
    assert np.count_nonzero(factor != 1) > 3
    np.testing.assert_allclose(
        factor * delphes["track_pt"][track], delphes["track_flow_pt"][track], rtol=1e-5
    )


def _cell(table: Any, eta: float, phi: float) -> int:
    return int(tower_at(table.eta_edges, table.phi_counts, table.first, eta, phi))


def _centre(table: Any, cell: int) -> float:
    ring = int(np.searchsorted(table.first, cell, side="right")) - 1
    return abs(float(table.eta_edges[ring] + table.eta_edges[ring + 1])) / 2
