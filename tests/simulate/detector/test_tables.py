"""Efficiencies, resolutions and towers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bumpcast.config.detector import DetectorConfig, EfficiencyRing
from bumpcast.simulate.detector.tables import (
    DetectorTables,
    efficiency_at,
    efficiency_table,
    fraction_of,
    tower_at,
    tower_resolution_at,
    track_resolution_at,
)


def test_an_efficiency_rises_in_steps() -> None:
    table = efficiency_table(
        [
            EfficiencyRing(
                max_abs_eta=2.5,
                pt_GeV=[4.5, 5, 6, 8, 10, 20, 30, 50],
                value=[0, 0.30, 0.45, 0.52, 0.65, 0.68, 0.70, 0.75, 0.87],
            )
        ]
    )
    at = [efficiency_at(table, 1.0, pt) for pt in (4.5, 4.51, 5, 7, 9, 15, 25, 50, 51, 1e4)]
    assert at == [0, 0.30, 0.30, 0.52, 0.65, 0.68, 0.70, 0.75, 0.87, 0.87]
    assert efficiency_at(table, 2.5, 100.0) == 0.87
    assert efficiency_at(table, 2.51, 100.0) == 0.0


def test_muons_of_cms_decline_above_one_tev(cms: DetectorConfig) -> None:
    table = DetectorTables.of(cms).muon
    assert efficiency_at(table, 1.0, 1000.0) == 0.95
    assert efficiency_at(table, 2.0, 3000.0) == pytest.approx(0.95 * math.exp(0.5 - 3000 * 5e-4))


def test_tracks_lose_resolution_with_momentum(atlas: DetectorConfig) -> None:
    muon = DetectorTables.of(atlas).tracks.resolution[2]
    assert track_resolution_at(muon, 0.3, 100.0) == pytest.approx(math.hypot(0.01, 0.01))
    assert track_resolution_at(muon, 2.0, 1e5) == 1.0
    assert track_resolution_at(muon, 2.6, 100.0) == 0.0


def test_towers_have_the_resolution_of_the_cards(
    atlas: DetectorConfig, cms: DetectorConfig
) -> None:
    hcal = DetectorTables.of(atlas).hcal.resolution
    expected = math.sqrt((0.0302 * 50) ** 2 + 0.5205**2 * 50 + 1.59**2)
    assert tower_resolution_at(hcal, 1.0, 50.0) == pytest.approx(expected)
    ecal = DetectorTables.of(cms).ecal.resolution
    core = math.sqrt((0.008 * 50) ** 2 + 0.11**2 * 50 + 0.40**2)
    assert tower_resolution_at(ecal, 1.0, 50.0) == pytest.approx(1.64 * core)
    assert tower_resolution_at(ecal, 2.4, 50.0) == pytest.approx((2.16 + 5.6 * 0.16) * core)
    assert tower_resolution_at(ecal, 5.1, 50.0) == 0.0


def test_particles_leave_their_fractions(atlas: DetectorConfig) -> None:
    tables = DetectorTables.of(atlas)
    for pid, ecal, hcal in ((22, 1.0, 0.0), (211, 0.0, 1.0), (310, 0.3, 0.7), (13, 0.0, 0.0)):
        for table, expected in ((tables.ecal, ecal), (tables.hcal, hcal)):
            found = fraction_of(table.pids, table.fractions, table.other_fraction, pid)
            assert found == expected


@pytest.mark.parametrize("which", ["ecal", "hcal"])
def test_each_direction_has_its_tower(atlas: DetectorConfig, which: str) -> None:
    table = getattr(DetectorTables.of(atlas), which)
    random = np.random.default_rng(1)
    eta = np.append(random.uniform(-5.2, 5.2, 2000), [table.eta_edges[0], table.eta_edges[-1]])
    phi = np.append(random.uniform(-math.pi, math.pi, 2000), [0.0, math.pi])
    for at_eta, at_phi in zip(eta, phi, strict=True):
        tower = tower_at(table.eta_edges, table.phi_counts, table.first, at_eta, at_phi)
        ring = int(np.searchsorted(table.eta_edges, at_eta)) - 1
        if not 0 <= ring < len(table.phi_counts):
            assert tower == -1
            continue
        count = table.phi_counts[ring]
        column = min(int((at_phi + math.pi) / (2 * math.pi / count)), count - 1)
        assert tower == table.first[ring] + column
