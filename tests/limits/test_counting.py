"""Limits of a counting result, against plain implementations and pyhf's own."""

from __future__ import annotations

import numpy as np
import pyhf
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from bumpcast.limits.counting import CountingResult
from bumpcast.limits.errors import ResultError
from bumpcast.limits.likelihood import Likelihood
from bumpcast.limits.upper_limit import upper_limit


def plain_limit(observed, background):
    """The asymptotic formulas for a known background, with nothing to fit."""

    def twice_nll(count, mean):
        return 2 * (mean - (count * np.log(mean) if count else 0.0))

    def excess(signal):
        best = max(observed - background, 0.0)
        q = 0.0
        if best <= signal:
            here = twice_nll(observed, signal + background)
            q = max(here - twice_nll(observed, max(best + background, 1e-300)), 0.0)
        qa = twice_nll(background, signal + background) - twice_nll(background, background or 1e-99)
        below = np.sqrt(q) - np.sqrt(qa) if q <= qa else (q - qa) / (2 * np.sqrt(qa))
        return norm.sf(below + np.sqrt(qa)) / norm.sf(below) - 0.05

    return brentq(excess, 1e-3, 1e4, xtol=1e-10)


@pytest.mark.parametrize(
    ("observed", "background"), [(0, 0.0), (3, 0.0), (0, 3.0), (5, 4.0), (26, 17.0), (90, 100.0)]
)
def test_a_known_background_needs_no_fit(observed, background):
    likelihood = CountingResult(observed, background, 0.0, 139.0).likelihood(0.0)
    limit = upper_limit(likelihood)
    assert limit.observed == pytest.approx(plain_limit(observed, background), rel=2e-4)


def test_what_cannot_be_without_signal_is_still_limited():
    limits = [
        upper_limit(CountingResult(3, 0.0, 0.0, 1.0).likelihood(error)).observed
        for error in (0.0, 0.01, 0.25)
    ]
    assert limits[0] == pytest.approx(limits[1], rel=2e-3)
    assert limits[2] > limits[1]


def test_the_bands_of_nothing_expected():
    # With nothing expected and observed, q = 2 s, and CLs is 2 (1 - Phi(sqrt(2 s))).
    limit = upper_limit(CountingResult(0, 0.0, 0.0, 1.0).likelihood(0.0))
    assert limit.observed == pytest.approx(norm.isf(0.025) ** 2 / 2, rel=1e-4)
    # Equation 89 of arXiv:1007.1727: sqrt(q_A) = Phi^-1(1 - alpha Phi(N)) + N.
    for sigma, expected in zip((-2, -1, 0, 1, 2), limit.expected, strict=True):
        root = norm.isf(0.05 * norm.cdf(sigma)) + sigma
        assert expected == pytest.approx(root**2 / 2, rel=2e-4)
    assert "fewer than 5 events" in limit.notes[0]


def test_the_likelihood_is_what_it_says():
    result = CountingResult(26, 17.0, 5.0, 139.0)
    likelihood = result.likelihood(0.25)
    names = likelihood.model.config.par_names
    random = np.random.default_rng(1)
    for _ in range(20):
        strength, of_signal, of_background = random.uniform(0, 2), *random.normal(size=2)
        values = {
            "strength": strength,
            "signal_uncertainty": of_signal,
            "background_uncertainty": of_background,
        }
        mean = likelihood.signal * strength * 1.25**of_signal + 17 * (1 + 5 / 17) ** of_background
        expected = poisson.logpmf(26, mean) + norm.logpdf([of_signal, of_background]).sum()
        found = likelihood.model.logpdf([values[name] for name in names], likelihood.data)
        assert found[0] == pytest.approx(expected, rel=1e-10)


def test_a_background_of_a_control_region_is_the_one_of_pyhf():
    likelihood = CountingResult(26, 17.0, 5.0, 139.0, "gamma").likelihood(0.0)
    model = pyhf.simplemodels.uncorrelated_background([10.0], [17.0], [5.0], validate=False)
    data = [26.0, *model.config.auxdata]
    observed, expected = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.1, 9.0)
    limit = upper_limit(likelihood)
    assert limit.observed == pytest.approx(10 * float(observed), rel=3e-4)
    assert limit.expected == pytest.approx([10 * float(each) for each in expected], rel=3e-4)


@pytest.mark.parametrize("correlated", [True, False])
def test_limits_of_any_model_are_those_of_pyhf(correlated):
    signal, background = [12.0, 11.0], [50.0, 52.0]
    if correlated:
        model = pyhf.simplemodels.correlated_background(
            signal, background, [54.0, 57.0], [45.0, 47.0], validate=False
        )
    else:
        model = pyhf.simplemodels.uncorrelated_background(
            signal, background, [3.0, 7.0], validate=False
        )
    data = [51.0, 48.0, *model.config.auxdata]
    observed, expected = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.1, 5.0)
    limit = upper_limit(Likelihood(model, data, 1.0))
    assert limit.observed == pytest.approx(float(observed), rel=3e-4)
    assert limit.expected == pytest.approx([float(each) for each in expected], rel=3e-4)


def test_what_is_less_certain_is_limited_less():
    certain, known, uncertain = (
        upper_limit(CountingResult(26, 17.0, error, 139.0).likelihood(of_signal)).observed
        for error, of_signal in ((0.0, 0.0), (0.0, 0.25), (5.0, 0.25))
    )
    assert certain < known < uncertain


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((-1, 2, 1, 139), "observed number of events is -1"),
        ((1.5, 2, 1, 139), "whole number"),
        ((1, float("nan"), 1, 139), "background is nan"),
        ((1, 2, -1, 139), "uncertainty is -1"),
        ((1, 2, 1, 0), "luminosity in fb^-1 is 0"),
        ((1, 0, 1, 139), "a background of 0"),
        ((1, 2, 1, 139, "gama"), "Did you mean 'gamma'"),
    ],
)
def test_what_cannot_be_is_told(numbers, message):
    with pytest.raises(ResultError, match=message.replace("^", r"\^")):
        CountingResult(*numbers)


def test_a_signal_uncertainty_is_not_negative():
    with pytest.raises(ResultError, match=r"relative uncertainty is -0\.1"):
        CountingResult(1, 2, 1, 139).likelihood(-0.1)
