"""A falling background as a sum of falling terms, none of which counts less than nothing.

Sums of exponentials with positive weights are all that is completely monotone (S. N. Bernstein,
Acta Math. 52 (1929) 1): powers and logarithms among it. With a constant, a line, a parabola, a
quarter of a cosine and half Gaussians they come close to whatever falls smoothly, also to sums of
it, and a bump is not among them. Which terms are needed follows from the counts: the likelihood
has one maximum, on whose way the active set of Lawson and Hanson (Solving Least Squares Problems
(1974), chapter 23) is kept from step to step.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.linear_systems import solve_factorised, solve_lower
from bumpcast.bumps.network.fits.weighing import LEAST_EXPECTED
from bumpcast.compiled import compiled, compiled_in_any_order

_SLOPES: Final = tuple(1.5 * 1.6**k for k in range(12))
_GAUSSIANS: Final = (1.2, 2.0, 3.2, 5.0, 8.0)
_FIRST_GAUSSIAN: Final = 4 + len(_SLOPES)
TERMS: Final = _FIRST_GAUSSIAN + len(_GAUSSIANS)
"""Number of terms."""

COLUMNS: Final = TERMS + 1
"""Of a table: the terms, and a signal."""

MOST_ACTIVE: Final = 12
_MOST_CHANGES: Final = 60
_LEAST_VARIANCE: Final = 0.3
_RIDGE: Final = 1e-9
_DEPENDENT: Final = 1e-9
_ENOUGH: Final = 0.05
_PRIOR_SIGMA: Final = 3.0
"""Of the logarithm of a term's weight."""


@compiled
def fill_terms(table):  # type: ignore[no-untyped-def]
    """Fill the terms at the bins of a histogram: 1 at the first bin, 0 at the last, but for one.

    Args:
        table: Filled, shape (COLUMNS, bins); the last row with nothing.
    """
    bins = table.shape[1]
    table[TERMS] = 0.0
    for i in range(bins):
        u = i / (bins - 1)
        table[0, i] = 1.0
        table[1, i] = 1.0 - u
        table[2, i] = (1.0 - u) * (1.0 - u)
        table[3, i] = math.sin(0.5 * math.pi * (1.0 - u))
    for k in range(len(_SLOPES)):
        last = math.exp(-_SLOPES[k])
        step, value = math.exp(-_SLOPES[k] / (bins - 1)), 1.0
        for i in range(bins):
            table[4 + k, i] = (value - last) / (1.0 - last)
            value *= step
    for k in range(len(_GAUSSIANS)):
        square = _GAUSSIANS[k] ** 2
        last = math.exp(-square)
        for i in range(bins):
            u = i / (bins - 1)
            table[_FIRST_GAUSSIAN + k, i] = (math.exp(-square * u * u) - last) / (1.0 - last)


@compiled
def fill_signal(table, template, centre):  # type: ignore[no-untyped-def]
    """Fill the last row with a signal's shares in the bins."""
    reach = len(template) // 2
    table[TERMS] = 0.0
    for i in range(max(0, centre - reach), min(table.shape[1], centre + reach + 1)):
        table[TERMS, i] = template[i - centre + reach]


@compiled_in_any_order
def fit_mixture(n, s, table, signal, steps, weights, active, used, expected, space):  # type: ignore[no-untyped-def]
    """Fit the weights of the terms.

    Each step is a least-squares problem with the variances of the one before (iteratively
    reweighted least squares), which ends where the Poisson likelihood is highest.

    Args:
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        table: Terms, shape (COLUMNS, bins).
        signal: Whether the last row is one of them.
        steps: The most steps.
        weights: Of the terms; changed. All but those of active ones are 0.
        active: Numbers of terms that count, shape (MOST_ACTIVE + 1,); changed.
        used: How many of them are filled.
        expected: Events, about; changed. Filled with the fit's, with the signal.
        space: From `mixture_space`; the first is the information on all terms afterwards.

    Returns:
        How many terms are active, and the log of the likelihood, up to what the counts alone fix.
    """
    gram, right = space[0], space[1]
    terms, bins = COLUMNS if signal else TERMS, len(n)
    weight, product = np.empty(bins), np.empty(bins)
    before = -np.inf
    for _ in range(steps):
        for i in range(bins):
            weight[i] = s[i] / max(expected[i], _LEAST_VARIANCE)
        for j in range(terms):
            total = 0.0
            for i in range(bins):
                product[i] = weight[i] * table[j, i]
                total += product[i] * n[i]
            right[j] = total
            for k in range(j + 1):
                total = 0.0
                for i in range(bins):
                    total += product[i] * table[k, i]
                gram[j, k] = gram[k, j] = total
            gram[j, j] *= 1.0 + _RIDGE
        used = _least_squares(terms, weights, active, used, space)
        expected[:] = 0.0
        for a in range(used):
            for i in range(bins):
                expected[i] += weights[active[a]] * table[active[a], i]
        height = 0.0
        for i in range(bins):
            expected[i] = max(expected[i], LEAST_EXPECTED)
            height += s[i] * (n[i] * math.log(expected[i]) - expected[i])
        if abs(height - before) < _ENOUGH:
            break
        before = height
    return used, height


