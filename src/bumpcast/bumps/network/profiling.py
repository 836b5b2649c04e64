"""Significances of a signal on one fitted background, near enough to choose by."""

from __future__ import annotations

import math

import numpy as np

from bumpcast.bumps.linear_systems import solve_lower
from bumpcast.compiled import compiled


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


@compiled
def quick_z(n, s, log_background, template, z):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin for a known background, nearly.

    The window's entries, weighted with the template, are taken for one Poisson number of events
    that has the same mean and variance.
    """
    bins = len(n)
    reach = len(template) // 2
    background = np.exp(log_background)
    for centre in range(bins):
        seen, mean, variance = 0.0, 0.0, 0.0
        for i in range(max(0, centre - reach), min(bins, centre + reach + 1)):
            t = template[i - centre + reach] * s[i]
            b = background[i]
            seen += t * n[i]
            mean += t * b
            variance += t * template[i - centre + reach] * b
        z[centre] = 0.0
        if variance > 0.0:
            b, m = mean * mean / variance, seen * mean / variance
            twice = 2.0 * ((m * math.log(m / b) if m > 0.0 else 0.0) - m + b)
            z[centre] = math.copysign(math.sqrt(max(twice, 0.0)), m - b)


@compiled
def profile(size, n, s, template, margin, expected, slopes, root, space, z, lost):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin with a fit's parameters profiled, for small changes.

    Also filled: which share of the signal's information the parameters take away, as a root.

    Returns:
        The bin of the largest z of those that are at least a margin away from both ends.
    """
    bins = len(n)
    reach = len(template) // 2
    largest = -1
    weight, residual = np.empty(bins), np.empty(bins)
    for i in range(bins):
        weight[i] = s[i] / expected[i]
        residual[i] = n[i] - expected[i]
    for centre in range(bins):
        z[centre], lost[centre] = 0.0, 1.0
        if s[centre] == 0.0:
            continue
        slope, information = 0.0, 0.0
        for k in range(size):
            space[k] = 0.0
        for i in range(max(0, centre - reach), min(bins, centre + reach + 1)):
            share = template[i - centre + reach]
            t = share * weight[i]
            slope += t * residual[i]
            information += t * share
            for k in range(size):
                space[k] += t * slopes[i, k]
        solve_lower(root, size, space)
        taken = 0.0
        for k in range(size):
            taken += space[k] * space[k]
        left = max(information - taken, 0.02 * information)
        z[centre] = min(max(slope / math.sqrt(left), -30.0), 60.0)
        lost[centre] = math.sqrt(1.0 - left / information)
        if margin <= centre < bins - margin and (largest < 0 or z[centre] > z[largest]):
            largest = centre
    return largest
