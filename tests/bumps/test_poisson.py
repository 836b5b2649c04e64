"""Poisson numbers of any mean."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.poisson import poisson_numbers


def test_small_means_are_those_of_the_generator():
    means = np.array([[0.0, 0.3], [7.0, 4e9]])
    drawn = poisson_numbers(np.random.default_rng(1), means)
    assert np.array_equal(drawn, np.random.default_rng(1).poisson(means))


@pytest.mark.parametrize("mean", [2e15, 1e17, 1e20])
def test_large_ones_have_their_spread(mean: float):
    drawn = poisson_numbers(np.random.default_rng(2), np.full(4000, mean))
    pulls = (drawn - mean) / np.sqrt(mean)
    assert abs(pulls.mean()) < 0.06
    assert pulls.std() == pytest.approx(1.0, abs=0.05)
