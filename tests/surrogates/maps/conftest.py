"""Events for the tests of efficiency maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.surrogates.llps import LlpPairs

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture(scope="session")
def random_pairs():
    """Return what makes events that reach every bin of the published maps."""
    return _random_pairs


@pytest.fixture(scope="session")
def of_pythia():
    """Return what reads events of gg -> H -> SS for masses such as '400_100', not decayed."""
    return _of_pythia


def _random_pairs(events: int, seed: int = 1, flavours=(4, 5, 6, 15)) -> LlpPairs:
    """Return events, many of them on edges of bins."""
    random = np.random.default_rng(seed)
    shape = (events, 2)
    pt = random.exponential(250.0, shape)
    eta = random.normal(0.0, 1.6, shape)
    lxy = random.exponential(2.0, shape)
    lz = random.exponential(4.0, shape)
    for column, edges in (
        (pt, (0.0, 50.0, 100.0, 200.0, 400.0, 1600.0, 5000.0)),
        (eta, (-1.5, 1.5, np.nextafter(1.5, 0), -np.nextafter(1.5, 0), 0.0)),
        (lxy, (0.0, 1.5, 2.0, 2.5, 3.0, 3.5, 3.9, 1e9)),
        (lz, (0.0, 3.6, 4.2, 4.8, 5.5, 6.0, 1e9)),
    ):
        on_edge = random.random(shape) < 0.2
        column[on_edge] = random.choice(edges, np.count_nonzero(on_edge))
    return LlpPairs(
        pt=pt,
        eta=eta,
        mass=np.full(shape, 50.0),
        child=random.choice(flavours, shape),
        weight=np.ones(events),
        copied=np.zeros(events, np.bool_),
        lxy=lxy,
        lz=lz,
    )


def _of_pythia(name: str) -> LlpPairs:
    with np.load(DATA / f"ggH_{name}_llps.npz", allow_pickle=False) as columns:
        return LlpPairs(
            pt=columns["pt"].astype(np.float64),
            eta=columns["eta"].astype(np.float64),
            mass=columns["mass"].astype(np.float64),
            child=columns["child"].astype(np.int64),
            weight=np.ones(len(columns["pt"])),
            copied=np.zeros(len(columns["pt"]), np.bool_),
        )
