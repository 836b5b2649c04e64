"""What of a tower belongs to its tracks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bumpcast.simulate.detector.energy_sharing import rescale, shared


def test_a_significant_excess_is_neutral() -> None:
    assert shared(20.0, 2.0, 10.0, 9.0, 1.0, 2.0) == (10.0, 1.0)  # 10 / sqrt(13) = 2.8
    assert shared(20.0, 2.0, 0.0, 0.0, 1.0, 2.0) == (20.0, 1.0)
    assert shared(0.9, 0.1, 0.0, 0.0, 1.0, 2.0) == (0.0, 1.0)  # below the least energy


def test_without_an_excess_tracks_go_to_the_weighted_mean() -> None:
    excess, factor = shared(14.0, 2.0, 10.0, 9.0, 1.0, 2.0)
    assert excess == 0.0
    assert factor == pytest.approx((10 / 9 + 14 / 4) / (1 / 9 + 1 / 4) / 10)


def test_a_tower_that_is_not_significant_still_pulls_its_tracks_down() -> None:
    assert shared(0.0, 3.0, 10.0, 9.0, 1.0, 2.0) == (0.0, pytest.approx(0.5))


def test_nothing_is_known_of_tracks_and_towers_without_uncertainty() -> None:
    assert shared(5.0, 0.0, 6.0, 0.0, 1.0, 2.0) == (0.0, 1.0)
    assert shared(0.0, 0.0, 0.0, 0.0, 1.0, 2.0) == (0.0, 1.0)


def test_scaling_keeps_the_mass() -> None:
    momenta = np.array([[3.0], [4.0], [12.0], [math.sqrt(169.0 + 4.0)]])
    scaled = np.zeros((4, 2))
    rescale(0.5, 2.0, momenta, 0, scaled, 1)
    np.testing.assert_allclose(scaled[:, 1], [1.5, 2.0, 6.0, math.sqrt(42.25 + 4.0)])
    rescale(1.0, 2.0, momenta, 0, scaled, 0)
    np.testing.assert_array_equal(scaled[:, 0], momenta[:, 0])
