"""The whole way from particles to candidates and missing energy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from bumpcast.config.detector import DetectorConfig, IsolationConfig
from bumpcast.simulate.detector.isolation import isolate
from bumpcast.simulate.detector.missing import missing, missing_at_generator
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.observe import observe
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.events import Particles

BLOCK = key(1, 0)


def arrays_of(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    return [array for field in fields(value) for array in arrays_of(getattr(value, field.name))]


def momenta_of(rows: list[tuple[float, float, float]], offsets: list[int]) -> Momenta:
    pt, eta, phi = np.array(rows, dtype=float).reshape(-1, 3).T
    nothing = np.full(len(pt), -1, dtype=np.int64)
    return Momenta(
        np.array(offsets),
        pt * np.cos(phi),
        pt * np.sin(phi),
        pt * np.sinh(eta),
        pt * np.cosh(eta),
        nothing,
    )


@pytest.mark.parametrize("which", ["atlas", "cms"])
def test_the_same_key_gives_the_same_events(
    drawn: Particles, which: str, request: pytest.FixtureRequest
) -> None:
    detector: DetectorConfig = request.getfixturevalue(which)
    first = observe(drawn, detector, BLOCK)
    again = observe(drawn, DetectorTables.of(detector), BLOCK)
    other = observe(drawn, detector, key(1, 1))

    assert is_dataclass(first)
    assert len(first) == len(drawn)
    for one, two in zip(arrays_of(first), arrays_of(again), strict=True):
        np.testing.assert_array_equal(one, two)
        assert np.all(np.isfinite(one))
    assert not np.array_equal(first.missing.px, other.missing.px)


def test_collections_belong_together(drawn: Particles, atlas: DetectorConfig) -> None:
    seen = observe(drawn, atlas, BLOCK)

    for collection in (seen.tracks, seen.towers, seen.flow, seen.electrons, seen.muons):
        momenta = collection.momenta
        assert momenta.offsets[-1] == len(momenta.px)
        event = np.repeat(np.arange(len(drawn)), np.diff(momenta.offsets))
        assert np.all(drawn.offsets[event] <= momenta.origin)
        assert np.all(momenta.origin < drawn.offsets[event + 1])
    flow = seen.flow
    is_track = flow.charge != 0
    np.testing.assert_array_equal(
        flow.of_particle(flow.momenta.origin[is_track]), np.flatnonzero(is_track)
    )
    np.testing.assert_array_equal(flow.pid[is_track], drawn.pid[flow.momenta.origin[is_track]])
    assert flow.of_particle(np.array([-5])).tolist() == [-1]
    np.testing.assert_allclose(
        flow.electromagnetic + flow.hadronic, np.where(is_track, 0.0, flow.momenta.energy)
    )
    towers = seen.towers
    np.testing.assert_allclose(towers.electromagnetic + towers.hadronic, towers.momenta.energy)
    np.testing.assert_array_equal(towers.cell >= 340 * 360 + 22 * 36, towers.hadronic > 0)


def test_lone_leptons_and_photons_are_found(
    make_particles: Callable[..., Particles], atlas: DetectorConfig
) -> None:
    rows = [
        (event, pid, 40.0, eta, phi)
        for event in range(3000)
        for pid, eta, phi in ((11, 0.7, 0.0), (-13, -1.0, 2.0), (22, 2.0, -2.0))
    ]
    seen = observe(make_particles(rows), atlas, BLOCK)

    # The tower of an electron without a track looks like a photon.
    from_photons = seen.photons.where(seen.photons.momenta.pz > 0.8 * seen.photons.momenta.energy)
    assert 0.03 < 1 - len(from_photons.momenta.px) / len(seen.photons.momenta.px) < 0.09

    for candidates, efficiency, charge in (
        (seen.electrons, 0.95 * 0.95 * 0.97, -1),
        (seen.muons, 0.99 * 0.95, 1),
        (from_photons, 0.85, 0),
    ):
        count = len(candidates.momenta.px)
        assert count / 3000 == pytest.approx(efficiency, abs=0.025)
        assert set(candidates.charge.tolist()) == {charge}
        assert candidates.isolation.ratio.max() == 0.0
        assert candidates.momenta.pt.mean() == pytest.approx(40.0, rel=0.01)
    # Some electrons have tracks so far below their tower that the rest spoils the isolation.
    # The tower measures an electron better than its track does.
    electron_width = 0.101 * math.sqrt(40 * math.cosh(0.7)) / math.cosh(0.7)
    assert seen.electrons.momenta.pt.std() == pytest.approx(electron_width, rel=0.1)
    np.testing.assert_array_equal(seen.flow.cell[seen.electrons.flow], seen.electrons.cell)


def test_candidates_in_company_are_dropped(
    make_particles: Callable[..., Particles], atlas: DetectorConfig
) -> None:
    rows = []
    for event in range(200):
        rows += [(event, 22, 40.0, 0.5, 1.0), (event, 130, 60.0, 0.7, 1.1)]
        rows += [(event, 22, 50.0, -0.5, -1.0)]
    seen = observe(make_particles(rows), atlas, BLOCK)
    assert np.all(np.arctan2(seen.photons.momenta.py, seen.photons.momenta.px) < 0)


def test_isolation_sums_the_cone(atlas: DetectorConfig) -> None:
    flow = momenta_of(
        [
            (20, 0.0, 3.1),  # the candidate itself
            (2, 0.1, -3.1),  # charged, over the edge in phi
            (3, 0.3, 3.1),  # photon
            (4, 0.6, 3.1),  # outside
            (0.4, 0.0, 3.1),  # too soft
            (5, 0.1, 3.1),  # another electron
            (9, 0.0, 3.1),  # of another event
        ],
        [0, 6, 7],
    )
    pid = np.array([11, 211, 22, 211, 211, -11, 211], dtype=np.int32)
    candidate = momenta_of([(20, 0.0, 3.1)], [0, 1, 1])

    without = isolate(
        candidate, np.array([0]), flow, pid, IsolationConfig(ratio_max=1, with_leptons=False)
    )
    with_leptons = isolate(
        candidate, np.array([0]), flow, pid, IsolationConfig(ratio_max=1, with_leptons=True)
    )

    assert without.charged[0] == pytest.approx(2)
    assert without.neutral[0] == pytest.approx(3)
    assert without.ratio[0] == pytest.approx(0.25)
    assert with_leptons.charged[0] == pytest.approx(7)


def test_what_is_missing_balances(make_particles: Callable[..., Particles]) -> None:
    seen = momenta_of([(30, 0.0, 0.0), (10, 1.0, math.pi)], [0, 2, 2])
    balance = missing(seen)
    assert balance.pt.tolist() == pytest.approx([20, 0])
    assert abs(balance.phi[0]) == pytest.approx(math.pi)
    assert balance.eta[0] == pytest.approx(math.asinh(-10 * math.sinh(1.0) / 20))
    assert balance.eta[1] == 0.0

    particles = make_particles([(0, 11, 25, 0.3, 0.5), (0, -12, 10, 0, 0), (1, 14, 7, 0, 1)])
    at_generator = missing_at_generator(particles, [12, 14, 16])
    assert at_generator.pt.tolist() == pytest.approx([25, 0])


def test_muons_are_missing_only_where_towers_stand_alone(
    make_particles: Callable[..., Particles], atlas: DetectorConfig
) -> None:
    particles = make_particles([(event, 13, 40.0, 0.5, 1.0) for event in range(50)])
    towers = observe(particles, atlas.model_copy(update={"missing_inputs": "towers"}), BLOCK)
    both = observe(particles, atlas, BLOCK)

    assert np.all(towers.missing.pt == 0)
    muons = both.tracks.momenta
    np.testing.assert_allclose(both.missing.pt[np.diff(muons.offsets) == 1], muons.pt)
