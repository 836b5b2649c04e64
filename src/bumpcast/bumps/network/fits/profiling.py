"""Significances of a signal on one fitted background, near enough to choose by."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.compiled import compiled, compiled_in_any_order

_LEAST_INFORMATION: Final = 1e-300


@compiled
def strength(significance, centre, s, template, expected):  # type: ignore[no-untyped-def]
    """Return the strength of a signal that has a significance on a fitted background."""
    reach = len(template) // 2
    information = 0.0
    for i in range(max(0, centre - reach), min(len(s), centre + reach + 1)):
        information += s[i] * template[i - centre + reach] ** 2 / expected[i]
    return significance / math.sqrt(information)


@compiled
def gain(centre, n, s, template, expected):  # type: ignore[no-untyped-def]
    """Return the significance of an excess on a fitted background, nearly; 0: there is none."""
    reach = len(template) // 2
    seen, mean, variance = 0.0, 0.0, 0.0
    for i in range(max(0, centre - reach), min(len(n), centre + reach + 1)):
        t = template[i - centre + reach] * s[i]
        seen += t * n[i]
        mean += t * expected[i]
        variance += t * template[i - centre + reach] * expected[i]
    b, m = mean * mean / variance, seen * mean / variance
    return math.sqrt(2.0 * max(m * math.log(m / b) - m + b, 0.0)) if m > b else 0.0


@compiled_in_any_order
def quick_z(n, s, expected, template, z):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin for a known background, nearly.

    The window's entries, weighted with the template, are taken for one Poisson number of events
    that has the same mean and variance.
    """
    bins = len(n)
    entries, seen, mean, variance = np.empty(bins), np.empty(bins), np.empty(bins), z
    for i in range(bins):
        entries[i] = s[i] * expected[i]
    _spread_out(entries, template, mean)
    _spread_out(entries, template * template, variance)
    for i in range(bins):
        entries[i] = s[i] * n[i]
    _spread_out(entries, template, seen)
    for i in range(bins):
        if variance[i] > 0.0:
            share = mean[i] / variance[i]
            b, m = mean[i] * share, seen[i] * share
            twice = 2.0 * ((m * math.log(m / b) if m > 0.0 else 0.0) - m + b)
            z[i] = math.copysign(math.sqrt(max(twice, 0.0)), m - b)


@compiled_in_any_order
def uncorrelate(size, slopes, root):  # type: ignore[no-untyped-def]
    """Replace the slopes of a fit by those of parameters that are uncorrelated, of variance 1.

    Args:
        size: Number of parameters.
        slopes: Of what is expected by them, shape (size or more, bins); changed.
        root: Of the information on them, shape (size or more, size or more).
    """
    for row in range(size):
        for before in range(row):
            for i in range(slopes.shape[1]):
                slopes[row, i] -= root[row, before] * slopes[before, i]
        inverse = 1.0 / root[row, row]
        for i in range(slopes.shape[1]):
            slopes[row, i] *= inverse


@compiled_in_any_order
def profile(size, n, s, template, margin, expected, slopes, space, z, lost):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin with a fit's parameters profiled, for small changes.

    Also filled: which share of the signal's information the parameters take away, as a root.

    Args:
        size: Number of parameters.
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        template: Shares of a signal in bins.
        margin: So many bins at both ends are no place for the largest.
        expected: Of the fit, shape (bins,).
        slopes: From `uncorrelate`.
        space: Shape (5, bins).
        z: Filled, shape (bins,).
        lost: Filled, shape (bins,).

    Returns:
        The bin of the largest z of those that are at least a margin away from both ends.
    """
    bins = len(n)
    weight, product, information = space[0], space[1], space[2]
    slope, taken = space[3], space[4]
    for i in range(bins):
        weight[i] = s[i] / expected[i]
        product[i] = weight[i] * (n[i] - expected[i])
        taken[i] = 0.0
    _spread_out(product, template, slope)
    for k in range(size):
        for i in range(bins):
            product[i] = weight[i] * slopes[k, i]
        _spread_out(product, template, information)
        for i in range(bins):
            taken[i] += information[i] * information[i]
    _spread_out(weight, template * template, information)
    for i in range(bins):
        # A bin that is left out, with nothing around it, has neither.
        known = max(information[i], _LEAST_INFORMATION)
        left = max(information[i] - taken[i], 0.02 * known)
        usable = 1.0 if s[i] > 0.0 else 0.0
        z[i] = usable * min(max(slope[i] / math.sqrt(left), -30.0), 60.0)
        lost[i] = 1.0 - usable + usable * math.sqrt(max(1.0 - left / known, 0.0))
    largest = -1
    for i in range(margin, bins - margin):
        if s[i] > 0.0 and (largest < 0 or z[i] > z[largest]):
            largest = i
    return largest


@compiled_in_any_order
def _spread_out(values, template, sums):  # type: ignore[no-untyped-def]
    """Fill the sums of the values around every bin, weighted with a template."""
    bins, reach = len(values), len(template) // 2
    sums[:] = 0.0
    for k in range(len(template)):
        share, shift = template[k], k - reach
        first, last = max(0, -shift), min(bins, bins - shift)
        near = values[first + shift : last + shift]
        there = sums[first:last]
        for i in range(len(near)):
            there[i] += share * near[i]