def mixture_space() -> tuple[np.ndarray, ...]:
    """Return space that `fit_mixture` works in."""
    size = MOST_ACTIVE + 1
    return (
        np.zeros((COLUMNS, COLUMNS)),
        np.zeros(COLUMNS),
        np.zeros((size, size)),
        np.zeros(size),
        np.zeros(COLUMNS, np.bool_),
    )


@compiled
def _least_squares(terms, weights, active, used, space):  # type: ignore[no-untyped-def]
    """Find the weights, none negative, that are least squares; return how many are not 0."""
    gram, right, root, wanted, closed = space
    closed[:] = False
    for a in range(used):
        closed[active[a]] = True
    fresh = used == 0
    for _ in range(_MOST_CHANGES):
        if fresh:
            best, largest = -1, 1e-6
            for j in range(terms):
                if closed[j]:
                    continue
                slope = right[j]
                for a in range(used):
                    slope -= gram[j, active[a]] * weights[active[a]]
                slope /= math.sqrt(gram[j, j]) if gram[j, j] > 0.0 else np.inf
                if slope > largest:
                    best, largest = j, slope
            if best < 0 or used == MOST_ACTIVE:
                break
            active[used] = best
            closed[best] = True
            used += 1
        fresh = True
        while used > 0:
            dependent = _root_of_active(gram, active, used, root)
            if dependent < used:
                # It stays closed: with the others it says nothing new.
                weights[active[dependent]] = 0.0
                used = _drop(active, used, dependent)
                continue
            for a in range(used):
                wanted[a] = right[active[a]]
            solve_factorised(root, used, wanted)
            length, first = 1.0, -1
            for a in range(used):
                if wanted[a] <= 0.0:
                    here = weights[active[a]]
                    reach = here / (here - wanted[a]) if here > 0.0 else 0.0
                    if first < 0 or reach < length:
                        length, first = reach, a
            for a in range(used):
                here = weights[active[a]]
                weights[active[a]] = here + length * (wanted[a] - here)
            if first < 0:
                break
            weights[active[first]] = 0.0
            closed[active[first]] = False
            used = _drop(active, used, first)
    return used


@compiled
def _drop(active, used, place):  # type: ignore[no-untyped-def]
    for a in range(place, used - 1):
        active[a] = active[a + 1]
    return used - 1


@compiled
def _root_of_active(gram, active, used, root):  # type: ignore[no-untyped-def]
    """Fill the Cholesky root of the active terms' information.

    Returns:
        How many terms it was filled for: all, or those before one that depends on the others.
    """
    for j in range(used):
        total = gram[active[j], active[j]]
        for k in range(j):
            total -= root[j, k] * root[j, k]
        if total <= _DEPENDENT * gram[active[j], active[j]]:
            return j
        root[j, j] = math.sqrt(total)
        for i in range(j + 1, used):
            total = gram[active[i], active[j]]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = total / root[j, j]
    return used


@compiled
def mixture_occam(weights, active, used, space):  # type: ignore[no-untyped-def]
    """Return half the log determinant of what is known of the active terms' logarithms, and prior.

    A signal among the terms comes with no prior.
    """
    gram, root = space[0], space[2]
    total = 0.0
    for j in range(used):
        for i in range(j, used):
            here = gram[active[i], active[j]]
            for t in (active[i], active[j]):
                if t != TERMS:
                    here *= _PRIOR_SIGMA * weights[t]
            if i == j and active[i] != TERMS:
                here += 1.0
            for k in range(j):
                here -= root[i, k] * root[j, k]
            if i == j:
                root[j, j] = math.sqrt(max(here, 1e-12))
                total += math.log(root[j, j])
            else:
                root[i, j] = here / root[j, j]
    return total


@compiled
def fill_active(table, active, used, slopes, space):  # type: ignore[no-untyped-def]
    """Fill a row for each active term, and the root of their information.

    Returns:
        How many terms are in the root.
    """
    for a in range(used):
        slopes[a] = table[active[a]]
    return _root_of_active(space[0], active, used, space[2])


@compiled
def spread_of_mixture(table, active, used, place, space):  # type: ignore[no-untyped-def]
    """Return the variance of what a fit expects in a bin, from the information in space."""
    root, product = space[2], space[3]
    used = _root_of_active(space[0], active, used, root)
    for a in range(used):
        product[a] = table[active[a], place]
    solve_lower(root, used, product)
    variance = 0.0
    for a in range(used):
        variance += product[a] * product[a]
    return variance
