"""Small linear systems in compiled code agree with numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.linear_systems import (
    cholesky,
    solve_factorised,
    solve_lower,
    solve_upper,
    try_cholesky,
)


def positive(size: int, room: int) -> np.ndarray:
    """Return a matrix whose first rows and columns are a system, and the rest rubbish."""
    random = np.random.default_rng(size)
    columns = random.normal(size=(size, size + 3)) * 10.0 ** random.uniform(-3, 3, (size, 1))
    matrix = np.full((room, room), np.nan)
    matrix[:size, :size] = columns @ columns.T
    return matrix


@pytest.mark.parametrize("size", [0, 1, 2, 5, 9])
def test_roots_and_determinants_are_those_of_numpy(size: int) -> None:
    matrix = positive(size, 9)
    system = matrix[:size, :size].copy()
    expected = np.linalg.cholesky(system)
    log_determinant = cholesky(matrix, size)
    np.testing.assert_allclose(np.tril(matrix[:size, :size]), expected, rtol=1e-9)
    assert log_determinant == pytest.approx(np.linalg.slogdet(system).logabsdet, abs=1e-9)
    again = positive(size, 9)
    assert try_cholesky(again, size, 0.0)
    np.testing.assert_array_equal(again, matrix)


@pytest.mark.parametrize("size", [0, 1, 2, 5, 9])
def test_solutions_are_those_of_numpy(size: int) -> None:
    matrix = positive(size, 9)
    system = matrix[:size, :size].copy()
    right = np.random.default_rng(1).normal(size=size)
    assert try_cholesky(matrix, size, 1e-12)
    root = np.tril(matrix[:size, :size])
    # What lies behind the system is left alone.
    vectors = [np.append(right, np.pi) for _ in range(3)]
    for solve, vector in zip((solve_lower, solve_upper, solve_factorised), vectors, strict=True):
        solve(matrix, size, vector)
        assert vector[size] == np.pi
    np.testing.assert_allclose(vectors[0][:size], np.linalg.solve(root, right), rtol=1e-9)
    np.testing.assert_allclose(vectors[1][:size], np.linalg.solve(root.T, right), rtol=1e-9)
    np.testing.assert_allclose(vectors[2][:size], np.linalg.solve(system, right), rtol=1e-6)


def test_the_upper_half_is_not_read() -> None:
    matrix = positive(4, 4)
    whole = matrix.copy()
    matrix[np.triu_indices(4, 1)] = np.nan
    assert np.isfinite(cholesky(matrix, 4))
    assert try_cholesky(whole, 4, 0.0)
    np.testing.assert_array_equal(np.tril(matrix), np.tril(whole))


@pytest.mark.parametrize(
    "matrix",
    [
        [[0.0]],
        [[-1.0]],
        [[np.nan]],
        [[np.inf]],
        [[1.0, 2.0], [2.0, 1.0]],
        [[1.0, 1.0], [1.0, 1.0]],
        [[1.0, np.nan], [np.nan, 1.0]],
    ],
)
def test_what_is_not_positive_definite_is_refused(matrix: list[list[float]]) -> None:
    assert not try_cholesky(np.array(matrix), len(matrix), 0.0)


def test_a_pivot_that_is_rounding_is_refused_where_asked() -> None:
    nearly = np.array([[1.0, 1.0], [1.0, 1.0 + 1e-13]])
    assert try_cholesky(nearly.copy(), 2, 0.0)
    assert not try_cholesky(nearly.copy(), 2, 1e-12)


def test_a_singular_matrix_is_held_above_zero() -> None:
    matrix = np.array([[4.0, 2.0], [2.0, 1.0]])
    log_determinant = cholesky(matrix, 2)
    assert log_determinant == pytest.approx(np.log(4.0) + np.log(1e-12))
    assert matrix[1, 1] == pytest.approx(1e-6)
    nothing = np.zeros((1, 1))
    assert np.isfinite(cholesky(nothing, 1))
