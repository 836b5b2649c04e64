"""Any lifetime from one sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from llps_for_tests import some_pairs
from scipy.stats import kstest

from bumpcast.surrogates.lifetime import (
    LifetimeError,
    decayed,
    lifetime_weights,
    proper_lengths,
    unit_decays,
)


def test_decays_are_exponential_and_of_each_particle():
    numbers, copied = np.arange(20_000), np.zeros(20_000, bool)
    lengths = unit_decays(numbers, copied, name="a")
    assert kstest(lengths.ravel(), "expon").pvalue > 1e-3
    assert abs(np.corrcoef(lengths.T)[0, 1]) < 0.03
    assert not np.any(unit_decays(numbers, copied, name="b") == lengths)
    assert not np.any(unit_decays(numbers, copied, name="a", draw=1) == lengths)


def test_decays_follow_from_the_events_own_number():
    copied = np.zeros(100, bool)
    whole = unit_decays(np.arange(100), copied, name="a")
    part = unit_decays(np.arange(40, 60), copied[:20], name="a")
    assert part.tolist() == whole[40:60].tolist()


def test_what_stands_twice_decays_once():
    copied = np.array([False, True, True])
    lengths = unit_decays(np.arange(3), copied, name="a")
    assert (lengths[:, 0] == lengths[:, 1]).tolist() == [False, True, True]


def test_where_they_decay():
    pairs = some_pairs(50)
    lengths = np.random.default_rng(1).exponential(1, (50, 2))
    placed = decayed(pairs, lengths, 1.5)
    pz = pairs.pt * np.sinh(pairs.eta)
    np.testing.assert_allclose(placed.lxy, lengths * 1.5 * pairs.pt / pairs.mass)
    np.testing.assert_allclose(placed.lz, lengths * 1.5 * np.abs(pz) / pairs.mass)
    np.testing.assert_allclose(proper_lengths(placed), lengths * 1.5)


def test_weights_and_draws_agree():
    pairs, copied = some_pairs(100_000), np.zeros(100_000, bool)
    made = decayed(pairs, unit_decays(np.arange(100_000), copied, name="made"), 1.0)
    drawn = decayed(pairs, unit_decays(np.arange(100_000), copied, name="drawn"), 0.6)
    weights = lifetime_weights(made, 1.0, 0.6)
    assert weights.mean() == pytest.approx(1, abs=0.02)

    def seen(placed):
        return ((placed.lxy > 1.5) & (placed.lxy < 4)).all(axis=1)

    by_weights, by_draws = np.mean(weights * seen(made)), np.mean(seen(drawn))
    error = np.hypot(np.std(weights * seen(made)), np.std(seen(drawn))) / 100_000**0.5
    assert abs(by_weights - by_draws) < 4 * error


def test_a_copy_is_weighted_once():
    pairs = replace(some_pairs(4), copied=np.array([True, False, True, False]))
    both = lifetime_weights(replace(pairs, copied=np.zeros(4, bool)), 1.0, 2.0)
    once = lifetime_weights(pairs, 1.0, 2.0)
    length = proper_lengths(pairs)[0, 0]
    assert once[0] == pytest.approx(0.5 * np.exp(0.5 * length))
    assert once[1] == both[1]


@pytest.mark.parametrize("ctau", [0.0, -1.0, np.nan, np.inf])
def test_lifetimes_that_cannot_be(ctau):
    pairs = some_pairs(2)
    with pytest.raises(LifetimeError, match=r"c tau = .* m: a mean proper decay length"):
        decayed(pairs, np.ones((2, 2)), ctau)
    with pytest.raises(LifetimeError):
        lifetime_weights(pairs, 1.0, ctau)


def test_particles_without_a_lifetime():
    pairs = some_pairs(3)
    mass = pairs.mass.copy()
    mass[1, 0] = 0
    with pytest.raises(LifetimeError, match="event 1 has an LLP of 0 GeV"):
        decayed(replace(pairs, mass=mass), np.ones((3, 2)), 1.0)
    with pytest.raises(LifetimeError, match="not known where"):
        proper_lengths(replace(pairs, lxy=None))
    with pytest.raises(LifetimeError, match="event 0 has an LLP at rest"):
        proper_lengths(replace(pairs, pt=0 * pairs.pt))
