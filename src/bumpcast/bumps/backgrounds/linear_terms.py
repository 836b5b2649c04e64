"""Fits of functions that are linear in their parameters, or whose logarithm is, to many histograms.

With terms phi_k(m) the expectation of a bin is the integral of sum of theta_k phi_k over it, or of
its exponential, by Simpson's rule. The Poisson likelihood of effective counts (weights over the
weight of an event) is maximised by Fisher's scoring, with halved steps where one leads downhill or
to a bin that expects no more than nothing. Terms are made
orthonormal first under the counts, one after the other, so that the first k of them still span what
they did, all orders of a family are fitted in one go, each from the one before, and no fit is badly
conditioned however the terms are written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.families import POINTS, LinearFamily
from bumpcast.bumps.backgrounds.rising import rise
from bumpcast.bumps.linear_systems import solve_factorised, solve_lower, try_cholesky
from bumpcast.bumps.spectra import Spectra
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_MOST_STEPS: Final = 60
_DECREMENT: Final = 1e-9
"""Twice the likelihood that a step may still gain when a fit has converged."""

_NEW: Final = 1e-7
"""A term of which less than this is not in those before it adds nothing that can be fitted."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearFits:
    """All orders of one family, fitted to many histograms.

    Attributes:
        family: The family.
        spectra: What was fitted.
        fitted: Which bins were looked at, shape (bins,).
        terms: Orthonormal terms at the points of each bin, shape (bins, points, terms).
        values: Of the parameters of each order, shape (histograms, orders, terms).
        deviances: Twice the logarithm of the likelihood ratio of a model that has a parameter for
            each bin to the fit, shape (histograms, orders); infinity where a fit failed or rises.
    """

    family: LinearFamily
    spectra: Spectra
    fitted: Bools
    terms: Floats
    values: Floats
    deviances: Floats

    @property
    def orders(self) -> Numbers:
        """Parameters beside the normalisation, of each order that was fitted."""
        return np.arange(self.deviances.shape[1], dtype=np.int64) + self.family.orders[0]

    @property
    def parameters(self) -> Numbers:
        """Parameters of each order that was fitted."""
        return self.orders + 1

    def evaluate(self, order: Numbers) -> tuple[Floats, Floats]:
        """Return the expectations of one order a histogram, and what they change by.

        Args:
            order: Which of the fitted orders, shape (histograms,); -1: none.

        Returns:
            Expected counts, shape (bins,), NaN where there is no order, and their changes for one
            standard deviation along each column of the Cholesky factor of the parameters'
            covariance, shape (bins, terms).
        """
        expected = np.full(len(self.spectra.counts), np.nan)
        modes = np.zeros((len(self.spectra.counts), self.terms.shape[2]))
        _evaluate(
            self.spectra.offsets,
            np.where(self.fitted, 1.0 / self.spectra.event_weight, 0.0),
            relative_widths(self.spectra),
            self.family.logarithmic,
            self.terms,
            self.values,
            self.family.orders[0],
            order,
            expected,
            modes,
        )
        return expected, modes


def fit_linear(
    spectra: Spectra,
    family: LinearFamily,
    fitted: Bools,
    *,
    most_order: int,
    most_rise: float = math.inf,
    energy_GeV: float | None = None,
) -> LinearFits:
    """Fit all orders of a family.

    Args:
        spectra: The spectra.
        family: The family.
        fitted: Which bins are looked at, shape (bins,); their counts are finite and not negative.
        most_order: No higher order is fitted.
        most_rise: A fit that rises behind its maximum by more (see `rise`) is none.
        energy_GeV: Energy of the collisions.
    """
    least = family.orders[0]
    most = max(min(family.orders[1], most_order), least)
    terms = _terms(spectra, family, most, energy_GeV)
    histograms = len(spectra)
    values = np.zeros((histograms, most - least + 1, most + 1))
    deviances = np.full((histograms, most - least + 1), np.inf)
    share = np.where(fitted, 1.0 / spectra.event_weight, 0.0)
    counts = np.where(fitted, spectra.counts, 0.0)
    _fit(
        spectra.offsets,
        counts,
        share,
        relative_widths(spectra),
        family.logarithmic,
        terms,
        least,
        most_rise,
        values,
        deviances,
    )
    return LinearFits(family, spectra, fitted, terms, values, deviances)


def relative_widths(spectra: Spectra) -> Floats:
    """Return the bins' widths in units of their histogram's mean width, shape (bins,)."""
    width = spectra.high - spectra.low
    of = spectra.histogram_of_bin
    total = np.bincount(of, width, minlength=len(spectra))
    relative: Floats = width * spectra.bins[of] / total[of]
    return relative


def _terms(spectra: Spectra, family: LinearFamily, most: int, energy_GeV: float | None) -> Floats:
    bins = len(spectra.counts)
    filled = np.flatnonzero(spectra.bins)
    low, high = np.ones(len(spectra)), np.full(len(spectra), 2.0)
    low[filled] = spectra.low[spectra.offsets[filled]]
    high[filled] = spectra.high[spectra.offsets[filled + 1] - 1]
    of = spectra.histogram_of_bin
    terms = np.empty((bins, POINTS, most + 1))
    for point, mass in enumerate((spectra.low, spectra.centres, spectra.high)):
        columns = family.terms(mass, low[of], high[of], energy_GeV or math.nan)
        terms[:, point] = columns[:, : most + 1]
    return terms


@compiled
def _fit(  # type: ignore[no-untyped-def]
    offsets, counts, share, width, logarithmic, terms, least, most_rise, parameters, deviances
):
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
def _evaluate(  # type: ignore[no-untyped-def]
    offsets, share, width, logarithmic, terms, parameters, least, order, expected, modes
):
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
