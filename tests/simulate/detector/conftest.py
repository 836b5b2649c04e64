"""Detectors and particles made by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.detector import DetectorConfig
from bumpcast.simulate.events import Particles

FOLDER = Path(__file__).parents[3] / "configs" / "simulate" / "detectors"

KINDS = [211, -211, 22, 11, -11, 13, -13, 130, 310, 3122, 2112, 2212, 12, -16]
"""PDG numbers of the particles that are drawn."""

CHARGES = {211: 3, -211: -3, 11: -3, -11: 3, 13: -3, -13: 3, 2212: 3}
MASSES = {211: 0.13957, 11: 0.000511, 13: 0.10566, 130: 0.4976, 310: 0.4976, 2112: 0.9396}


@pytest.fixture(scope="session")
def atlas() -> DetectorConfig:
    return DetectorConfig.model_validate(tomllib.loads((FOLDER / "atlas.toml").read_text()))


@pytest.fixture(scope="session")
def cms() -> DetectorConfig:
    return DetectorConfig.model_validate(tomllib.loads((FOLDER / "cms.toml").read_text()))


@pytest.fixture(scope="session")
def make_particles() -> Callable[..., Particles]:
    """Return a function that makes stable particles of (event, pid, pt, eta, phi, x, y, z)."""
    return particles_of


@pytest.fixture(scope="session")
def drawn() -> Particles:
    """Return forty events with particles of all kinds, some in narrow jets, some displaced."""
    random = np.random.default_rng(7)
    rows = []
    for event in range(40):
        axis_eta, axis_phi = random.normal(0, 1.5), random.uniform(-3, 3)
        for number in range(random.integers(0, 80)):
            near = number % 2 == 0
            eta = random.normal(axis_eta, 0.1) if near else random.normal(0, 2.5)
            phi = random.normal(axis_phi, 0.1) if near else random.uniform(-np.pi, np.pi)
            x, y, z = random.normal(0, 20, 3) if number % 7 == 0 else (0, 0, 0)
            pid = int(random.choice(KINDS))
            rows.append((event, pid, random.exponential(6) + 0.05, eta, phi, x, y, z))
    return particles_of(rows, events=40)


def particles_of(rows: Sequence[Sequence[float]], events: int | None = None) -> Particles:
    table = np.array([(*row, 0.0, 0.0, 0.0)[:8] for row in rows], dtype=float).reshape(-1, 8)
    event, pid = table[:, 0].astype(int), table[:, 1].astype(np.int32)
    pt, eta, phi = table[:, 2], table[:, 3], table[:, 4]
    count = events or int(event.max()) + 1
    counts = np.bincount(event, minlength=count)
    mass = np.array([MASSES.get(abs(int(number)), 0.0) for number in pid])
    nothing = np.full(len(pid), -1, dtype=np.int32)
    pz = pt * np.sinh(eta)
    return Particles(
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        pid=pid,
        status=np.ones(len(pid), dtype=np.int32),
        mother1=nothing,
        mother2=nothing,
        daughter1=nothing,
        daughter2=nothing,
        charge=np.array([CHARGES.get(int(number), 0) for number in pid], dtype=np.int32),
        px=pt * np.cos(phi),
        py=pt * np.sin(phi),
        pz=pz,
        energy=np.sqrt(pt**2 + pz**2 + mass**2),
        mass=mass,
        x=table[:, 5].copy(),
        y=table[:, 6].copy(),
        z=table[:, 7].copy(),
        time=np.zeros(len(pid)),
    )
