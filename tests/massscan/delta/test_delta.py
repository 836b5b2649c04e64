"""Sums of many deltas against plain ones, to the last bit."""

from __future__ import annotations

import copy
import functools
import operator
import pickle
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.massscan import ScanDelta
from bumpcast.massscan.delta.delta import IncompatibleDeltaError

Cells = Mapping[int, tuple[int, float, float]]
Contents = Mapping[tuple[int, int], Cells]
"""By state and observable, and by bin: entries, sum of weights, sum of squares."""

BINS = st.integers(0, 6) | st.integers(0, 300) | st.just(2**16 - 1)
COUNTS = st.integers(1, 3) | st.integers(505, 515) | st.just(2**40)
FLOATS = st.floats(allow_nan=False, width=32) | st.sampled_from([0.1, 1e300, -0.0])
HISTOGRAMS = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 2) | st.just(2**62)),
    st.dictionaries(BINS, st.tuples(COUNTS, FLOATS, FLOATS.map(abs)), max_size=8)
    # Many cells and few look different ways of reading out.
    | st.builds(lambda n: {b: (1 + b % n, 0.1 * b, 0.3 * b) for b in range(90)}, st.integers(1, 9)),
    max_size=6,
)
UNITS = st.sampled_from([1.0, 0.1, 0.7, None, None])
TERMS = st.lists(st.tuples(HISTOGRAMS, UNITS), min_size=1, max_size=9)


def delta_of(contents: Contents, unit: float | None, binning: str = "b") -> ScanDelta:
    rows = sorted(contents)
    if not rows:
        return ScanDelta.empty(binning)
    flat = [(b, *contents[row][b]) for row in rows for b in sorted(contents[row])]
    weights = np.array([cell[2:] for cell in flat]).reshape(-1, 2)
    return ScanDelta.of_cells(
        binning,
        np.array([state for state, _ in rows]),
        np.array([observable for _, observable in rows]),
        np.cumsum([0, *(len(contents[row]) for row in rows)]),
        np.array([cell[0] for cell in flat], np.uint16),
        np.array([cell[1] for cell in flat], np.int64),
        unit,
        weights if unit is None else None,
    )


def cells_of(delta: ScanDelta) -> dict[tuple[int, int], dict[int, tuple[int, float, float]]]:
    columns = (delta.bins.tolist(), delta.counts.tolist(), *delta.sums().T.tolist())
    cells = list(zip(*columns, strict=True))
    return {
        (state, observable): {b: sums for b, *sums in cells[start:stop]}
        for state, observable, start, stop in zip(
            delta.states.tolist(),
            delta.observables.tolist(),
            delta.offsets[:-1].tolist(),
            delta.offsets[1:].tolist(),
            strict=True,
        )
    }


def plain_sum(left: ScanDelta, right: ScanDelta) -> dict:
    total = cells_of(left)
    for row, cells in cells_of(right).items():
        mine = total.setdefault(row, {})
        for number, sums in cells.items():
            mine[number] = list(map(operator.add, mine.get(number, (0, 0.0, 0.0)), sums))
    return total


def assert_same_bits(left: ScanDelta, right: ScanDelta) -> None:
    for name in ("states", "observables", "offsets", "first_large", "codes", "large"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)
        assert getattr(left, name).dtype == getattr(right, name).dtype
    assert (left.weights is None) == (right.weights is None)
    if left.weights is not None:
        assert left.weights.tobytes() == right.weights.tobytes()
    assert repr(left.unit) == repr(right.unit)


@settings(deadline=None, max_examples=100)
@given(TERMS)
def test_a_sum_of_many_is_the_sum_of_one_after_the_other(terms: list) -> None:
    deltas = [delta_of(*term) for term in terms]
    total = ScanDelta.sum_of(deltas)
    with np.errstate(all="ignore"):
        assert_same_bits(total, functools.reduce(operator.add, deltas))
        assert_same_bits(sum(deltas), total)
    # Encoded alike whatever came before, and the same after a journey.
    again = ScanDelta.of_cells(
        "b",
        total.states,
        total.observables,
        total.offsets,
        total.bins,
        total.counts,
        total.unit,
        total.weights,
    )
    assert_same_bits(again, total)
    with np.errstate(over="ignore", invalid="ignore"):
        assert_same_bits(pickle.loads(pickle.dumps(total)), total)  # noqa: S301


@settings(deadline=None)
@given(HISTOGRAMS, HISTOGRAMS, st.sampled_from([(1.0, 1.0), (None, None), (0.1, None)]))
def test_two_deltas_add_up_cell_by_cell(left: Contents, right: Contents, units: tuple) -> None:
    deltas = [delta_of(contents, unit) for contents, unit in zip((left, right), units, strict=True)]
    found = cells_of(ScanDelta.sum_of(deltas))
    expected = plain_sum(*deltas)
    assert sorted(found) == sorted(expected)
    for row, cells in expected.items():
        assert sorted(found[row]) == sorted(cells)
        for number, sums in cells.items():
            np.testing.assert_allclose(found[row][number], sums, rtol=1e-12)


def test_one_delta_and_none() -> None:
    nothing = ScanDelta.empty("b")
    delta = delta_of({(1, 1): {3: (1, 1.0, 1.0)}}, None)
    assert ScanDelta.sum_of([delta]) is delta
    assert ScanDelta.sum_of([nothing, delta, nothing]) is delta
    assert ScanDelta.sum_of([nothing, nothing]).n_histograms == 0


def test_a_copy_is_the_delta_itself() -> None:
    delta = delta_of({(1, 1): {3: (1, 1.0, 1.0)}}, 1.0)
    assert copy.deepcopy({"a": delta})["a"] is delta
    assert copy.copy(delta) is delta


def test_deltas_of_other_binnings_do_not_add_up() -> None:
    deltas = [delta_of({}, 1.0), delta_of({}, 1.0), delta_of({}, 1.0, "other")]
    with pytest.raises(IncompatibleDeltaError, match="different binnings"):
        ScanDelta.sum_of(deltas)


def test_a_delta_takes_little_memory_and_less_on_its_way() -> None:
    bins = np.cumsum(np.random.default_rng(0).integers(1, 6, 10_000))
    counts = np.random.default_rng(1).poisson(0.5, 10_000) + 1
    rows = np.zeros(1, np.int64)
    delta = ScanDelta.of_cells("b", rows, rows, np.array([0, 10_000]), bins, counts, 1.0, None)
    assert delta.nbytes < 20_200
    assert len(pickle.dumps(delta)) < 15_500
