"""The compiled scan with modes against a plain maximisation of the same likelihood."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy

from bumpcast.bumps.likelihood import (
    gaussian_template,
    profiled_scan,
    profiled_significances,
    signed_significances,
)


def template_at(centre: int, bins: int, width: float = 1.0) -> Any:
    template = gaussian_template(width)
    reach = len(template) // 2
    return np.array(
        [template[k - centre + reach] if abs(k - centre) <= reach else 0.0 for k in range(bins)]
    )


def smallest(function: Any, start: Any) -> Any:
    """Return the minimum by two methods, one after the other, that need no derivatives."""
    options = {"maxiter": 20000, "maxfev": 200000, "ftol": 1e-13, "xtol": 1e-9}
    found = minimize(function, start, method="Powell", options=options)
    options = {"maxiter": 20000, "maxfev": 200000, "fatol": 1e-12, "xatol": 1e-9, "adaptive": True}
    return minimize(function, found.x, method="Nelder-Mead", options=options)


def plain(n: Any, b: Any, a: Any, precision: Any, mean: Any, s: Any, sigma: Any) -> float:
    """Return z of one bin, with a library's minimiser over every unknown, each bin's included."""
    modes, bins = a.shape[1], len(n)
    uncertain = np.any(sigma > 0)

    def minus_log_likelihood(x: Any) -> float:
        theta, mu, own = x[:modes], x[modes], x[modes + 1 :]
        expected = b * np.exp(a @ theta) + mu * s
        penalty = 0.5 * np.sum(precision * (theta - mean) ** 2)
        if uncertain:
            expected = expected + sigma * own
            penalty += 0.5 * np.sum(own**2)
        if np.any(expected <= 0):
            return 1e10
        return float(np.sum(expected) - np.sum(xlogy(n, expected / b)) + penalty)

    start = np.zeros(modes + 1 + (bins if uncertain else 0))
    free = [*range(modes), *range(modes + 1, len(start))]

    def without(y: Any) -> float:
        x = start.copy()
        x[free] = y
        return minus_log_likelihood(x)

    null = smallest(without, start[free])
    x0 = start.copy()
    x0[free] = null.x
    best = smallest(minus_log_likelihood, x0)
    return math.copysign(math.sqrt(max(2 * (null.fun - best.fun), 0.0)), best.x[modes])


def falling(bins: int, height: float, seed: int) -> tuple[Any, Any, Any]:
    """Return counts, a background, and modes of a straight line in its logarithm."""
    random = np.random.default_rng(seed)
    x = np.linspace(-1, 1, bins)
    b = height * np.exp(-1.2 * x)
    modes = np.column_stack([np.ones(bins), x, 1.5 * x**2 - 0.5])
    return random.poisson(b).astype(float), b, modes


def one(n: Any, b: Any, modes: Any, precision: Any, mean: Any, **more: Any) -> Any:
    return profiled_significances(
        [0, len(n)], n, b, modes * b[:, None], [precision], [mean], **more
    )


@pytest.mark.parametrize("height", [3.0, 40.0, 4000.0])
@pytest.mark.parametrize("precision", [0.0, 1.0])
def test_the_plain_maximisation(height: float, precision: float) -> None:
    n, b, modes = falling(24, height, round(height))
    n[9] += round(4 * math.sqrt(b[9]))
    p, c = np.full(3, precision), np.array([0.3, -0.2, 0.1]) * precision
    z = one(n, b, modes, p, c)
    for centre in (0, 3, 9, 15, 23):
        expected = plain(n, b, modes, p, c, template_at(centre, 24), np.zeros(24))
        assert z[centre] == pytest.approx(expected, abs=2e-3)


def test_bins_of_uncertainties_of_their_own() -> None:
    n, b, modes = falling(8, 50.0, 5)
    n[4] += 25
    sigma = 0.1 * b
    p, c = np.array([0.0, 1.0, 1.0]), np.zeros(3)
    z = one(n, b, modes, p, c, uncertainty=sigma)
    for centre in (1, 4, 6):
        expected = plain(n, b, modes, p, c, template_at(centre, 8), sigma)
        assert z[centre] == pytest.approx(expected, abs=3e-3)


@pytest.mark.parametrize("sigma", [0.0, 0.05])
def test_without_modes_it_is_the_scan_of_a_given_background(sigma: float) -> None:
    n, b, _ = falling(40, 30.0, 2)
    z = one(n, b, np.zeros((40, 2)), np.zeros(2), np.zeros(2), uncertainty=sigma * b, width_bins=2)
    known = signed_significances([0, 40], n, b, uncertainty=sigma * b, width_bins=2)
    assert z == pytest.approx(known, abs=1e-4)


def test_a_narrow_prior_fixes_the_background() -> None:
    n, b, modes = falling(40, 30.0, 3)
    z = one(n, b, 1e-6 * modes, np.ones(3), np.zeros(3))
    assert z == pytest.approx(signed_significances([0, 40], n, b), abs=1e-4)


def test_a_free_shape_takes_away_from_the_significance() -> None:
    n, b, modes = falling(40, 500.0, 4)
    n[20:23] += [60, 110, 60]
    known = signed_significances([0, 40], n, b)
    z = one(n, b, modes, np.zeros(3), np.zeros(3))
    assert 3 < z[21] < known[21]


def test_it_does_not_depend_on_where_the_background_starts() -> None:
    n, b, modes = falling(30, 200.0, 6)
    elsewhere = b * np.exp(modes @ np.array([0.2, -0.3, 0.1]))
    free = np.zeros(3), np.zeros(3)
    assert one(n, b, modes, *free) == pytest.approx(one(n, elsewhere, modes, *free), abs=1e-4)


def test_many_histograms_are_each_what_they_are_alone() -> None:
    parts = [falling(bins, height, bins) for bins, height in ((20, 30.0), (35, 400.0), (12, 9.0))]
    offsets = np.cumsum([0, *(len(n) for n, _, _ in parts)])
    modes = np.concatenate([a * b[:, None] for _, b, a in parts])
    n, b = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    z = profiled_significances(offsets, n, b, modes, np.zeros((3, 3)), np.zeros((3, 3)))
    alone = [one(*part, np.zeros(3), np.zeros(3)) for part in parts]
    assert np.array_equal(z, np.concatenate(alone))


def test_left_out_bins_change_nothing() -> None:
    n, b, modes = falling(30, 100.0, 7)
    with_gap = b.copy()
    with_gap[12] = np.nan
    z = one(n, with_gap, modes, np.zeros(3), np.zeros(3))
    assert np.isnan(z[12])
    assert np.isfinite(np.delete(z, 12)).all()
    changed = n.copy()
    changed[12] = 1e6
    again = one(changed, with_gap, modes, np.zeros(3), np.zeros(3))
    assert np.array_equal(np.delete(z, 12), np.delete(again, 12))


def test_no_more_bins_than_free_modes_say_nothing() -> None:
    n, b, modes = falling(3, 100.0, 8)
    assert np.isnan(one(n, b, modes, np.zeros(3), np.zeros(3))).all()


def test_an_empty_tail() -> None:
    n, b, modes = falling(30, 0.5, 9)
    n[15:] = 0
    z = one(n, b, modes, np.ones(3), np.zeros(3))
    assert np.isfinite(z).all()
    assert np.abs(z).max() < 4


def test_weights_are_events() -> None:
    n, b, modes = falling(30, 300.0, 10)
    free = np.zeros(3), np.zeros(3)
    z = one(0.25 * n, 0.25 * b, modes, *free, event_weight=np.full(30, 0.25))
    assert z == pytest.approx(one(n, b, modes, *free), abs=1e-6)


def test_significances_of_background_are_normal() -> None:
    bins, histograms = 40, 400
    random = np.random.default_rng(1)
    _, b, modes = falling(bins, 300.0, 1)
    n = random.poisson(np.tile(b, histograms)).astype(float)
    offsets = np.arange(histograms + 1) * bins
    none = np.zeros((histograms, 3))
    z = profiled_significances(
        offsets, n, np.tile(b, histograms), np.tile(modes * b[:, None], (histograms, 1)), none, none
    )
    middle = z.reshape(histograms, bins)[:, bins // 2]
    assert abs(middle.mean()) < 0.15
    assert middle.std() == pytest.approx(1, abs=0.1)


def test_arrays_that_do_not_fit() -> None:
    n, b, modes = falling(10, 10.0, 1)
    with pytest.raises(ValueError, match="modes of shape"):
        profiled_significances([0, 10], n, b, modes[:5], np.zeros((1, 3)), np.zeros((1, 3)))
    with pytest.raises(ValueError, match="must be of shape"):
        profiled_significances([0, 10], n, b, modes, np.zeros((2, 3)), np.zeros((1, 3)))


@pytest.mark.parametrize("height", [2.0, 20.0, 500.0])
@pytest.mark.parametrize("width", [1.0, 3.0])
def test_the_largest_are_found_without_the_others(height: float, width: float) -> None:
    parts = [falling(random_bins, height, seed) for seed, random_bins in enumerate([20, 45] * 40)]
    offsets = np.cumsum([0, *(len(n) for n, _, _ in parts)])
    modes = np.concatenate([a * b[:, None] for _, b, a in parts])
    n, b = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    none = np.zeros((len(parts), 3))
    every = profiled_significances(offsets, n, b, modes, none, none, width_bins=width)
    some, widths = profiled_scan(offsets, n, b, modes, none, none, [width], skip=0.0)
    assert np.isnan(some).sum() > 0.3 * len(some)
    assert np.array_equal(np.isnan(some), np.isnan(widths))
    for start, stop in pairwise(offsets):
        assert np.nanmax(some[start:stop]) == pytest.approx(np.nanmax(every[start:stop]), abs=1e-6)
    later, _ = profiled_scan(offsets, n, b, modes, none, none, [width], skip=0.5)
    for start, stop in pairwise(offsets):
        middle = start + (stop - start) // 2
        assert np.isnan(later[start:middle]).all()
        assert np.nanmax(later[start:stop]) == pytest.approx(
            np.nanmax(every[middle:stop]), abs=1e-6
        )


def test_of_several_widths_the_most_significant() -> None:
    n, b, modes = falling(40, 200.0, 11)
    n[20] += 120
    n[33] += 25
    none = np.zeros((1, 3))
    z, widths = profiled_scan([0, 40], n, b, modes * b[:, None], none, none, [1.0, 2.0, 3.0])
    alone = [one(n, b, modes, none[0], none[0], width_bins=width) for width in (1.0, 2.0, 3.0)]
    assert z == pytest.approx(np.max(alone, axis=0), abs=1e-6)
    assert widths == pytest.approx(np.argmax(alone, axis=0) + 1.0)
    best, _ = profiled_scan(
        [0, 40], n, b, modes * b[:, None], none, none, [1.0, 2.0, 3.0], skip=0.0
    )
    assert np.nanmax(best) == pytest.approx(np.max(z), abs=1e-9)
