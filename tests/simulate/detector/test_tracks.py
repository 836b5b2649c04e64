"""Tracks."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from bumpcast.config.detector import DetectorConfig
from bumpcast.simulate.detector.propagation import propagate
from bumpcast.simulate.detector.randomness import key, normal, start, uniform
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.detector.tracks import STAGE, find_tracks
from bumpcast.simulate.events import Particles

BLOCK = key(5, 2)


def slow_tracks(particles: Particles, config: DetectorConfig) -> list[tuple[int, float]]:
    """Return origin and pT of the tracks, from the configuration itself."""
    propagated = propagate(particles, config.field)
    kinds = [None, config.tracks.charged_hadron, config.tracks.electron, config.tracks.muon]
    found = []
    for event in range(len(particles)):
        state = start(BLOCK, event, STAGE)
        for i in range(propagated.offsets[event], propagated.offsets[event + 1]):
            kind = kinds[propagated.kind[i]]
            if kind is None:
                continue
            origin = propagated.origin[i]
            pt = math.hypot(particles.px[origin], particles.py[origin])
            abs_eta = abs(propagated.eta[i])
            ring = next((ring for ring in kind.efficiency if abs_eta <= ring.max_abs_eta), None)
            value = 0.0 if ring is None else ring.value[int(np.searchsorted(ring.pt_GeV, pt))]
            if value == 0.0:
                continue
            state, number = uniform(np.uint64(state))
            if number >= value:
                continue
            width = next(ring for ring in kind.resolution if abs_eta <= ring.max_abs_eta)
            relative = min(1.0, math.hypot(width.constant, width.per_GeV * pt))
            state, number = normal(np.uint64(state))
            variance = math.log(1 + relative**2)
            found.append((origin, pt * math.exp(math.sqrt(variance) * number - variance / 2)))
    return found


def test_tracks_are_those_of_the_plain_way(drawn: Particles, atlas: DetectorConfig) -> None:
    propagated = propagate(drawn, atlas.field)
    found = find_tracks(drawn, propagated, DetectorTables.of(atlas).tracks, BLOCK)

    expected = slow_tracks(drawn, atlas)
    assert propagated.origin[found.place].tolist() == [origin for origin, _ in expected]
    np.testing.assert_allclose(np.hypot(found.px, found.py), [pt for _, pt in expected])
    origin = propagated.origin[found.place]
    mass2 = found.energy**2 - found.px**2 - found.py**2 - found.pz**2
    np.testing.assert_allclose(mass2, drawn.mass[origin] ** 2, atol=1e-6)
    assert found.offsets[-1] == len(expected)


def test_many_muons_have_efficiency_and_width(
    make_particles: Callable[..., Particles], atlas: DetectorConfig
) -> None:
    particles = make_particles([(event, 13, 50.0, 0.2, 0.3) for event in range(20000)])
    propagated = propagate(particles, atlas.field)
    found = find_tracks(particles, propagated, DetectorTables.of(atlas).tracks, key(1, 1))

    assert len(found.place) / 20000 == pytest.approx(0.99, abs=0.003)
    pt = np.hypot(found.px, found.py)
    assert pt.mean() == pytest.approx(50.0, rel=1e-3)
    assert pt.std() == pytest.approx(50 * math.hypot(0.01, 0.005), rel=0.03)
