"""How much a description rises, against scipy's monotone regression."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import isotonic_regression
from scipy.special import xlogy

from bumpcast.bumps.backgrounds.rising import rise


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_nearest_falling_rate(seed: int) -> None:
    random = np.random.default_rng(seed)
    width = random.uniform(1, 3, 30)
    share = random.uniform(0.5, 2, 30)
    expected = 50 * width * np.exp(random.normal(0, 0.3, 30) - np.arange(30) / 20)
    top = int(np.argmax(expected / width))
    rate = isotonic_regression(
        (expected / width)[top:], weights=(share * width)[top:], increasing=False
    ).x
    near, falling, f = expected[top:], rate * width[top:], share[top:]
    wanted = 2 * np.sum(f * (falling - near + xlogy(near, near / falling)))
    assert wanted > 1
    assert rise(share, width, expected) == pytest.approx(wanted, rel=1e-9)


def test_what_falls_does_not_rise_and_what_is_before_the_maximum_may() -> None:
    ones = np.ones(20)
    assert rise(ones, ones, np.linspace(50, 10, 20)) == pytest.approx(0, abs=1e-12)
    assert rise(ones, ones, np.r_[np.linspace(5, 50, 10), np.linspace(50, 10, 10)]) < 1e-12
    step = np.r_[np.full(10, 100.0), np.full(5, 50.0), np.full(5, 70.0)]
    assert rise(ones, ones, step) > 5
    # fewer events say less, and bins that are not looked at nothing
    assert rise(0.1 * ones, ones, step) == pytest.approx(0.1 * rise(ones, ones, step))
    hidden = np.r_[np.ones(10), np.zeros(5), np.ones(5)]
    assert rise(hidden, ones, step) < 0.01
