"""The compiled scan against a plain maximisation of the same likelihood."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import norm

from bumpcast.bumps.likelihood import gaussian_template, signed_significances


def plain(n: Any, b: Any, centre: int, width: float) -> float:
    """Return z of one bin, with a library's minimiser."""
    template = gaussian_template(width)
    reach = len(template) // 2
    bins = range(max(0, centre - reach), min(len(n), centre + reach + 1))
    s = np.array([template[k - centre + reach] for k in bins])
    n, b = n[bins.start : bins.stop], b[bins.start : bins.stop]

    def twice_minus_log_ratio(mu: float) -> float:
        expected = b + mu * s
        if np.any((expected <= 0) & (n > 0)):
            return math.inf
        return float(-2 * np.sum(xlogy(n, np.maximum(expected, 0) / b) - mu * s))

    least = -np.min(b[s > 0] / s[s > 0])
    most = (n.sum() + 1) / s.sum()
    found = minimize_scalar(
        twice_minus_log_ratio,
        bounds=(least, most),
        method="bounded",
        options={"xatol": 1e-9 * most},
    )
    best = min(found.fun, twice_minus_log_ratio(least), 0.0)
    return math.copysign(math.sqrt(-best), found.x)


def one(n: Any, b: Any, **more: Any) -> Any:
    return signed_significances([0, len(n)], n, b, **more)


