from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bumpcast.massscan.filling.cartesian import LARGEST_ANGLE, four_vectors, transverse

EPSILON = sys.float_info.epsilon
FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANGLES = (
    st.floats(-4, 4)
    | st.floats(-LARGEST_ANGLE, LARGEST_ANGLE)
    | FINITE
    | st.integers(-60_000, 60_000).map(lambda quarters: quarters * math.pi / 2)
    | st.integers(-60_000, 60_000).map(lambda odd: (2 * odd + 1) * math.pi / 4)
)


@given(
    hnp.arrays(np.float64, st.integers(0, 20), elements=ANGLES),
    st.sampled_from([0.0, 1.0, 1e-3, 17.3, 6500.0]),
)
@example(np.array([LARGEST_ANGLE, -LARGEST_ANGLE]), 1.0)
@example(np.array([math.nextafter(LARGEST_ANGLE, math.inf), 1.0]), 1.0)
@example(np.array([1e300, -3.0]), 2.0)
@example(np.array([0.0, -0.0, math.pi / 4, -math.pi / 4, 5e-324]), 1.0)
def test_transverse_within_two_units_of_the_radius(angles: np.ndarray, radius: float) -> None:
    x, y = transverse(np.full(len(angles), radius), angles)
    np.testing.assert_allclose(x, radius * np.cos(angles), rtol=0, atol=2 * EPSILON * radius)
    np.testing.assert_allclose(y, radius * np.sin(angles), rtol=0, atol=2 * EPSILON * radius)


def test_a_million_angles() -> None:
    angles = np.random.default_rng(1).uniform(-math.pi, math.pi, 1_000_000)
    x, y = transverse(np.ones(len(angles)), angles)
    assert np.max(np.abs(x - np.cos(angles))) <= EPSILON
    assert np.max(np.abs(y - np.sin(angles))) <= EPSILON
    assert np.max(np.abs(x * x + y * y - 1)) <= 4 * EPSILON


# Numbers below the smallest normal one have no relative precision to be compared to.
COMPONENT = hnp.arrays(np.float64, 6, elements=st.floats(0.0, 5000.0, allow_subnormal=False))


@given(
    COMPONENT,
    hnp.arrays(np.float64, 6, elements=st.floats(-6, 6)),
    hnp.arrays(np.float64, 6, elements=st.floats(-7, 7)),
    COMPONENT,
)
def test_four_vectors(pt: np.ndarray, eta: np.ndarray, phi: np.ndarray, mass: np.ndarray) -> None:
    px, py, pz, energy = four_vectors(pt, eta, phi, mass).T
    tolerance = 2 * EPSILON * pt
    assert np.all(np.abs(px - pt * np.cos(phi)) <= tolerance)
    assert np.all(np.abs(py - pt * np.sin(phi)) <= tolerance)
    np.testing.assert_allclose(pz, pt * np.sinh(eta), rtol=1e-15)
    np.testing.assert_allclose(energy, np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2), rtol=1e-14)


def test_inputs_stay_as_they_are() -> None:
    columns = [np.array([30.0, 40.0]), np.array([0.5, -1.0]), np.array([3.0, -3.0]), np.ones(2)]
    copies = [column.copy() for column in columns]
    four_vectors(*columns)
    for column, copy in zip(columns, copies, strict=True):
        np.testing.assert_array_equal(column, copy)


@pytest.mark.parametrize("length", [0, 1, 3, 8, 1000])
def test_any_length(length: int) -> None:
    assert four_vectors(*(np.ones(length) for _ in range(4))).shape == (length, 4)
