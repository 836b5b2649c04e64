"""Limits of four regions."""

from __future__ import annotations

import math
from unittest import mock

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm, poisson

from bumpcast.limits import abcd
from bumpcast.limits.abcd import AbcdResult
from bumpcast.limits.counting import CountingResult, expected_size
from bumpcast.limits.errors import ResultError
from bumpcast.limits.fits import fixed_fit, free_fit
from bumpcast.limits.upper_limit import upper_limit

SHARES = {"A": 0.1, "B": 0.03, "C": 0.02, "D": 0.01}


@pytest.mark.parametrize("non_closure", [0.0, 0.3])
def test_the_likelihood_is_what_it_says(non_closure):
    result = AbcdResult(26, 30, 40, 60, 139.0, non_closure)
    likelihood = result.likelihood(SHARES, 0.25)
    names = likelihood.model.config.par_names
    random = np.random.default_rng(2)
    for _ in range(20):
        strength, b, c, d = random.uniform(0.2, 2, size=4)
        of_signal, of_relation = random.normal(size=2)
        values = {
            "strength": strength,
            "b": b,
            "c": c,
            "d": d,
            "signal_uncertainty": of_signal,
            "non_closure": of_relation,
        }
        backgrounds = {"B": 30 * b * d, "C": 40 * c * d, "D": 60 * d}
        backgrounds["A"] = backgrounds["B"] * backgrounds["C"] / backgrounds["D"]
        backgrounds["A"] *= (1 + non_closure) ** of_relation
        signal = likelihood.signal * strength * 1.25**of_signal
        expected = norm.logpdf(of_signal) + (norm.logpdf(of_relation) if non_closure else 0.0)
        for region, count in zip("ABCD", result.observed, strict=True):
            mean = signal * SHARES[region] + backgrounds[region]
            expected += poisson.logpmf(count, mean)
        found = likelihood.model.logpdf([values[name] for name in names], likelihood.data)
        assert found[0] == pytest.approx(expected, rel=1e-10)


def test_without_signal_the_background_of_a_follows_from_the_others():
    # A fits the relation exactly, so that every region is fitted as it was counted.
    likelihood = AbcdResult(20, 30, 40, 60, 139.0).likelihood(SHARES, 0.25)
    best, least = fixed_fit(likelihood, likelihood.data, 0.0)
    assert likelihood.model.expected_actualdata(best) == pytest.approx([20, 30, 40, 60], rel=1e-4)
    _, free = free_fit(likelihood, likelihood.data)
    assert free == pytest.approx(least, abs=1e-4)


def test_signal_in_other_regions_makes_limits_weaker():
    alone = {"A": 0.1, "B": 0.0, "C": 0.0, "D": 0.0}
    result = AbcdResult(26, 30, 40, 60, 139.0)
    without, with_ = (
        upper_limit(result.likelihood(shares, 0.25)).observed for shares in (alone, SHARES)
    )
    assert with_ > 1.1 * without


def test_many_events_outside_of_a_are_a_known_background():
    many = AbcdResult(26, 17 * 10**5, 10**6, 10**11, 139.0)
    shares = {"A": 0.1, "B": 0.0, "C": 0.0, "D": 0.0}
    four = upper_limit(many.likelihood(shares, 0.25))
    one = upper_limit(CountingResult(26, 17.0, 0.0, 139.0).likelihood(0.25))
    assert 0.1 * four.all == pytest.approx(one.all, rel=2e-3)


def test_an_uncertain_relation_is_an_uncertain_background():
    shares = {"A": 0.1, "B": 0.0, "C": 0.0, "D": 0.0}
    many = AbcdResult(26, 17 * 10**5, 10**6, 10**11, 139.0, 0.3)
    four = upper_limit(many.likelihood(shares, 0.25))
    one = upper_limit(CountingResult(26, 17.0, 17 * 0.3, 139.0).likelihood(0.25))
    assert 0.1 * four.all == pytest.approx(one.all, rel=2e-3)


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_regions_without_events_do_not_mislead_the_fits(scale):
    # Nothing in A and B: their background is fitted to be none, and C and D can be anything. What
    # is left is a Poisson probability of no events with a log-normal signal.
    with mock.patch.object(abcd, "expected_size", lambda *of: scale * expected_size(*of)):
        likelihood = AbcdResult(0, 0, 4, 6, 139.0).likelihood(SHARES, 0.25)
    limit = upper_limit(likelihood)

    def q(events):
        def twice_nll(theta):
            return 2 * 0.13 * events * 1.25**theta + theta**2

        return minimize_scalar(twice_nll).fun

    wanted = norm.isf(0.025) ** 2
    assert limit.observed == pytest.approx(brentq(lambda n: q(n) - wanted, 1, 100), rel=1e-3)
    assert limit.observed == pytest.approx(limit.expected[2], rel=1e-3)


def test_a_signal_that_looks_like_background_is_limited_by_all_events():
    # Efficiencies that obey the relation themselves: no more signal than events in a region.
    shares = {"A": 0.1, "B": 0.1, "C": 0.1, "D": 0.1}
    limit = upper_limit(AbcdResult(26, 30, 40, 60, 139.0).likelihood(shares, 0.0))
    assert 200 < limit.observed < 500


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((1, 2, -3, 4, 139), "observed in C is -3"),
        ((1, 2, 3, 0, 139), "no events were observed in D"),
        ((1, 2, 3, 4, math.inf), "luminosity"),
        ((1, 2, 3, 4, 139, -0.1), "ABCD relation is -0.1"),
    ],
)
def test_what_cannot_be_is_told(numbers, message):
    with pytest.raises(ResultError, match=message):
        AbcdResult(*numbers)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"A": 0.0}, "efficiency in A is 0"),
        ({"B": -0.1}, "efficiency in B is -0.1"),
        ({"A": 10.0}, "in per cent"),
    ],
)
def test_efficiencies_that_cannot_be_are_told(changed, message):
    with pytest.raises(ResultError, match=message):
        AbcdResult(26, 30, 40, 60, 139.0).likelihood(SHARES | changed, 0.25)


def test_a_missing_region_is_told():
    with pytest.raises(ResultError, match="no efficiency of region B"):
        AbcdResult(26, 30, 40, 60, 139.0).likelihood({"A": 0.1}, 0.25)
