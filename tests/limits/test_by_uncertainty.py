"""Limits for many uncertainties of the signal."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.limits.by_uncertainty import MOST, limits_by_uncertainty
from bumpcast.limits.counting import CountingResult
from bumpcast.limits.upper_limit import upper_limit

RESULT = CountingResult(26, 17.0, 5.0, 139.0)


def limit_of(uncertainty):
    return upper_limit(RESULT.likelihood(uncertainty))


def test_the_same_uncertainty_is_computed_once():
    limits, computed = limits_by_uncertainty(limit_of, np.array([0.25, 0.1, 0.25, 0.25]))
    assert len(computed) == 2
    assert np.array_equal(limits[[0, 0, 2]], limits[[2, 3, 3]])
    assert np.array_equal(limits[0], limit_of(0.25).all)


@pytest.mark.parametrize(("low", "high"), [(0.25, 0.26), (0.0, 1.1)])
def test_many_uncertainties_are_interpolated(low, high):
    many = np.linspace(low, high, 57)
    limits, computed = limits_by_uncertainty(limit_of, many)
    assert len(computed) == MOST
    for number in (0, 5, 23, 56):
        assert limits[number] == pytest.approx(limit_of(many[number]).all, rel=1e-3)