@pytest.mark.parametrize("width", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("level", [0.3, 5.0, 1e2, 1e5])
def test_the_plain_maximisation(width: float, level: float) -> None:
    random = np.random.default_rng(round(level * 10 + width))
    b = level * np.exp(-np.linspace(0, 2, 37))
    n = random.poisson(b).astype(float)
    n[20] += round(6 * math.sqrt(level) + 3)
    wanted = [plain(n, b, centre, width) for centre in range(len(n))]
    np.testing.assert_allclose(one(n, b, width_bins=width), wanted, rtol=1e-4, atol=2e-4)


def plain_profiled(n: Any, b: Any, sigma: Any, centre: int, width: float) -> float:
    """Return z of one bin, with a library's minimiser for the strength and each background."""
    template = gaussian_template(width)
    reach = len(template) // 2
    bins = range(max(0, centre - reach), min(len(n), centre + reach + 1))

    def best_of_bin(k: int, mu: float) -> float:
        signal = mu * template[k - centre + reach]

        def minus_log(t: float) -> float:
            expected = t + signal
            return float(expected - xlogy(n[k], expected) + (t - b[k]) ** 2 / (2 * sigma[k] ** 2))

        away = 12 * sigma[k] + abs(n[k] - b[k] - signal)
        least = -signal + 1e-12
        found = minimize_scalar(
            minus_log,
            bounds=(max(least, b[k] - away), max(b[k], least) + away),
            method="bounded",
            options={"xatol": 1e-10 * (1 + away)},
        )
        return min(found.fun, minus_log(max(least, b[k] - away)))

    def total(mu: float) -> float:
        return sum(best_of_bin(k, mu) for k in bins)

    spread = math.sqrt(sum(n[k] + b[k] + sigma[k] ** 2 for k in bins)) * 20
    found = minimize_scalar(total, bounds=(-spread, spread), method="bounded")
    return math.copysign(math.sqrt(max(2 * (total(0.0) - found.fun), 0)), found.x)


@pytest.mark.parametrize("level", [3.0, 400.0])
@pytest.mark.parametrize("relative", [0.02, 0.3])
def test_the_plain_maximisation_with_an_uncertain_background(level: float, relative: float) -> None:
    random = np.random.default_rng(round(level + 100 * relative))
    b = level * np.exp(-np.linspace(0, 1, 15))
    n = random.poisson(b).astype(float)
    n[4] = 0
    n[9] += round(5 * math.sqrt(level) + 3)
    sigma = relative * b
    z = one(n, b, uncertainty=sigma)
    for centre in (0, 4, 9, 14):
        wanted = plain_profiled(n, b, sigma, centre, 1.0)
        assert z[centre] == pytest.approx(wanted, rel=1e-3, abs=2e-3)


def test_an_uncertainty_takes_significance_away() -> None:
    random = np.random.default_rng(8)
    b = np.full(60, 100.0)
    n = random.poisson(b).astype(float)
    n[30] += 60
    known = one(n, b)
    np.testing.assert_allclose(one(n, b, uncertainty=np.full(60, 1e-6)), known, rtol=1e-6)
    some, much = (one(n, b, uncertainty=np.full(60, sigma)) for sigma in (5.0, 50.0))
    assert known[30] > some[30] > much[30] > 0
    # many events and a small signal: the variances add up
    many, sigma = np.full(60, 1e6), 2000.0
    seen = many.copy()
    seen[30] += 3000
    z = one(seen, many, uncertainty=np.full(60, sigma), width_bins=0.01)
    assert z[30] == pytest.approx(3000 / math.sqrt(1e6 + sigma**2), rel=2e-3)


def test_a_bin_may_be_uncertain_beside_one_that_is_known() -> None:
    n, b = np.array([0.0, 0.0, 0.0, 40.0, 0.0]), np.full(5, 4.0)
    sigma = np.array([0.0, 3.0, 0.0, 3.0, 3.0])
    z = one(n, b, uncertainty=sigma)
    assert np.all(np.isfinite(z))
    assert z[3] > 0 > z[0]


def test_a_signal_in_one_bin_alone_has_the_known_formula() -> None:
    n = np.array([0.0, 3.0, 10.0, 25.0, 10.0])
    b = np.full(5, 10.0)
    # so narrow that all of it is in its bin
    z = one(n, b, width_bins=0.01)
    q = 2 * (np.where(n > 0, n * np.log(np.maximum(n, 1) / b), 0) - n + b)
    np.testing.assert_allclose(z, np.sign(n - b) * np.sqrt(q), rtol=1e-10)


def test_an_expected_signal_has_the_asimov_significance() -> None:
    b = np.full(61, 400.0)
    template = gaussian_template(1.0)
    n = b.copy()
    n[25:36] += 150 * template
    z = one(n, b)
    assert int(np.argmax(z)) == 30
    q = 2 * np.sum(n * np.log(n / b) - (n - b))
    assert z[30] == pytest.approx(math.sqrt(q), rel=1e-9)


def test_background_alone_is_normally_distributed() -> None:
    random = np.random.default_rng(4)
    histograms, bins = 4000, 41
    b = np.full(histograms * bins, 200.0)
    n = random.poisson(b)
    z = signed_significances(np.arange(histograms + 1) * bins, n, b).reshape(histograms, bins)
    centre = z[:, bins // 2]
    assert abs(centre.mean()) < 4 / math.sqrt(histograms)
    assert centre.std() == pytest.approx(1, abs=4 / math.sqrt(2 * histograms))
    assert np.mean(centre > 2) == pytest.approx(norm.sf(2), abs=4 * math.sqrt(0.023 / histograms))


def test_histograms_do_not_see_each_other() -> None:
    random = np.random.default_rng(5)
    b = random.uniform(5, 50, 90)
    n = random.poisson(b)
    together = signed_significances([0, 0, 40, 41, 90], n, b)
    apart = [one(n[:40], b[:40]), one(n[40:41], b[40:41]), one(n[41:], b[41:])]
    np.testing.assert_array_equal(together, np.concatenate(apart))


def test_a_weight_of_all_events_changes_nothing() -> None:
    random = np.random.default_rng(6)
    b = np.exp(-np.linspace(0, 3, 50)) * 100
    n = random.poisson(b)
    weighted = one(0.25 * n, 0.25 * b, event_weight=np.full(50, 0.25))
    np.testing.assert_allclose(weighted, one(n, b), rtol=1e-9, atol=1e-9)


def test_nothing_seen_is_a_deficit_and_no_error() -> None:
    z = one(np.zeros(30), np.full(30, 4.0))
    assert np.all(z < 0)
    assert np.all(np.isfinite(z))
    # the strength at which the centre's expectation is zero
    assert z[15] == pytest.approx(-math.sqrt(2 * 4.0 / gaussian_template(1.0).max()), rel=1e-6)


def test_bins_of_which_nothing_can_be_said_have_no_significance() -> None:
    b = np.full(20, 10.0)
    n = np.full(20, 10.0)
    b[3], b[7], n[11], n[15] = 0.0, np.nan, -1.0, np.inf
    n[3] = 1000.0
    z = one(n, b)
    assert np.flatnonzero(np.isnan(z)).tolist() == [3, 7, 11, 15]
    assert np.nanmax(np.abs(z)) < 1e-6
    assert np.isnan(one(n, b, event_weight=np.zeros(20))).all()
    assert np.isnan(one(n, b, uncertainty=np.full(20, -1.0))).all()
    assert len(signed_significances([0], [], [])) == 0


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="offsets end at"):
        signed_significances([0, 3], [1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="must not fall"):
        signed_significances([0, 2, 1, 2], [1.0, 2.0], [1.0, 2.0])
