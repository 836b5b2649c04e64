"""The compiled fits against iminuit and scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy

from bumpcast.bumps.backgrounds.families import LINEAR, SIMPSON, LinearFamily
from bumpcast.bumps.backgrounds.linear_terms import fit_linear
from bumpcast.bumps.backgrounds.minuit import minimise
from bumpcast.bumps.spectra import Spectra
from tests.bumps.backgrounds.toys import falling, fluctuated, many, spectra_of


def expectation(spectra: Spectra, family: LinearFamily, order: int) -> Any:
    """Return the expectation as a function of the parameters, in terms as they are written."""
    low, high = spectra.low, spectra.high
    first, last = np.full_like(low, low[0]), np.full_like(low, high[-1])
    points = [
        family.terms(mass, first, last, 13000.0)[:, : order + 1]
        for mass in (low, spectra.centres, high)
    ]

    def expected(parameters: Any) -> Any:
        total = 0.0
        for share, terms in zip(SIMPSON, points, strict=True):
            value = terms @ parameters
            total = total + share * (np.exp(value) if family.logarithmic else value)
        return total * (high - low)

    return expected


def start(spectra: Spectra, family: LinearFamily, order: int) -> Any:
    low = np.full_like(spectra.low, spectra.low[0])
    high = np.full_like(spectra.low, spectra.high[-1])
    terms = family.terms(spectra.centres, low, high, 13000.0)[:, : order + 1]
    rate = (spectra.counts + 0.5) / (spectra.high - spectra.low)
    weight = np.sqrt(spectra.counts + 0.5) * (1 if family.logarithmic else 1 / rate)
    height = np.log(rate) if family.logarithmic else rate
    return np.linalg.lstsq(terms * weight[:, None], height * weight, rcond=None)[0]


@pytest.mark.parametrize("name", list(LINEAR))
@pytest.mark.parametrize("order", [2, 4])
def test_the_largest_likelihood_is_the_one_that_iminuit_finds(name: str, order: int) -> None:
    family = LINEAR[name]
    edges = 100.0 * 1.03 ** np.arange(46)
    observed = fluctuated(spectra_of([falling("cosh", 45, 4000.0, 4.0)], [edges]), 3)
    fits = fit_linear(observed, family, np.ones(45, bool), most_order=order, energy_GeV=13000.0)
    model = expectation(observed, family, order)
    begin = start(observed, family, order)
    best, deviance = minimise(
        model, observed.counts, np.ones(45), begin, [(None, None)] * (order + 1)
    )
    place = order - family.orders[0]
    assert fits.deviances[0, place] <= deviance + 1e-3
    assert fits.deviances[0, place] == pytest.approx(deviance, abs=0.05)
    assert best is not None
    expected, _ = fits.evaluate(np.array([place]))
    np.testing.assert_allclose(expected, model(best), rtol=5e-3)


def test_weights_and_left_out_bins_are_those_of_the_plain_likelihood() -> None:
    random = np.random.default_rng(5)
    truth = falling("exponential", 40, 900.0, 30.0)
    weight = np.linspace(0.2, 0.6, 40)
    raw = random.poisson(truth / weight)
    spectra = spectra_of([truth]).with_counts(weight * raw, weight**2 * raw)
    fitted = np.ones(40, bool)
    fitted[12:17] = False
    spectra.counts[12:17] *= 3
    spectra.variances[12:17] *= 3
    fits = fit_linear(spectra, LINEAR["exp-polynomial"], fitted, most_order=2)
    model = expectation(spectra, LINEAR["exp-polynomial"], 2)

    def deviance(parameters: Any) -> float:
        mean, n = model(parameters)[fitted], spectra.counts[fitted]
        return float(2 * np.sum((mean - n + xlogy(n, n / mean)) / weight[fitted]))

    begin = start(spectra, LINEAR["exp-polynomial"], 2)
    found = minimize(deviance, begin, method="BFGS", options={"gtol": 1e-4})
    assert fits.deviances[0, 1] == pytest.approx(found.fun, abs=1e-4)
    expected, _ = fits.evaluate(np.array([1]))
    np.testing.assert_allclose(expected, model(found.x), rtol=1e-4)


def test_modes_are_the_covariance_of_the_expectation() -> None:
    observed = fluctuated(spectra_of([falling("power", 50, 2000.0, 20.0)]), 8)
    family = LINEAR["running-power"]
    fits = fit_linear(observed, family, np.ones(50, bool), most_order=3)
    expected, modes = fits.evaluate(np.array([2]))
    model = expectation(observed, family, 3)
    best, _ = minimise(
        model, observed.counts, np.ones(50), start(observed, family, 3), [(None, None)] * 4
    )
    assert best is not None
    steps = 1e-5 * np.eye(4)
    changes = np.array([(model(best + s) - model(best - s)) / 2e-5 for s in steps]).T
    covariance = np.linalg.inv(changes.T @ (changes / model(best)[:, None]))
    np.testing.assert_allclose(modes @ modes.T, changes @ covariance @ changes.T, rtol=2e-2, atol=1)
    # strengths of one are one standard deviation: the counts know them to 1
    np.testing.assert_allclose(modes.T @ (modes / expected[:, None]), np.eye(4), atol=1e-6)
    # the gradient of the likelihood by them vanishes
    assert np.abs(modes.T @ (observed.counts / expected - 1)).max() < 1e-3


def test_higher_orders_never_describe_worse_and_histograms_do_not_see_each_other() -> None:
    observed = fluctuated(many(28, 1), 2)
    for family in LINEAR.values():
        fits = fit_linear(
            observed, family, np.ones(len(observed.counts), bool), most_order=5, energy_GeV=13000.0
        )
        lower, higher = fits.deviances[:, :-1], fits.deviances[:, 1:]
        both = np.isfinite(lower) & np.isfinite(higher)
        assert np.all(higher[both] < lower[both] + 1e-3)
        some = observed.some([20, 3])
        alone = fit_linear(
            some, family, np.ones(len(some.counts), bool), most_order=5, energy_GeV=13000.0
        )
        np.testing.assert_array_equal(alone.deviances, fits.deviances[[20, 3]])


def test_bins_are_integrated_over() -> None:
    # Ten bins joined to one: the same function describes both.
    fine = 1e6 * np.exp(-np.arange(200) / 20.0)
    joined = spectra_of([fine.reshape(20, 10).sum(axis=1)], [100.0 + 100.0 * np.arange(21)])
    fits = fit_linear(joined, LINEAR["exp-polynomial"], np.ones(20, bool), most_order=1)
    assert fits.deviances[0, 0] < 0.01
    expected, _ = fits.evaluate(np.array([0]))
    np.testing.assert_allclose(expected, joined.counts, rtol=1e-4)


def test_what_cannot_be_fitted_has_no_likelihood() -> None:
    empty = spectra_of([np.zeros(30), np.zeros(0), np.full(3, 5.0)])
    fits = fit_linear(empty, LINEAR["exp-polynomial"], np.ones(33, bool), most_order=4)
    assert np.isinf(fits.deviances[:2]).all()
    assert np.isfinite(fits.deviances[2]).tolist() == [True, False, False, False]
    expected, modes = fits.evaluate(np.array([-1, -1, 0]))
    assert np.isnan(expected[:30]).all()
    assert not modes[:30].any()
    np.testing.assert_allclose(expected[30:], 5.0)
