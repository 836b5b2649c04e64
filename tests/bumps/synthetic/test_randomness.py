"""Random numbers of histograms have the distributions they are named after."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, poisson

from bumpcast.bumps.synthetic import randomness


@pytest.mark.parametrize("mean", [0.02, 1.5, 9.99, 10.01, 37.0, 2e3, 1e5])
def test_poisson(mean: float) -> None:
    number = 20_000
    state = randomness.start(randomness.key(1, "test"), 0, 0)
    drawn = np.empty(number)
    for k in range(number):
        # Python gets it as an int, which would go back as a signed one.
        state, drawn[k] = randomness.poisson(np.uint64(state), mean)
    assert abs(drawn.mean() - mean) < 4.5 * np.sqrt(mean / number)
    assert abs(drawn.var() / mean - 1) < 4.5 * np.sqrt((2 + 1 / mean) / number)
    # Whole numbers: made continuous by a uniform share of each one's probability.
    share = np.random.default_rng(2).random(number)
    smooth = poisson.cdf(drawn - 1, mean) + share * poisson.pmf(drawn, mean)
    assert kstest(smooth, "uniform").pvalue > 1e-4


def test_sequences_of_neighbours_are_unrelated() -> None:
    key = randomness.key(1, "train")

    def drawn(stage: int) -> np.ndarray:
        states = [np.uint64(randomness.start(key, k, stage)) for k in range(5000)]
        return np.array([randomness.uniform(state)[1] for state in states])

    first, other = drawn(0), drawn(1)
    assert kstest(first, "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.06
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.06
