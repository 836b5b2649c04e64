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

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.families import POINTS, LinearFamily
from bumpcast.bumps.backgrounds.scoring import evaluate_orders, fit_orders
from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


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
        evaluate_orders(
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
    fit_orders(
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
