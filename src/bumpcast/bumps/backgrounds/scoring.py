"""The compiled fits of functions that are linear in their parameters, or whose logarithm is.

See linear_terms.py. Of all functions here: n are effective counts, f what turns the counts' unit
into events (0 in bins that are left out), w the bins' widths, bin by bin; phi the terms, shape
(bins, points, terms), of which the first k are used; theta the parameters.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.backgrounds.rising import rise
from bumpcast.bumps.linear_systems import solve_factorised, solve_lower, try_cholesky
from bumpcast.compiled import compiled

_MOST_STEPS: Final = 60
_DECREMENT: Final = 1e-9
"""Twice the likelihood that a step may still gain when a fit has converged."""

_NEW: Final = 1e-7
"""A term of which less than this is not in those before it adds nothing that can be fitted."""


@compiled
def fit_orders(  # type: ignore[no-untyped-def]
    offsets, counts, share, width, logarithmic, terms, least, most_rise, parameters, deviances
):
    """Fit all orders of a family to many histograms.

    Args:
        offsets: Of the histograms.
        counts: Shape (bins,).
        share: What turns their unit into events, 0 in bins that are left out.
        width: Of the bins, relative to their histogram's mean.
        logarithmic: Whether the terms are those of the logarithm.
        terms: Shape (bins, points, terms); made orthonormal.
        least: The first order.
        most_rise: A fit that rises behind its maximum by more is none.
        parameters: Filled, shape (histograms, orders, terms).
        deviances: Filled where a fit succeeded, shape (histograms, orders).
    """
    orders = deviances.shape[1]
    for histogram in range(len(offsets) - 1):
        start, stop = offsets[histogram], offsets[histogram + 1]
        n, f, w = counts[start:stop], share[start:stop], width[start:stop]
        phi = terms[start:stop]
        seen = 0.0
        used = 0
        for i in range(len(n)):
            if f[i] > 0.0:
                used += 1
                seen += n[i]
        if used == 0 or seen <= 0.0:
            continue
        known = _orthonormalise(n, f, w, logarithmic, phi)
        theta = np.zeros(phi.shape[2])
        begun = False
        for o in range(orders):
            k = least + o + 1
            if k > known or used <= k:
                break
            fine = False
            if begun:
                fine, deviance = _maximise(n, f, w, logarithmic, phi, k, theta)
            if not fine:
                # From the counts themselves, or from the same height everywhere.
                _first_guess(n, f, w, logarithmic, phi, k, theta)
                fine, deviance = _maximise(n, f, w, logarithmic, phi, k, theta)
            if not fine:
                theta[:] = 0.0
                _first_guess(n, f, w, logarithmic, phi, 1, theta)
                fine, deviance = _maximise(n, f, w, logarithmic, phi, k, theta)
            begun = fine
            if not fine:
                continue
            if most_rise < math.inf:
                expected, change = np.empty(len(n)), np.empty((len(n), k))
                _expectation(w, logarithmic, phi, k, theta, expected, change)
                fine = rise(f, w, expected) <= most_rise
            if fine:
                parameters[histogram, o] = theta
                deviances[histogram, o] = deviance


@compiled
def _orthonormalise(n, f, w, logarithmic, phi):  # type: ignore[no-untyped-def]
    """Make the terms orthonormal in what the counts say of them; return how many are known."""
    bins, points, terms = phi.shape
    known = np.zeros(bins)
    for i in range(bins):
        if f[i] > 0.0:
            known[i] = (
                n[i] * f[i] + 1.0 if logarithmic else (f[i] * w[i]) ** 2 / (n[i] * f[i] + 1.0)
            )
    for k in range(terms):
        before = 0.0
        for i in range(bins):
            before += known[i] * phi[i, 1, k] ** 2
        for _ in range(2):
            for j in range(k):
                dot = 0.0
                for i in range(bins):
                    dot += known[i] * phi[i, 1, k] * phi[i, 1, j]
                for i in range(bins):
                    for p in range(points):
                        phi[i, p, k] -= dot * phi[i, p, j]
        norm = 0.0
        for i in range(bins):
            norm += known[i] * phi[i, 1, k] ** 2
        if not norm > _NEW * _NEW * before:
            return k
        scale = 1.0 / math.sqrt(norm)
        for i in range(bins):
            for p in range(points):
                phi[i, p, k] *= scale
    return terms


@compiled
def _first_guess(n, f, w, logarithmic, phi, k, theta):  # type: ignore[no-untyped-def]
    """Set the parameters to those of a least-squares fit to the counts or their logarithms."""
    information = np.zeros((k, k))
    slope = np.zeros(k)
    for i in range(len(n)):
        if f[i] == 0.0:
            continue
        height = (n[i] + 0.5 / f[i]) / w[i]
        if logarithmic:
            weight = n[i] * f[i] + 0.5
            height = math.log(height)
        else:
            weight = (f[i] * w[i]) ** 2 / (n[i] * f[i] + 1.0)
        for a in range(k):
            slope[a] += weight * height * phi[i, 1, a]
            for b in range(a + 1):
                information[a, b] += weight * phi[i, 1, a] * phi[i, 1, b]
    if try_cholesky(information, k, 0.0):
        theta[:k] = slope
        solve_factorised(information, k, theta)


@compiled
def _expectation(w, logarithmic, phi, k, theta, expected, change):  # type: ignore[no-untyped-def]
    """Fill what is expected and its derivatives; return whether all is finite and positive."""
    for i in range(len(w)):
        total = 0.0
        for a in range(k):
            change[i, a] = 0.0
        for p in range(3):
            value = 0.0
            for a in range(k):
                value += theta[a] * phi[i, p, a]
            share = w[i] * (4.0 / 6.0 if p == 1 else 1.0 / 6.0)
            slope = share
            if logarithmic:
                if value > 600.0:
                    return False
                value = math.exp(value)
                slope = share * value
            total += share * value
            for a in range(k):
                change[i, a] += slope * phi[i, p, a]
        if not total > 0.0:
            return False
        expected[i] = total
    return True


@compiled
def _deviance(n, f, expected):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(n)):
        if f[i] == 0.0:
            continue
        if expected[i] <= 0.0:
            if n[i] > 0.0:
                return math.inf
            continue
        total += f[i] * (expected[i] - n[i])
        if n[i] > 0.0:
            total += f[i] * n[i] * math.log(n[i] / expected[i])
    return 2.0 * total


@compiled
def _maximise(n, f, w, logarithmic, phi, k, theta):  # type: ignore[no-untyped-def]
    bins = len(n)
    expected = np.empty(bins)
    change = np.empty((bins, k))
    trial = theta.copy()
    step = np.empty(k)
    if not _expectation(w, logarithmic, phi, k, theta, expected, change):
        return False, math.inf
    deviance = _deviance(n, f, expected)
    if not math.isfinite(deviance):
        return False, math.inf
    for _ in range(_MOST_STEPS):
        information = np.zeros((k, k))
        slope = np.zeros(k)
        for i in range(bins):
            if f[i] == 0.0 or expected[i] <= 0.0:
                continue
            pull = f[i] * (n[i] / expected[i] - 1.0)
            per = f[i] / expected[i]
            for a in range(k):
                slope[a] += pull * change[i, a]
                for b in range(a + 1):
                    information[a, b] += per * change[i, a] * change[i, b]
        most = 0.0
        for a in range(k):
            most = max(most, information[a, a])
        for a in range(k):
            # So little that only directions change of which the counts say nothing.
            information[a, a] += 1e-12 * most
        if not try_cholesky(information, k, 0.0):
            return False, math.inf
        step[:] = slope
        solve_factorised(information, k, step)
        gain = 0.0
        for a in range(k):
            gain += step[a] * slope[a]
        if not math.isfinite(gain):
            return False, math.inf
        if gain < _DECREMENT:
            return True, deviance
        size = 1.0
        better = False
        for _halving in range(30):
            for a in range(k):
                trial[a] = theta[a] + size * step[a]
            if _expectation(w, logarithmic, phi, k, trial, expected, change):
                found = _deviance(n, f, expected)
                if found <= deviance + 1e-10 * abs(deviance):
                    better = True
                    break
            size *= 0.5
        if not better:
            _expectation(w, logarithmic, phi, k, theta, expected, change)
            return gain < 1e-4, deviance
        for a in range(k):
            theta[a] = trial[a]
        deviance = found
    return False, math.inf


@compiled
def evaluate_orders(  # type: ignore[no-untyped-def]
    offsets, share, width, logarithmic, terms, parameters, least, order, expected, modes
):
    """Fill the expectation of one order a histogram, and its modes.

    Args:
        offsets: As for `fit_orders`.
        share: As for `fit_orders`.
        width: As for `fit_orders`.
        logarithmic: As for `fit_orders`.
        terms: As `fit_orders` has left them.
        parameters: As `fit_orders` has filled them.
        least: As for `fit_orders`.
        order: Which of the orders, shape (histograms,); -1: none.
        expected: Filled, shape (bins,).
        modes: Filled, shape (bins, terms): the changes by one standard deviation along each column
            of the Cholesky factor of the parameters' covariance.
    """
    for histogram in range(len(offsets) - 1):
        if order[histogram] < 0:
            continue
        k = least + order[histogram] + 1
        start, stop = offsets[histogram], offsets[histogram + 1]
        theta = parameters[histogram, order[histogram]]
        change = np.empty((stop - start, k))
        mean = expected[start:stop]
        _expectation(width[start:stop], logarithmic, terms[start:stop], k, theta, mean, change)
        information = np.zeros((k, k))
        for i in range(stop - start):
            if share[start + i] > 0.0 and mean[i] > 0.0:
                for a in range(k):
                    for b in range(k):
                        information[a, b] += (
                            share[start + i] / mean[i] * change[i, a] * change[i, b]
                        )
        for a in range(k):
            information[a, a] *= 1.0 + 1e-10
        if not try_cholesky(information, k, 0.0):
            mean[:] = np.nan
            continue
        # The covariance is the inverse of L L^T, and its factor the inverse of L, transposed.
        for i in range(stop - start):
            solve_lower(information, k, change[i])
            modes[start + i, :k] = change[i]
