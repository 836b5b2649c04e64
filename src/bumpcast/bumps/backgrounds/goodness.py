"""How well a background describes the counts: the p-value of the saturated deviance.

For many events a bin the deviance follows a chi-square distribution. With few it does not: a bin of
one expected event contributes 1.15 on average, one of 0.1 only 0.4. Mean and variance of each bin's
share are known, though, for a Poisson count of that expectation, and the sum of many is described
well by a gamma distribution of the same mean and variance.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.special import gammaincc, gammaln, xlogy

Floats = npt.NDArray[np.float64]

_LEAST, _MOST, _STEPS = 1e-3, 1e3, 241


@cache
def _moments() -> tuple[Floats, Floats, Floats]:
    """Return logarithms of expectations, and mean and variance of the deviance of one bin."""
    logs = np.linspace(np.log(_LEAST), np.log(_MOST), _STEPS)
    means, variances = np.empty(_STEPS), np.empty(_STEPS)
    for number, expected in enumerate(np.exp(logs)):
        reach = 12 * np.sqrt(expected) + 30
        counts = np.arange(max(0, np.floor(expected - reach)), expected + reach)
        share = np.exp(xlogy(counts, expected) - expected - gammaln(counts + 1))
        deviance = 2 * (expected - counts + xlogy(counts, counts / expected))
        means[number] = np.sum(share * deviance)
        variances[number] = np.sum(share * deviance**2) - means[number] ** 2
    return logs, means, variances


def deviance_of_bins(counts: Floats, expected: Floats) -> Floats:
    """Return twice the logarithm of the likelihood ratio of each count to its expectation.

    Args:
        counts: Effective counts, shape (bins,).
        expected: What is expected of them, positive, shape (bins,).
    """
    found: Floats = 2 * (expected - counts + xlogy(counts, counts / expected))
    return np.maximum(found, 0.0)


def goodness_of_fit(
    histogram_of_bin: npt.NDArray[np.int64],
    counts: Floats,
    expected: Floats,
    fitted: npt.NDArray[np.bool_],
    parameters: Floats,
) -> Floats:
    """Return the probability of a fit that is as bad as this one, or worse, for many histograms.

    Args:
        histogram_of_bin: Which histogram each bin is of, shape (bins,).
        counts: Effective counts, shape (bins,).
        expected: Effective counts that are expected, shape (bins,).
        fitted: Which bins were fitted, shape (bins,).
        parameters: How many were fitted, shape (histograms,); need not be whole.

    Returns:
        Shape (histograms,); NaN where nothing was expected or no more bins than parameters were.
    """
    histograms = len(parameters)
    good = fitted & (expected > 0) & np.isfinite(expected)
    of = histogram_of_bin[good]
    logs, means, variances = _moments()
    place = np.log(np.clip(expected[good], _LEAST, _MOST))
    seen = np.bincount(of, deviance_of_bins(counts[good], expected[good]), minlength=histograms)
    means_of = np.bincount(of, np.interp(place, logs, means), minlength=histograms)
    variances_of = np.bincount(of, np.interp(place, logs, variances), minlength=histograms)
    mean: Floats = means_of - parameters
    variance: Floats = variances_of - 2 * parameters
    usable = (mean > 0.5) & (variance > 0)
    mean, variance = np.where(usable, mean, 1.0), np.where(usable, variance, 1.0)
    p: Floats = gammaincc(mean**2 / variance, seen * mean / variance)
    return np.where(usable, p, np.nan)
