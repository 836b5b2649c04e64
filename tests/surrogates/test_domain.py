"""Events that a training had nothing like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.domain import Domain, mean_decay


@pytest.fixture(scope="module")
def domain():
    pairs = some_pairs(20_000)
    return Domain.of(pairs, [np.arange(10_000), np.arange(10_000, 20_000)])


def test_the_trainings_own_events_are_inside(domain):
    outside = domain.outside(some_pairs(20_000))
    # Two ends of eight ranges, some of which are of both LLPs' common mass.
    assert 0 < outside.mean() < 16 * 5e-4
    assert set(domain.ranges) == {
        f"llp{llp}_{word}" for llp in (1, 2) for word in ("mass", "pT", "eta", "boost")
    }
    assert domain.children == (4, 5, 15)


def test_other_masses_and_decays_are_outside(domain):
    assert domain.outside(some_pairs(50, masses=(20.0,))).all()
    assert domain.outside(some_pairs(50, masses=(300.0,))).all()
    assert domain.outside(some_pairs(50, flavours=(21,))).all()
    assert domain.outside(some_pairs(500, masses=(75.0,))).mean() < 0.02


def test_means_as_a_plain_loop_finds_them():
    pairs = some_pairs(300)
    lxy, lz = [], []
    for event in range(300):
        for llp in range(2):
            if abs(pairs.eta[event, llp]) < 1.5:
                lxy.append(pairs.lxy[event, llp])
            else:
                lz.append(pairs.lz[event, llp])
    assert mean_decay(pairs) == pytest.approx((np.mean(lxy), np.mean(lz)))
    central = replace(pairs, eta=0 * pairs.eta)
    assert np.isnan(mean_decay(central)[1])


def test_samples_that_decay_elsewhere(domain):
    low, high = domain.mean_lxy_m
    assert low < high < 1.2 * low
    assert domain.far_means(low, float("nan")) == []
    assert domain.far_means(high / 100, float("nan")) == [
        f"the mean Lxy is {high / 100:.3g} m, and the domain is {low:g} to {high:g} m"
    ]
    assert Domain({}).far_means(1e9, 1e9) == []
