from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from bumpcast.bumps.backgrounds.goodness import deviance_of_bins, goodness_of_fit


@pytest.mark.parametrize("level", [0.3, 1.0, 3.0, 30.0, 3000.0])
def test_counts_of_a_known_expectation_are_described_uniformly_well(level: float) -> None:
    random = np.random.default_rng(round(level * 10))
    histograms, bins = 2000, 60
    expected = np.tile(level * np.exp(-np.linspace(0, 1, bins)), histograms)
    counts = random.poisson(expected).astype(float)
    p = goodness_of_fit(
        np.repeat(np.arange(histograms), bins),
        counts,
        expected,
        np.ones(len(counts), bool),
        np.zeros(histograms),
    )
    assert kstest(p, "uniform").statistic < 0.05
    assert np.mean(p < 0.01) < 0.02


def test_many_events_are_the_chi_square_of_the_deviance() -> None:
    random = np.random.default_rng(1)
    expected = np.full(50, 1e5)
    counts = random.poisson(expected).astype(float)
    p = goodness_of_fit(
        np.zeros(50, np.int64), counts, expected, np.ones(50, bool), np.array([3.0])
    )
    wanted = chi2.sf(deviance_of_bins(counts, expected).sum(), 47)
    assert p[0] == pytest.approx(wanted, abs=2e-3)


def test_bins_that_were_not_fitted_do_not_count() -> None:
    counts, expected = np.full(40, 100.0), np.full(40, 100.0)
    counts[10] = 400
    fitted = np.ones(40, bool)
    of = np.zeros(40, np.int64)
    assert goodness_of_fit(of, counts, expected, fitted, np.array([2.0]))[0] < 1e-10
    fitted[10] = False
    assert goodness_of_fit(of, counts, expected, fitted, np.array([2.0]))[0] > 0.99


def test_no_more_bins_than_parameters_say_nothing() -> None:
    counts = np.full(3, 100.0)
    p = goodness_of_fit(
        np.zeros(3, np.int64), counts, counts, np.ones(3, bool), np.array([3.0, 1.0])
    )
    assert np.isnan(p).all()
