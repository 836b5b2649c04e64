from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from benchmarks.against_delphes.statistics import apart, ratio_of_shares, ratio_of_sums, shapes

RANDOM = np.random.default_rng(5)


def test_distance_is_that_of_kolmogorov_and_smirnov() -> None:
    first, second = RANDOM.normal(size=300), RANDOM.normal(0.2, 1, 200)
    found = apart(first, np.arange(300), second, np.arange(200))
    assert found.distance == pytest.approx(ks_2samp(first, second).statistic)


def test_distance_of_whole_numbers() -> None:
    first, second = RANDOM.poisson(2, 300), RANDOM.poisson(2.5, 200)
    found = apart(first, np.arange(300), second, np.arange(200))
    assert found.distance == pytest.approx(ks_2samp(first, second).statistic)


def test_probability_is_even_where_only_chance_differs() -> None:
    # what the events have in common must not make the distances look small
    probabilities = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        common = random.normal(size=150)
        first, second = (common + 0.5 * random.normal(size=150) for _ in range(2))
        probabilities.append(apart(first, np.arange(150), second, np.arange(150)).probability)
    # distances are multiples of 1/150, of which several are equal: a bit on the safe side
    assert 0.4 < np.mean(probabilities) < 0.7
    assert 0.05 < np.mean(np.array(probabilities) < 0.2) < 0.35


def test_error_of_a_ratio_leaves_out_what_is_common() -> None:
    ratios = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        common = random.poisson(5, 400)
        first, second = random.binomial(common, 0.9), random.binomial(common, 0.9)
        ratios.append(ratio_of_sums(first, second))
    spread = np.std([ratio.value for ratio in ratios])
    assert np.mean([ratio.error for ratio in ratios]) == pytest.approx(spread, rel=0.15)


def test_error_of_a_ratio_of_shares() -> None:
    ratios = []
    for seed in range(200):
        random = np.random.default_rng(seed)
        there = random.poisson(3, 400)
        first, second = random.binomial(there, 0.7), random.binomial(there, 0.7)
        ratios.append(ratio_of_shares((first, there), (second, there)))
    spread = np.std([ratio.value for ratio in ratios])
    assert np.mean([ratio.error for ratio in ratios]) == pytest.approx(spread, rel=0.15)


def test_middle_and_width_of_the_same_values_are_one_without_an_error() -> None:
    random = np.random.default_rng(3)
    values, events = random.normal(1.0, 0.1, 3000), np.arange(3000)
    same = shapes((values, events), (values, events), 3000)
    assert (same.middle.value, same.middle.error) == (1.0, 0.0)
    assert same.ours[0] == pytest.approx(1.0, abs=0.01)
    assert same.ours[1] == pytest.approx(0.1, rel=0.05)


def test_a_wider_response_is_noticed() -> None:
    random = np.random.default_rng(4)
    events = np.arange(4000)
    narrow, wide = (random.normal(1.0, width, 4000) for width in (0.1, 0.12))
    found = shapes((wide, events), (narrow, events), 4000)
    assert found.width.value == pytest.approx(1.2, abs=4 * found.width.error)
    assert 0.005 < found.width.error < 0.04
