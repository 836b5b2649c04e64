"""Whether probabilities are frequencies."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.closure.reliability import (
    BINS,
    LEAST_EXPECTED,
    cross_entropy_of,
    reliabilities,
    reliability,
    wilson,
)
from tests.surrogates.closure.toys import CLASSES, Toy, toy_events


def test_true_probabilities_are_on_the_diagonal():
    inside = []
    for seed in (1, 2, 3, 4):
        events = toy_events(60_000, seed, weights=True)
        found = reliabilities(events, Toy().probabilities(events.pairs), CLASSES)
        assert set(found) == set(CLASSES[1:])
        for one in found.values():
            assert len(one.events) > BINS
            assert one.chi2 < one.degrees + 4 * math.sqrt(2 * one.degrees)
            assert one.events.sum() == 60_000
            assert one.brier < one.brier_constant
            inside.append((one.low <= one.predicted) & (one.predicted <= one.high))
    # 68 % intervals of more than a hundred points.
    assert 0.55 < np.concatenate(inside).mean() < 0.8


def test_wrong_probabilities_are_not():
    events = toy_events(200_000)
    for one in reliabilities(events, Toy(0.8).probabilities(events.pairs), CLASSES).values():
        assert np.median(one.observed / one.predicted) == pytest.approx(1.25, abs=0.05)
        assert one.chi2 > 5 * one.degrees


def test_the_sums_are_those_of_a_plain_loop():
    events = toy_events(3000, weights=True)
    probable = Toy().probabilities(events.pairs)[:, 1]
    decided = (events.decision == 1).astype(float)
    weight = events.pairs.weight
    found = reliability(decided, probable, weight)
    order = sorted(range(3000), key=lambda event: probable[event])
    place = 0
    for number, size in enumerate(found.events):
        part = order[place : place + int(size)]
        place += int(size)
        total = sum(weight[event] for event in part)
        predicted = sum(weight[event] * probable[event] for event in part) / total
        observed = sum(weight[event] * decided[event] for event in part) / total
        assert found.predicted[number] == pytest.approx(predicted)
        assert found.observed[number] == pytest.approx(observed)
    assert place == 3000
    brier = sum(w * (p - d) ** 2 for w, p, d in zip(weight, probable, decided, strict=True))
    assert found.brier == pytest.approx(brier / weight.sum())


def test_each_bin_but_the_lowest_expects_the_same():
    probable = np.linspace(1e-4, 0.5, 100_000)
    found = reliability(np.zeros(100_000), probable, np.ones(100_000))
    expected = found.events * found.predicted
    assert expected[-BINS + 1 :] == pytest.approx(probable.sum() / BINS, rel=0.01)
    assert expected[0] >= LEAST_EXPECTED * 0.99
    assert expected[0] < 2 * LEAST_EXPECTED
    assert np.all(np.diff(found.predicted) > 0)


def test_equal_probabilities_stay_together_and_zeros_are_counted():
    probable = np.repeat([0.0, 0.1, 0.4], 100)
    decided = np.zeros(300)
    decided[:2] = 1
    found = reliability(decided, probable, np.ones(300))
    assert found.predicted == pytest.approx([0.1, 0.4])
    assert found.observed.tolist() == [0, 0]
    assert (found.certain_events, found.certain_selected) == (100, 2)
    assert np.all(found.high > 0)
    nothing = reliability(decided, np.zeros(300), np.ones(300))
    assert (len(nothing.events), nothing.degrees) == (0, 0)


def test_the_interval_of_wilson():
    # E. B. Wilson's formula at one standard deviation, by hand: of 10 events, 2.
    low, high = wilson(0.2, 10)
    for end in (low, high):
        assert (end - 0.2) ** 2 == pytest.approx(end * (1 - end) / 10)
    assert wilson(0.0, 10) == (0.0, pytest.approx(1 / 11))
    assert wilson(1.0, 10) == pytest.approx((10 / 11, 1.0))


def test_cross_entropy():
    events = toy_events(100)
    even = np.full((100, 3), 1 / 3)
    assert cross_entropy_of(events, even) == pytest.approx(math.log(3))
    impossible = even.copy()
    impossible[7, events.decision[7]] = 0.0
    assert cross_entropy_of(events, impossible) == math.inf
    of_no_weight = np.where(np.arange(100) == 7, 0.0, 1.0)
    weighted = replace(events, pairs=replace(events.pairs, weight=of_no_weight))
    assert cross_entropy_of(weighted, impossible) == pytest.approx(math.log(3))
    unknown = even.copy()
    unknown[:, 2] = np.nan
    assert math.isnan(cross_entropy_of(events, unknown))
