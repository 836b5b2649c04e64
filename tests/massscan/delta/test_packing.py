from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bumpcast.massscan.delta.packing import (
    pack_array,
    pack_weights,
    unpack_array,
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
    assert sum(len(data) for *_, data in packed) < 42_000
