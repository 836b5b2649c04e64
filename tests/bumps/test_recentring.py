"""Bootstrap replicas as pseudo-data of the background."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bumpcast.bumps.recentring import recentre


def test_probabilities_are_kept() -> None:
    """The quantile of the result is that of the replica, up to what one number is worth."""
    random = np.random.default_rng(1)
    observed = np.floor(10 ** random.uniform(0, 4.5, 3000))
    expected = observed * random.uniform(0.5, 2.0, 3000)
    u = np.concatenate([random.random(2000), 10 ** random.uniform(-9, -1, 500)])
    u = np.concatenate([u, 1 - 10 ** random.uniform(-9, -1, 500)])
    counts = stats.poisson.ppf(u, observed)
    found = recentre(counts, observed, expected, replica=3)
    low = stats.poisson.cdf(counts - 1, observed), stats.poisson.sf(counts - 1, observed)
    high = stats.poisson.cdf(counts, observed), stats.poisson.sf(counts, observed)
    # Somewhere in the count's own step lies the level whose quantile was taken.
    assert np.all(stats.poisson.cdf(found, expected) >= low[0] * (1 - 1e-9))
    assert np.all(stats.poisson.cdf(found - 1, expected) <= high[0] * (1 + 1e-9))
    assert np.all(stats.poisson.sf(found, expected) <= low[1] * (1 + 1e-9))
    assert np.all(stats.poisson.sf(found - 1, expected) >= high[1] * (1 - 1e-9))


@pytest.mark.parametrize(
    ("data", "background"), [(30, 20.0), (12, 14.5), (3, 9.0), (0, 2.0), (7.3, 6.1)]
)
def test_replicas_of_the_data_become_poisson_numbers_of_the_background(
    data: float, background: float
) -> None:
    random = np.random.default_rng(2)
    replicas = 6000
    found = np.concatenate(
        [
            recentre([float(random.poisson(data))], [float(data)], [background], replica=replica)
            for replica in range(replicas)
        ]
    )
    numbers = np.arange(int(background + 12 * np.sqrt(background)))
    expected = stats.poisson.pmf(numbers, background) * replicas
    seen = np.bincount(found.astype(int), minlength=len(numbers))
    group = np.floor(np.cumsum(expected) / 30).astype(int)
    sums = [np.bincount(group, weights=column) for column in (seen, expected)]
    filled = sums[1] > 10
    scale = sums[0][filled].sum() / sums[1][filled].sum()
    assert stats.chisquare(sums[0][filled], sums[1][filled] * scale).pvalue > 1e-3


def test_what_bins_share_stays_shared() -> None:
    random = np.random.default_rng(3)
    one, two, copy = [], [], []
    for replica in range(3000):
        common, left, right = random.poisson([40, 20, 30])
        counts = np.array([common + left, common + right, common + left], float)
        found = recentre(counts, [60.0, 70.0, 60.0], [50.0, 65.0, 50.0], replica=replica)
        one.append(found[0])
        two.append(found[1])
        copy.append(found[2])
    assert one == copy
    expected = 40 / np.sqrt(60 * 70)
    assert np.corrcoef(one, two)[0, 1] == pytest.approx(expected, abs=0.04)


def test_bins_without_a_background() -> None:
    found = recentre([3.0, 2.0], [4.0, 1.0], [np.nan, 0.0], replica=0)
    np.testing.assert_array_equal(found, [np.nan, 0.0])


@pytest.mark.parametrize(
    ("counts", "observed", "words"),
    [
        ([1.5], [2.0], "whole numbers"),
        ([-1.0], [2.0], "whole numbers"),
        ([1.0], [-2.0], "means that are not negative"),
        ([1.0], [2.0, 1.0], "each bin"),
    ],
)
def test_what_is_no_replica_is_refused(
    counts: list[float], observed: list[float], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        recentre(counts, observed, [1.0], replica=0)
