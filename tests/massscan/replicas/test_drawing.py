"""Numbers of events in replicas against scipy's Poisson distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bumpcast.massscan.filling.normalise import NormalisationError
from bumpcast.massscan.replicas.drawing import draw_replicas
from bumpcast.randomness import event_start, key_of, stage_start

EVENTS, REPLICAS = 1500, 40


def draw(means: np.ndarray, seed: int = 1, file: str = "f", first: int = 0, number: int = REPLICAS):
    return draw_replicas(means, seed, file, np.arange(len(means)), first, number)


@pytest.mark.parametrize("mean", [0.003, 0.7, 1.0, 12.0, 260.0, 499.9, 1800.0])
def test_numbers_are_poisson_distributed(mean: float) -> None:
    drawn = draw(np.full(EVENTS, mean)).astype(np.int64).ravel()
    total = len(drawn)
    assert drawn.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / total))
    spread = np.sqrt((mean + 2 * mean**2) / total)
    assert drawn.var() == pytest.approx(mean, abs=4 * spread)
    low, high = stats.poisson.ppf([0.0005, 0.9995], mean).astype(int)
    numbers = np.arange(low, high + 1)
    expected = stats.poisson.pmf(numbers, mean) * total
    expected[0], expected[-1] = (
        stats.poisson.cdf(low, mean) * total,
        stats.poisson.sf(high - 1, mean) * total,
    )
    found = np.bincount(np.clip(drawn, low, high) - low, minlength=len(numbers))
    group = np.floor(np.cumsum(expected) / 40).astype(int)
    sums = [np.bincount(group, weights=column) for column in (found, expected)]
    filled = sums[1] > 0
    if filled.sum() > 1:
        found, expected = sums[0][filled], sums[1][filled]
        assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 1e-3


def test_probabilities_are_exact_at_the_limits() -> None:
    """A plain loop over the distribution function gives the same numbers."""
    mean, seen = 3.7, draw(np.full(40, 3.7), seed=9)
    key = key_of("replicas 9 f")
    for event in range(40):
        state = np.uint64(event_start(key, event))  # compiled code hands back plain numbers
        for replica in range(REPLICAS):
            probability = ((stage_start(state, replica) >> 11) + 0.5) / 2**53
            assert seen[event, replica] == stats.poisson.ppf(probability, mean)


def test_replicas_and_events_and_files_are_independent() -> None:
    drawn = draw(np.full(EVENTS, 1.0)).astype(float)
    limit = 4.5 / np.sqrt(EVENTS)
    correlations = np.corrcoef(drawn.T) - np.eye(REPLICAS)
    assert np.abs(correlations).max() < limit
    assert abs(np.corrcoef(drawn[1:, 0], drawn[:-1, 0])[0, 1]) < limit
    for other in (draw(np.full(EVENTS, 1.0), seed=2), draw(np.full(EVENTS, 1.0), file="g")):
        assert abs(np.corrcoef(drawn[:, 0], other[:, 0])[0, 1]) < limit


def test_a_number_follows_from_its_place_alone() -> None:
    means = np.random.default_rng(3).exponential(2.0, 300)
    whole = draw(means, number=30)
    np.testing.assert_array_equal(draw(means, first=7, number=5), whole[:, 7:12])
    later = draw_replicas(means[100:], 1, "f", np.arange(100, 300), 0, 30)
    np.testing.assert_array_equal(later, whole[100:])


def test_one_byte_grows_to_two_where_it_has_to() -> None:
    assert draw(np.full(10, 90.0)).dtype == np.uint8
    # 101 may not need two bytes, but is not known not to.
    assert draw(np.full(10, 101.0)).dtype == np.uint16


@pytest.mark.parametrize(
    ("mean", "words"),
    [(-0.5, "negative weights"), (1e6, "up to 50000"), (np.nan, "nan expected events")],
)
def test_impossible_means_are_refused(mean: float, words: str) -> None:
    with pytest.raises(NormalisationError, match=words):
        draw(np.array([1.0, mean]))


def test_no_replicas_are_refused() -> None:
    with pytest.raises(NormalisationError, match="one at least"):
        draw(np.ones(3), number=0)


def test_no_events() -> None:
    assert draw(np.empty(0)).shape == (0, REPLICAS)
