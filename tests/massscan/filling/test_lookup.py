from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.config.binning import BinningConfig
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.filling.lookup import (
    CELL_SHIFT,
    CELLS,
    FIRST_CELL,
    EdgePool,
    square_thresholds,
)
from bumpcast.massscan.filling.masses import find_bins

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


def from_tables(pool: EdgePool, number: int, squares: np.ndarray) -> np.ndarray:
    """Return the bins that the tables lead to, as their description says."""
    tables = pool.tables()
    thresholds = tables.thresholds[
        tables.first_threshold[number] : tables.first_threshold[number + 1]
    ]
    cells = np.clip((squares.view(np.int64) >> CELL_SHIFT) - FIRST_CELL, 0, CELLS - 1)
    found = tables.index[number][cells].astype(np.int64)
    for _ in range(tables.steps[number]):
        found += (squares >= thresholds[found]) & (found < len(thresholds) - 1)
    return found


def from_kernel(pool: EdgePool, number: int, squares: np.ndarray) -> np.ndarray:
    tables = pool.tables()
    found = np.empty(len(squares), np.uint32)
    find_bins(
        squares,
        squares.view(np.int64),
        len(squares),
        tables.thresholds[tables.first_threshold[number] : tables.first_threshold[number + 1]],
        tables.index[number],
        tables.steps[number],
        found,
    )
    return found


def assert_searched(pool: EdgePool, squares: np.ndarray) -> None:
    masses = np.sqrt(np.maximum(squares, 0.0))
    for number in range(len(CONTENTS)):
        expected = np.searchsorted(pool.edges(number), masses, side="right")
        np.testing.assert_array_equal(from_tables(pool, number, squares), expected)
        np.testing.assert_array_equal(from_kernel(pool, number, squares), expected)


def test_a_threshold_is_the_least_square_that_reaches_the_edge() -> None:
    edges = np.concatenate([np.random.default_rng(1).uniform(0.01, 1e4, 10_000), [5.0, 1e-3]])
    thresholds = square_thresholds(edges)
    assert np.all(np.sqrt(thresholds) >= edges)
    assert np.all(np.sqrt(np.nextafter(thresholds, 0.0)) < edges)


def test_at_the_edges_and_next_to_them(pool: EdgePool) -> None:
    for number in range(len(CONTENTS)):
        edges = pool.edges(number)
        squares = edges * edges
        around = [squares]
        for direction in (0.0, np.inf):
            near = squares
            for _ in range(3):
                near = np.nextafter(near, direction)
                around.append(near)
        assert_searched(pool, np.concatenate(around))


def test_at_the_cells_limits_and_at_the_ends(pool: EdgePool) -> None:
    cells = ((np.arange(CELLS + 1) + FIRST_CELL) << CELL_SHIFT).view(np.float64)
    ends = [-1e300, -1.0, -5e-324, -0.0, 0.0, 5e-324, 1e-300, 1e300, math.inf]
    assert_searched(pool, np.concatenate([cells, np.nextafter(cells, 0.0), ends]))


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 4e8) | st.floats(allow_nan=False), max_size=20))
def test_any_square(pool: EdgePool, squares: list[float]) -> None:
    assert_searched(pool, np.array(squares, dtype=np.float64))


def test_binnings_are_numbered_once() -> None:
    binning = Binning(CONFIGS["default"])
    made = EdgePool(binning)
    muons, jets = binning.content(["m", "m"]), binning.content(["j", "j"])
    assert [made.number(content) for content in (muons, jets, muons)] == [0, 1, 0]
    before = made.tables()
    assert made.tables() is before
    assert made.number(binning.content(["e"])) == 2
    assert len(made.tables().first_threshold) == 4
    np.testing.assert_array_equal(made.edges(1), binning.edges(jets))
