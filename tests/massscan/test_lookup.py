from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.config.binning import BinningConfig
from bumpcast.massscan import kernel
from bumpcast.massscan.binning import Binning
from bumpcast.massscan.lookup import CELL_SHIFT, CELLS, FIRST_CELL, EdgePool

CONTENTS = (["m", "m"], ["j", "j"], ["HM", "T", "e"], ["g"])
CONFIGS = {
    "default": BinningConfig(detector="atlas"),
    "from 50 GeV": BinningConfig(detector="cms", mass_min_GeV=50.0, mass_max_GeV=200.0),
    "below the first cell": BinningConfig(detector="atlas", min_width_GeV=0.01, mass_max_GeV=1.0),
    "beyond the last cell": BinningConfig(detector="atlas", mass_max_GeV=40_000.0),
    "one bin": BinningConfig(detector="atlas", min_width_GeV=500.0, mass_max_GeV=400.0),
}


@pytest.fixture(scope="module", params=CONFIGS)
def pool(request: pytest.FixtureRequest) -> EdgePool:
    binning = Binning(CONFIGS[request.param])
    made = EdgePool(binning)
    for content in CONTENTS:
        made.number(binning.content(content))
    return made


def from_tables(pool: EdgePool, number: int, masses: np.ndarray) -> np.ndarray:
    """Return the bins that the tables lead to, as their description says."""
    tables = pool.tables()
    edges = tables.edges[tables.first_edge[number] : tables.first_edge[number + 1]]
    cells = np.clip((masses.view(np.int64) >> CELL_SHIFT) - FIRST_CELL, 0, CELLS - 1)
    found = tables.index[number][cells].astype(np.int64)
    for _ in range(tables.steps[number]):
        found += masses >= np.append(edges, np.inf)[found]
        found = np.minimum(found, len(edges))
    return found


def from_kernel(pool: EdgePool, number: int, masses: np.ndarray) -> np.ndarray:
    tables = pool.tables()
    found = np.empty(len(masses), np.int64)
    kernel._find_bins(
        masses,
        masses.view(np.int64),
        len(masses),
        tables.edges,
        tables.first_edge[number],
        tables.first_edge[number + 1] - 1,
        tables.index[number],
        tables.steps[number],
        found,
    )
    return found


def assert_searched(pool: EdgePool, masses: np.ndarray) -> None:
    for number in range(len(CONTENTS)):
        expected = np.searchsorted(pool.edges(number), masses, side="right")
        np.testing.assert_array_equal(from_tables(pool, number, masses), expected)
        np.testing.assert_array_equal(from_kernel(pool, number, masses), expected)


def test_at_the_edges_and_next_to_them(pool: EdgePool) -> None:
    for number in range(len(CONTENTS)):
        edges = pool.edges(number)
        around = [edges, np.nextafter(edges, np.inf), np.nextafter(edges, 0.0)]
        assert_searched(pool, np.concatenate(around))


def test_at_the_cells_limits_and_at_the_ends(pool: EdgePool) -> None:
    cells = ((np.arange(CELLS + 1) + FIRST_CELL) << CELL_SHIFT).view(np.float64)
    ends = [0.0, 5e-324, 1e-300, 1e300, math.inf]
    assert_searched(pool, np.concatenate([cells, np.nextafter(cells, 0.0), ends]))


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 20_000.0) | st.floats(0.0, allow_nan=False), max_size=20))
def test_any_mass(pool: EdgePool, masses: list[float]) -> None:
    assert_searched(pool, np.array(masses) + 0.0)


def test_binnings_are_numbered_once() -> None:
    binning = Binning(CONFIGS["default"])
    made = EdgePool(binning)
    muons, jets = binning.content(["m", "m"]), binning.content(["j", "j"])
    assert [made.number(content) for content in (muons, jets, muons)] == [0, 1, 0]
    before = made.tables()
    assert made.tables() is before
    assert made.number(binning.content(["e"])) == 2
    assert len(made.tables().first_edge) == 4
    np.testing.assert_array_equal(made.edges(1), binning.edges(jets))
