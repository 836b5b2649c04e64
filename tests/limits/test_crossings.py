"""Where a falling probability crosses a level."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from bumpcast.limits.crossings import CrossingError, LevelError, crossings


def falling(*scales):
    tried = []

    def cls_of(strength):
        tried.append(strength)
        return np.array([2 * norm.sf(strength / scale) for scale in scales])

    return cls_of, tried


def test_crossings_are_found_wherever_they_are():
    scales = (0.003, 0.5, 1.0, 40.0)
    cls_of, tried = falling(*scales)
    found = crossings(cls_of, 0.95, (0.25, 0.5, 1.0, 2.0))
    assert found == pytest.approx(np.array(scales) * norm.isf(0.025), rel=1e-4)
    assert len(tried) == len(set(tried)) < 40


def test_few_strengths_are_tried_where_the_first_are_near():
    cls_of, tried = falling(0.3, 0.5, 0.7)
    crossings(cls_of, 0.95, (0.25, 0.5, 1.0, 2.0))
    assert len(tried) <= 10


def test_what_is_never_excluded_has_no_limit():
    found = crossings(lambda strength: np.array([0.3, math.exp(-strength)]), 0.95, (1.0,))
    assert math.isinf(found[0])
    assert found[1] == pytest.approx(-math.log(0.05), rel=1e-3)


def test_the_limit_is_above_all_that_is_allowed():
    # CLs dips below 5 % and rises again.
    def cls_of(strength):
        return np.array([0.01 if 1 < strength < 2 else math.exp(-strength / 2)])

    found = crossings(cls_of, 0.95, (0.5, 1.5, 2.5, 20.0))
    assert found[0] == pytest.approx(-2 * math.log(0.05), rel=1e-3)


def test_a_jump_is_a_limit():
    found = crossings(lambda strength: np.array([1.0 if strength < 3.3 else 0.0]), 0.95, (1.0,))
    assert found[0] == pytest.approx(3.3, rel=2e-4)


def test_nonsense_is_told():
    random = np.random.default_rng(1)
    with pytest.raises(CrossingError, match="not a number"):
        crossings(lambda strength: np.array([math.nan]), 0.95, (1.0,))
    with pytest.raises(LevelError, match="between 0 and 1"):
        crossings(lambda strength: random.random(1), 95, (1.0,))
