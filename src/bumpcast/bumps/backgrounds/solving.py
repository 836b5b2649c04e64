"""Small systems of linear equations inside compiled loops, without exceptions."""

from __future__ import annotations

import math

from bumpcast.compiled import compiled


@compiled
def factorise(matrix, size):  # type: ignore[no-untyped-def]
    """Replace the lower triangle by its Cholesky factor.

    Returns whether the matrix was positive definite; only its lower triangle is looked at.
    """
    for a in range(size):
        for b in range(a + 1):
            total = matrix[a, b]
            for c in range(b):
                total -= matrix[a, c] * matrix[b, c]
            if a == b:
                if not (total > 0.0 and total < math.inf):
                    return False
                matrix[a, a] = math.sqrt(total)
            else:
                matrix[a, b] = total / matrix[b, b]
    return True


@compiled
def solve_factorised(factor, size, right, solution):  # type: ignore[no-untyped-def]
    """Solve L L^T x = right, L being the lower triangle."""
    for a in range(size):
        total = right[a]
        for b in range(a):
            total -= factor[a, b] * solution[b]
        solution[a] = total / factor[a, a]
    for a in range(size - 1, -1, -1):
        total = solution[a]
        for b in range(a + 1, size):
            total -= factor[b, a] * solution[b]
        solution[a] = total / factor[a, a]


@compiled
def apply_inverse_factor(factor, size, row):  # type: ignore[no-untyped-def]
    """Replace a row by L^-1 row: a change of parameters by one of uncorrelated ones."""
    for a in range(size):
        total = row[a]
        for b in range(a):
            total -= factor[a, b] * row[b]
        row[a] = total / factor[a, a]
