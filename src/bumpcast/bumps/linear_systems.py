"""Small symmetric systems of linear equations inside compiled loops, without exceptions.

Of all functions here: only the lower half of a matrix is read, and it is overwritten by its
Cholesky root L, the matrix being L L^T; size says how many of its rows and columns count, so that
room for the largest system serves all. Nothing is allocated.
"""

from __future__ import annotations

import math
from typing import Final

from bumpcast.compiled import compiled

_LEAST_SHARE: Final = 1e-12
"""Of a diagonal element: what `cholesky` leaves of it at least."""
_LEAST: Final = 1e-300


@compiled
def cholesky(matrix, size):  # type: ignore[no-untyped-def]
    """Replace a matrix that is positive definite but for rounding by its root.

    Where rounding, or a direction that nothing fixes, leaves no positive pivot, a very small one
    stands for it.

    Returns:
        The logarithm of the determinant.
    """
    log_determinant = 0.0
    for column in range(size):
        pivot = max(
            _remainder(matrix, column, column), _LEAST_SHARE * matrix[column, column] + _LEAST
        )
        root = math.sqrt(pivot)
        matrix[column, column] = root
        log_determinant += 2.0 * math.log(root)
        for row in range(column + 1, size):
            matrix[row, column] = _remainder(matrix, row, column) / root
    return log_determinant


@compiled
def try_cholesky(matrix, size, least_share):  # type: ignore[no-untyped-def]
    """Replace a matrix by its root if it is positive definite.

    Args:
        matrix: The matrix, shape (size or more, size or more); partly overwritten if it is not.
        size: Of the system.
        least_share: The matrix does not count as positive definite where a pivot is no more than
            this share of its diagonal element. 0: only rounding below zero is refused.

    Returns:
        Whether it is.
    """
    for row in range(size):
        for column in range(row):
            matrix[row, column] = _remainder(matrix, row, column) / matrix[column, column]
        pivot = _remainder(matrix, row, row)
        if pivot <= least_share * abs(matrix[row, row]) or not math.isfinite(pivot):
            return False
        matrix[row, row] = math.sqrt(pivot)
    return True


@compiled
def _remainder(matrix, row, column):  # type: ignore[no-untyped-def]
    """Return an element less what the columns of the root before it make of it."""
    remainder = matrix[row, column]
    for before in range(column):
        remainder -= matrix[row, before] * matrix[column, before]
    return remainder


@compiled
def solve_lower(root, size, vector):  # type: ignore[no-untyped-def]
    """Replace a vector v by L^-1 v.

    Deviations whose precision is L L^T, or a row of slopes: those of uncorrelated parameters.
    """
    for row in range(size):
        remainder = vector[row]
        for before in range(row):
            remainder -= root[row, before] * vector[before]
        vector[row] = remainder / root[row, row]


@compiled
def solve_upper(root, size, vector):  # type: ignore[no-untyped-def]
    """Replace a vector v by (L^T)^-1 v."""
    for row in range(size - 1, -1, -1):
        remainder = vector[row]
        for after in range(row + 1, size):
            remainder -= root[after, row] * vector[after]
        vector[row] = remainder / root[row, row]


@compiled
def solve_factorised(root, size, vector):  # type: ignore[no-untyped-def]
    """Replace a vector v by the solution x of L L^T x = v."""
    solve_lower(root, size, vector)
    solve_upper(root, size, vector)
