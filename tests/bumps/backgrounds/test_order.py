from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from bumpcast.bumps.backgrounds.order import choose_orders

FOUR = np.array([2, 3, 4, 5])


@pytest.mark.parametrize(
    ("deviances", "wanted"),
    [
        ([60.0, 58.0, 57.0, 56.0], 0),
        ([60.0, 55.0, 54.0, 53.0], 1),
        # the next one does nothing, but the one after it does
        ([60.0, 59.9, 50.0, 49.5], 2),
        ([90.0, 70.0, 60.0, 50.0], 3),
        ([np.inf, 70.0, 69.0, 69.0], 1),
        ([np.inf, np.inf, np.inf, np.inf], -1),
        ([60.0, np.inf, 40.0, 39.0], 2),
    ],
)
def test_no_more_parameters_than_are_needed(deviances: list[float], wanted: int) -> None:
    assert choose_orders(np.array([deviances]), FOUR, "likelihood-ratio").tolist() == [wanted]


def test_thresholds_are_those_of_the_likelihood_ratio_test() -> None:
    for parameters in (FOUR, np.array([2, 4, 6, 8])):
        step = parameters[1] - parameters[0]
        for excess, wanted in ((-0.01, 0), (0.01, 1)):
            gain = chi2.isf(0.05, step) + excess
            found = choose_orders(
                np.array([[50.0, 50.0 - gain, 50.0 - gain, 50.0 - gain]]),
                parameters,
                "likelihood-ratio",
            )
            assert found.tolist() == [wanted]


def test_the_criterion_of_akaike_pays_two_a_parameter() -> None:
    deviances = np.array([[60.0, 57.9, 55.8, 55.0], [60.0, 58.1, 57.0, np.inf], [np.inf] * 4])
    assert choose_orders(deviances, FOUR, "aic").tolist() == [2, 0, -1]


def test_orders_that_are_not_needed_are_seldom_chosen() -> None:
    random = np.random.default_rng(3)
    gains = random.chisquare(1, (4000, 5))
    deviances = 100 - np.concatenate([np.zeros((4000, 1)), np.cumsum(gains, axis=1)], axis=1)
    chosen = choose_orders(deviances, np.arange(2, 8), "likelihood-ratio")
    # either test alone errs in 5 %, both together in less than 10 %
    assert 0.05 < np.mean(chosen > 0) < 0.10
    assert np.mean(choose_orders(deviances, np.arange(2, 8), "aic") > 0) > 0.2
