"""Scaling to a luminosity, and pseudo-data against scipy's Poisson distribution."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bumpcast.config.datasets import DatasetConfig
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.massscan.filling.normalise import NormalisationError, draw_multiplicities, scale_of

EVENTS = 40_000


def draw(means: np.ndarray, seed: int = 1, file: str = "f", first: int = 0) -> np.ndarray:
    return draw_multiplicities(means, seed, file, np.arange(first, first + len(means)))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("mean", [0.1, 5.0, 499.0, 700.0, 1800.0])
def test_numbers_are_poisson_distributed(mean: float, seed: int) -> None:
    drawn = draw(np.full(EVENTS, mean), seed)
    assert drawn.dtype == np.int64
    assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / EVENTS))
    # The variance of a sample variance of Poisson numbers is (mu + 2 mu^2) / n.
    assert drawn.var() == pytest.approx(mean, abs=4 * np.sqrt((mean + 2 * mean**2) / EVENTS))
    low, high = stats.poisson.ppf([0.001, 0.999], mean).astype(int)
    numbers = np.arange(low, high + 1)
    expected = stats.poisson.pmf(numbers, mean) * EVENTS
    expected[0] = stats.poisson.cdf(low, mean) * EVENTS
    expected[-1] = stats.poisson.sf(high - 1, mean) * EVENTS
    found = np.bincount(np.clip(drawn, low, high) - low, minlength=len(numbers))
    # Numbers that are expected less than 20 times are counted with their neighbours.
    group = np.floor(np.cumsum(expected) / 20).astype(int)
    sums = [np.bincount(group, weights=column) for column in (found, expected)]
    filled = sums[1] > 0
    found, expected = sums[0][filled], sums[1][filled]
    expected *= found.sum() / expected.sum()
    assert stats.chisquare(found, expected).pvalue > 1e-3


def test_numbers_of_different_events_are_independent() -> None:
    drawn = draw(np.full(EVENTS, 3.0)).astype(float)
    other = draw(np.full(EVENTS, 3.0), file="g").astype(float)
    for left, right in [(drawn[1:], drawn[:-1]), (drawn, other)]:
        assert abs(np.corrcoef(left, right)[0, 1]) < 4 / np.sqrt(EVENTS)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 300), max_size=4),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**40),
)
def test_numbers_do_not_depend_on_chunks(cuts: list[int], seed: int, first: int) -> None:
    means = np.random.default_rng(0).uniform(0.0, 20.0, 300)
    limits = sorted({0, *cuts, 300})
    parts = [
        draw(means[low:high], seed, first=first + low) for low, high in itertools.pairwise(limits)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), draw(means, seed, first=first))


def test_the_seed_and_the_file_decide() -> None:
    means = np.full(100, 4.0)
    np.testing.assert_array_equal(draw(means, 3), draw(means, 3))
    assert np.any(draw(means, 3) != draw(means, 4))
    assert np.any(draw(means, 3, "a") != draw(means, 3, "b"))


def test_the_numbers_of_today_are_those_of_tomorrow() -> None:
    assert draw(np.full(8, 2.5), seed=42, file="ttbar/uuid").tolist() == GOLDEN


GOLDEN = [3, 5, 2, 2, 2, 2, 8, 4]


def test_events_that_stand_for_nothing_are_never_drawn() -> None:
    assert draw(np.zeros(50)).tolist() == [0] * 50
    assert draw(np.empty(0)).tolist() == []


@pytest.mark.parametrize(
    ("mean", "message"),
    [
        (-0.5, r"entry 11 has a negative weight \(-0.5 expected .* use mode 'luminosity'"),
        (np.nan, r"entry 11: nan expected events"),
        (np.inf, r"entry 11: inf expected events"),
        (2e6, r"entry 11: 2e\+06 expected events for a single simulated one"),
    ],
)
def test_means_that_cannot_be_drawn_are_refused(mean: float, message: str) -> None:
    with pytest.raises(NormalisationError, match=message):
        draw(np.array([1.0, mean, 1.0]), first=10)


def dataset(kind: str = "background", **values: float) -> DatasetConfig:
    return DatasetConfig.model_validate({"files": ["a"], "format": "f", "kind": kind} | values)


def test_the_scale_is_cross_section_times_luminosity() -> None:
    config = NormalisationConfig(mode="luminosity", luminosity_fb=139.0)
    top = dataset(cross_section_pb=500.0, k_factor=1.6, branching_ratio=0.5, filter_efficiency=0.25)
    expected = 500.0 * 1.6 * 0.5 * 0.25 * 139_000.0 / 8000.0
    assert scale_of("top", top, config, 8000.0) == pytest.approx(expected, rel=1e-15)
    assert scale_of("data", dataset("data"), config, 8000.0) == 1.0
    raw = NormalisationConfig(mode="raw")
    assert scale_of("top", top, raw, 8000.0) == 1.0


@pytest.mark.parametrize("sum_of_weights", [0.0, -3.0, np.nan])
def test_a_sum_of_weights_not_above_zero_is_refused(sum_of_weights: float) -> None:
    config = NormalisationConfig(mode="luminosity", luminosity_fb=1.0)
    with pytest.raises(NormalisationError, match=r"datasets.top: the generator weights sum to"):
        scale_of("top", dataset(cross_section_pb=1.0), config, sum_of_weights)


def test_scaling_needs_a_cross_section() -> None:
    config = NormalisationConfig(mode="luminosity", luminosity_fb=1.0)
    with pytest.raises(NormalisationError, match="needs cross_section_pb"):
        scale_of("top", dataset(), config, 1.0)
