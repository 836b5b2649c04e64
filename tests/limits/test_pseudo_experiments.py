"""Limits by pseudo-experiments, against probabilities that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson

from bumpcast.limits.abcd import AbcdResult
from bumpcast.limits.asymptotic import TestStatistic
from bumpcast.limits.counting import CountingResult
from bumpcast.limits.fits import fixed_fit, free_fit
from bumpcast.limits.likelihood import STRENGTH
from bumpcast.limits.pseudo_experiments import ToysError, draw, upper_limit_by_toys


def exact_limit(observed, background):
    """CLs of a Poisson-distributed number: P(n <= observed | s + b) / P(n <= observed | b)."""

    def excess(signal):
        with_signal = poisson.cdf(observed, signal + background)
        return with_signal / poisson.cdf(observed, background) - 0.05

    return brentq(excess, 1e-6, 1e3)


@pytest.mark.parametrize(("observed", "background"), [(0, 0.0), (0, 2.0), (3, 2.0), (8, 4.0)])
def test_known_backgrounds(observed, background):
    likelihood = CountingResult(observed, background, 0.0, 139.0).likelihood(0.0)
    limit = upper_limit_by_toys(likelihood, 20_000, 1)
    exact = exact_limit(observed, background)
    assert 0.005 < limit.statistical_error < 0.03
    assert limit.observed == pytest.approx(exact, rel=2.5 * limit.statistical_error)
    assert not limit.notes


def test_no_events_exclude_three():
    assert exact_limit(0, 0.0) == pytest.approx(3.00, abs=0.005)


def test_a_seed_makes_them_again():
    likelihood = CountingResult(3, 2.0, 0.0, 139.0).likelihood(0.0)
    first, again, other = (upper_limit_by_toys(likelihood, 500, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_too_few():
    with pytest.raises(ToysError, match="at least 100"):
        upper_limit_by_toys(CountingResult(3, 2.0, 0.0, 139.0).likelihood(0.0), 10, 1)


@pytest.mark.parametrize("constraint", ["log-normal", "gamma"])
def test_what_is_drawn_has_the_widths_of_the_model(constraint):
    likelihood = CountingResult(26, 17.0, 5.0, 139.0, constraint).likelihood(0.25)
    best, _ = fixed_fit(likelihood, likelihood.data, 0.5)
    drawn = draw(likelihood, best, 40_000, 3)
    means = likelihood.model.expected_data(best)
    assert drawn.mean(axis=0) == pytest.approx(means, rel=0.02, abs=0.02)
    variances = [means[0], *(1.0 if mean < 5 else mean for mean in means[1:])]
    assert drawn.var(axis=0) == pytest.approx(variances, rel=0.03)


def test_limits_cover_and_pulls_are_normal():
    likelihood = AbcdResult(200, 300, 400, 600, 139.0).likelihood(
        {"A": 0.1, "B": 0.03, "C": 0.02, "D": 0.01}, 0.1
    )
    true, _ = fixed_fit(likelihood, likelihood.data, 1.0)
    place = likelihood.model.config.par_names.index(STRENGTH)
    pulls, excluded = [], 0
    for data in draw(likelihood, true, 120, 5):
        best, least = free_fit(likelihood, data.tolist(), true)
        _, here = fixed_fit(likelihood, data.tolist(), 1.0, best)
        pulls.append(np.sign(best[place] - 1.0) * np.sqrt(max(here - least, 0.0)))
        # q~ above 1.645^2 is a probability below 5 %.
        excluded += TestStatistic(likelihood, data.tolist(), true)(1.0) > 1.645**2
    assert np.mean(pulls) == pytest.approx(0.0, abs=0.25)
    assert np.std(pulls) == pytest.approx(1.0, abs=0.15)
    assert 1 <= excluded <= 14
