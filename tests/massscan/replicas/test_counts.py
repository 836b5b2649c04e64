"""Adding up, packing and storing counts of replicas."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replica_reference import counts_of

from bumpcast import store
from bumpcast.massscan.replicas.counts import (
    IncompatibleReplicasError,
    ReplicaCounts,
    ReplicaOverflowError,
)


def random_dense(random: np.random.Generator, cells: int, columns: int) -> np.ndarray:
    size = 10.0 ** random.uniform(-1.5, 6.5, (cells, 1))
    return random.poisson(size, (cells, columns)) * (random.random((cells, 1)) < 0.6)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**32))
def test_sums_are_exact_and_written_as_tightly_as_can_be(
    parts: int, columns: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    cells = int(random.choice([3, 900, 2500]))
    dense = [random_dense(random, cells, columns) for _ in range(parts)]
    total = ReplicaCounts.sum_of([counts_of(one) for one in dense])
    expected = counts_of(np.sum(dense, axis=0))
    for name in ("cells", "widths", "data"):
        np.testing.assert_array_equal(getattr(total, name), getattr(expected, name))
    one_by_one = sum((counts_of(one) for one in dense[::-1]), start=0)
    np.testing.assert_array_equal(one_by_one.data, expected.data)
    low, high = sorted(random.integers(0, cells + 1, 2).tolist())
    np.testing.assert_array_equal(total.dense(low, high), np.sum(dense, axis=0)[low:high])


def test_more_parts_than_fit_at_once() -> None:
    dense = np.full((3, 2), 255)
    total = ReplicaCounts.sum_of([counts_of(dense)] * 300)
    np.testing.assert_array_equal(total.dense(0, 3), 300 * dense)


@pytest.mark.parametrize("small", [1, 300, 2**31])
def test_a_count_too_large_is_an_error(small: int) -> None:
    large = counts_of(np.array([[7, 2**32 - 1]]))
    other = counts_of(np.array([[0, small]]))
    for parts in ([large, other], [other, large]):
        with pytest.raises(ReplicaOverflowError):
            ReplicaCounts.sum_of(parts)
    fits = ReplicaCounts.sum_of([large, counts_of(np.array([[2**32 - 8, 0]]))])
    np.testing.assert_array_equal(fits.dense(0, 1), [[2**32 - 1, 2**32 - 1]])


def test_counts_travel_and_are_stored_without_loss(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    for dense in (random_dense(random, 3000, 33), np.zeros((4, 3), int), np.ones((5000, 40), int)):
        counts = counts_of(dense)
        back = pickle.loads(pickle.dumps(counts, protocol=5))  # noqa: S301  (as to workers)
        with h5py.File(tmp_path / "counts.h5", "w") as file:
            store.write(file, "value", {"sum": counts})
        with h5py.File(tmp_path / "counts.h5") as file:
            stored = store.read(file, "value")["sum"]
        for other in (back, stored):
            assert (other.windows, other.columns) == (counts.windows, counts.columns)
            for name in ("cells", "widths", "data"):
                np.testing.assert_array_equal(getattr(other, name), getattr(counts, name))
                assert getattr(other, name).dtype == getattr(counts, name).dtype


def test_different_runs_do_not_mix() -> None:
    one = counts_of(np.ones((2, 2), int))
    for other in (counts_of(np.ones((2, 2), int), "v"), counts_of(np.ones((2, 3), int))):
        with pytest.raises(IncompatibleReplicasError, match="different runs"):
            one + other


def test_sums_of_nothing() -> None:
    empty = ReplicaCounts.empty("w", 2)
    one = counts_of(np.ones((2, 2), int))
    assert empty + empty is empty
    assert empty + one is one
    assert one.nbytes == 2 * 4 + 2 + 4
