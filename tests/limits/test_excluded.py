"""Excluded lifetimes."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.limits.errors import ResultError
from bumpcast.limits.excluded import excluded_ranges


def test_power_laws_cross_exactly():
    ctau = np.array([0.1, 1.0, 10.0, 100.0])
    (found,) = excluded_ranges(ctau, np.array([10.0, 0.1, 0.1, 1.0]), 0.5)
    assert found.low == pytest.approx(0.1 * 20 ** (1 / 2))
    assert found.high == pytest.approx(10 * 5.0)
    assert not found.low_open
    assert not found.high_open


def test_ranges_that_end_where_limits_do_are_open():
    ctau = np.array([0.1, 1.0, 10.0, 100.0])
    (found,) = excluded_ranges(ctau, np.array([np.inf, 0.1, 0.1, 0.2]), 0.5)
    assert (found.low, found.low_open, found.high, found.high_open) == (1.0, True, 100.0, True)
    assert str(found) == "at least from 1 m to 100 m at least"


def test_nothing_and_two_ranges():
    ctau = np.geomspace(1, 16, 5)
    limit = np.array([1.0, 3.0, 1.0, 3.0, 1.0])
    assert excluded_ranges(ctau, limit, 0.5) == []
    assert len(excluded_ranges(ctau, limit, 2.0)) == 3


def test_a_cross_section_is_above_zero():
    with pytest.raises(ResultError, match="above 0"):
        excluded_ranges(np.ones(1), np.ones(1), 0.0)
