from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bumpcast.massscan.delta.packing import (
    MOST_DISTINCT,
    pack_array,
    pack_values,
    pack_weights,
    unpack_array,
    unpack_values,
    unpack_weights,
)

COUNTS = st.integers(1, 10) | st.integers(1, 2**62)


@given(
    st.lists(
        st.tuples(
            COUNTS,
            st.floats(width=32) | st.floats(),
            st.floats(min_value=0.0) | st.none(),
        ),
        max_size=20,
    )
)
def test_weights_come_back_to_the_last_bit(cells: list[tuple[int, float, float | None]]) -> None:
    single = np.array([count == 1 for count, _, _ in cells], bool)
    with np.errstate(over="ignore"):
        squares = np.array([w for _, w, _ in cells], np.float64) ** 2
    given_squares = [
        s if given is None else given for (*_, given), s in zip(cells, squares, strict=True)
    ]
    weights = np.array([[w for _, w, _ in cells], given_squares], np.float64).T.copy()
    with np.errstate(over="ignore"):
        found = unpack_weights(pack_weights(single, weights))
    np.testing.assert_array_equal(found, weights)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(weights))


@given(
    hnp.arrays(np.float64, st.integers(0, 10))
    | hnp.arrays(np.int64, 5, elements=st.integers(0, 2**63 - 1))
)
def test_arrays_come_back(array: np.ndarray) -> None:
    found = unpack_array(pack_array(array), array.dtype)
    np.testing.assert_array_equal(found, array)


def test_small_weights_are_small() -> None:
    weights = np.random.default_rng(1).normal(1.0, 0.1, 10_000).astype(np.float32).astype(float)
    packed = pack_weights(np.ones(10_000, bool), np.stack([weights, weights**2], axis=1))
    assert len(pickle.dumps(packed)) < 42_000


@given(hnp.arrays(np.float64, st.integers(0, 50)))
def test_values_come_back(array: np.ndarray) -> None:
    values = array.repeat(3)
    found = unpack_values(pack_values(values))
    np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(values))


def test_any_number_of_distinct_values_comes_back() -> None:
    for n_distinct in (MOST_DISTINCT - 1, MOST_DISTINCT, MOST_DISTINCT + 1):
        values = np.tile(np.random.default_rng(1).normal(size=n_distinct), 2)
        np.testing.assert_array_equal(unpack_values(pack_values(values)), values)


def test_weights_of_two_values_take_a_sixth_of_a_byte() -> None:
    values = np.where(np.random.default_rng(1).random(100_000) < 0.15, -0.123, 0.123)
    _, numbers = pack_values(values)
    assert numbers is not None
    assert len(numbers) < 17_000
