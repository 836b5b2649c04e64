"""Particles on their way through the magnetic field."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.config.detector import DetectorConfig, MagneticField
from bumpcast.simulate.detector.propagation import propagate
from bumpcast.simulate.events import Particles

FIELD = MagneticField(radius_m=1.15, half_length_m=3.51, bz_T=2.0)
NO_FIELD = MagneticField(radius_m=1.15, half_length_m=3.51, bz_T=0.0)


def stepped(
    particles: Particles, i: int, field: MagneticField
) -> tuple[tuple[float, ...], tuple[float, float]]:
    """Follow a particle in small steps (fourth order) until it is outside.

    Returns x, y, z and time there, and on the whole way, also backwards, the smallest distance from
    the axis, without and with its sign.
    """
    turn = 0.299792458e-3 * field.bz_T * particles.charge[i] / 3
    pt = math.hypot(particles.px[i], particles.py[i])

    def walk(step: float, limit: float) -> tuple[tuple[float, ...], tuple[float, float]]:
        x, y, z = particles.x[i], particles.y[i], particles.z[i]
        phi = math.atan2(particles.py[i], particles.px[i])
        way, best = 0.0, (math.inf, 0.0)
        while abs(way) < limit:
            distance = math.hypot(x, y)
            if distance < best[0]:
                best = (distance, x * math.sin(phi) - y * math.cos(phi))
            if distance > 1e3 * field.radius_m or abs(z) > 1e3 * field.half_length_m:
                break
            middle = phi - 0.5 * turn * step / pt
            last = phi - turn * step / pt
            x += step * (math.cos(phi) + 4 * math.cos(middle) + math.cos(last)) / 6
            y += step * (math.sin(phi) + 4 * math.sin(middle) + math.sin(last)) / 6
            z += step * particles.pz[i] / pt
            way += step
            phi = last
        return (x, y, z, way * particles.energy[i] / pt), best

    forward, near = walk(0.05, 1e6)
    _, behind = walk(-0.05, 100.0)
    return forward, min(near, behind)


@pytest.mark.parametrize("field", [FIELD, NO_FIELD], ids=["helix", "straight"])
def test_particles_arrive_where_small_steps_lead(
    make_particles: Callable[..., Particles], field: MagneticField
) -> None:
    random = np.random.default_rng(3)
    rows = [
        (
            0,
            211 if number % 2 else -211,
            random.uniform(0.15, 3),
            random.normal(0, 1.2),
            random.uniform(-np.pi, np.pi),
            *random.normal(0, 30, 3),
        )
        for number in range(12)
    ]
    particles = make_particles(rows)

    found = propagate(particles, field)

    assert found.origin.tolist() == list(range(12))
    for i in range(12):
        (x, y, z, time), (distance, d0) = stepped(particles, i, field)
        assert (found.x[i], found.y[i], found.z[i]) == pytest.approx((x, y, z), abs=1.0)
        assert found.time[i] == pytest.approx(time, rel=1e-3)
        if field.bz_T:
            assert math.hypot(found.x_closest[i], found.y_closest[i]) == pytest.approx(
                distance, abs=0.05
            )
            assert found.d0[i] == pytest.approx(d0, abs=0.05)


def test_everything_ends_on_the_surface(drawn: Particles, atlas: DetectorConfig) -> None:
    found = propagate(drawn, atlas.field)

    across = np.hypot(found.x, found.y)
    at_side = np.isclose(across, 1150, rtol=1e-9)
    at_end = np.isclose(np.abs(found.z), 3510, rtol=1e-9)
    assert np.all(at_side | at_end)
    assert np.all(across < 1150.001)
    assert np.all(np.abs(found.z) < 3510.001)
    np.testing.assert_allclose(found.eta, np.arcsinh(found.z / across))
    # A helix keeps the distance of its nearest point, and no particle outruns light.
    straight = np.sqrt(
        (found.x - drawn.x[found.origin]) ** 2
        + (found.y - drawn.y[found.origin]) ** 2
        + (found.z - drawn.z[found.origin]) ** 2
    )
    assert np.all(found.time > straight * (1 - 1e-9))
    assert len(found.offsets) == len(drawn.offsets)


def test_a_stiff_track_is_nearly_straight(make_particles: Callable[..., Particles]) -> None:
    particles = make_particles([(0, 13, 5e4, 0.5, 1.0), (0, 22, 5e4, 0.5, 1.0)])
    found = propagate(particles, FIELD)

    assert found.phi[0] == pytest.approx(found.phi[1], abs=1e-4)
    assert found.eta[0] == pytest.approx(found.eta[1], abs=1e-6)
    assert found.time[0] == pytest.approx(found.time[1], rel=1e-6)


def test_particles_that_never_arrive_are_left_out(
    make_particles: Callable[..., Particles],
) -> None:
    rows = [
        (0, 22, 5, 0.0, 0.0, 1200, 0, 0),  # born outside
        (0, 22, 5, 0.0, 0.0, 0, 0, 4000),
        (0, 22, 1e-7, 0.0, 0.0),  # along the beam
        (1, 22, 5, 0.0, 0.0, 100, 0, 0),
        (1, 22, 5, 0.0, 0.0),
    ]
    particles = make_particles(rows)
    particles.status[4] = 2

    found = propagate(particles, FIELD)

    assert found.origin.tolist() == [3]
    assert found.offsets.tolist() == [0, 0, 1]


def test_late_decays_are_seen_where_they_happen(make_particles: Callable[..., Particles]) -> None:
    field = FIELD.model_copy(update={"born_within_radius_m": 3.9, "born_within_half_length_m": 6.0})
    particles = make_particles([(0, 211, 5, 0.3, 0.1, 2000, 500, 700)])

    found = propagate(replace(particles, time=np.array([2500.0])), field)

    assert (found.x[0], found.y[0], found.z[0], found.time[0]) == (2000, 500, 700, 2500)
    assert found.kind[0] == 0  # no track
