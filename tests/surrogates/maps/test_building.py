"""Maps of one's own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.maps.binning import PUBLISHED, LlpBinning
from bumpcast.surrogates.maps.building import MapBuildingError, build_map
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMapError
from bumpcast.surrogates.maps.published import published_map

CLASSES = ("not selected", "A", "B")
BINS = LlpBinning((0, 2, math.inf), (0, 4, math.inf), (0, 100, math.inf), (4, 5, 6, 15))


def weighted(pairs, seed=2, negative=0.0):
    random = np.random.default_rng(seed)
    signs = np.where(random.random(len(pairs)) < negative, -1, 1)
    return replace(pairs, weight=random.uniform(0.5, 2, len(pairs)) * signs)


def plain(pairs, decision, bins):
    """Return probability, error and number of events of each pair of bins, event by event."""
    cells: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for event, (i, j) in enumerate(bins.indices(pairs).tolist()):
        cell = cells.setdefault((max(i, j), min(i, j)), [])
        cell.append((pairs.weight[event], decision[event]))
    found = {}
    for cell, events in cells.items():
        total = math.fsum(weight for weight, _ in events)
        for number in (1, 2):
            p = math.fsum(weight for weight, one in events if one == number) / total
            variance = math.fsum(weight**2 * ((one == number) - p) ** 2 for weight, one in events)
            found[(number, *cell)] = (p, math.sqrt(variance) / total)
    return found


def test_a_map_as_a_plain_loop_builds_it(random_pairs):
    pairs = weighted(random_pairs(3000))
    decision = np.random.default_rng(5).choice(3, 3000, p=(0.6, 0.3, 0.1))
    built = build_map(pairs, decision, CLASSES, BINS, name="mine", description="of a test")
    expected = plain(pairs, decision, BINS)
    reached = {cell[1:] for cell in expected}
    assert built.filled is not None
    assert built.errors is not None
    for i in range(len(BINS)):
        for j in range(i + 1):
            assert built.filled[i, j] == built.filled[j, i] == ((i, j) in reached)
            for number in (1, 2):
                p, error = expected.get((number, i, j), (0.0, 0.0))
                assert built.table[number - 1, i, j] == pytest.approx(p, abs=1e-14)
                assert built.table[number - 1, j, i] == pytest.approx(p, abs=1e-14)
                assert built.errors[number - 1, i, j] == pytest.approx(error, abs=1e-14)
    assert not built.outside(pairs).any()


def test_a_binomial_error():
    both = np.ones((100, 2))
    pairs = LlpPairs(
        pt=both, eta=0 * both, mass=both, child=np.full((100, 2), 5), weight=np.full(100, 3.0),
        copied=np.zeros(100, np.bool_), lxy=both, lz=both,
    )  # fmt: skip
    built = build_map(pairs, (np.arange(100) < 20).astype(np.int64), CLASSES[:2], name="one")
    assert built.table[0, 1, 1] == pytest.approx(0.2)
    assert built.errors[0, 1, 1] == pytest.approx(math.sqrt(0.2 * 0.8 / 100))
    assert built.filled.sum() == 1


def test_the_closure_of_a_map_on_its_own_events_is_exact(random_pairs):
    pairs = weighted(random_pairs(20_000))
    truth = published_map("high-ET").probabilities(pairs)[:, 1]
    decision = (np.random.default_rng(7).random(20_000) < truth).astype(np.int64)
    built = build_map(pairs, decision, CLASSES[:2], name="again")
    of_map = pairs.weight @ built.probabilities(pairs)[:, 1]
    assert of_map == pytest.approx(pairs.weight @ (decision == 1))


def test_errors_are_as_large_as_differences_from_the_truth(random_pairs):
    bins = replace(PUBLISHED, lxy=(0.0, math.inf), lz=(0.0, math.inf), pt=(0.0, math.inf))
    pairs = random_pairs(50_000)
    shares = np.linspace(0.05, 0.9, 8)
    truth = (shares[:, None] + shares) / 2
    squared = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        of_event = shares[bins.indices(pairs)].mean(axis=1)
        decision = (random.random(len(pairs)) < of_event).astype(np.int64)
        built = build_map(pairs, decision, CLASSES[:2], bins, name="of shares")
        pulls = (built.table[0] - truth) / built.errors[0]
        squared.append(np.mean(pulls[np.tril_indices(8)] ** 2))
    assert 0.83 < np.mean(squared) < 1.17


def test_weights_of_both_signs(random_pairs):
    bins = replace(PUBLISHED, lxy=(0.0, math.inf), lz=(0.0, math.inf), pt=(0.0, math.inf))
    pairs = weighted(random_pairs(20_000), negative=0.2)
    decision = np.random.default_rng(5).choice(3, len(pairs), p=(0.4, 0.4, 0.2))
    built = build_map(pairs, decision, CLASSES, bins, name="nlo")
    expected = plain(pairs, decision, bins)
    for (number, i, j), (p, error) in expected.items():
        assert built.table[number - 1, i, j] == pytest.approx(p, abs=1e-12)
        assert built.errors[number - 1, i, j] == pytest.approx(error, abs=1e-12)


def test_weights_that_give_no_probability_are_told(random_pairs):
    pairs = weighted(random_pairs(2000), negative=0.3)
    decision = np.random.default_rng(5).choice(3, len(pairs), p=(0.4, 0.4, 0.2))
    with pytest.raises(
        MapBuildingError,
        match=r"w.csv: in [\d,]+ of [\d,]+ pairs of bins the weights.*Most events, \d+, are in "
        r"bins \d+ \(decay=.* with sums of weights .* of 'not selected', .* wider bins",
    ):
        build_map(pairs, decision, CLASSES, name="nlo", where="w.csv")


def test_events_of_weight_zero_reach_nothing(random_pairs):
    pairs = random_pairs(2)
    numbers = PUBLISHED.indices(pairs)
    pairs = replace(pairs, weight=np.array([1.0, 0.0]))
    built = build_map(pairs, np.array([1, 1]), CLASSES, name="one event")
    assert built.filled[tuple(numbers[0])]
    assert not built.filled[tuple(numbers[1])]
    with pytest.raises(MapBuildingError, match="all weights are zero"):
        build_map(replace(pairs, weight=np.zeros(2)), np.array([1, 1]), CLASSES, name="none")


def test_mistakes(random_pairs):
    pairs = random_pairs(3)
    with pytest.raises(MapBuildingError, match="3 events with 2 decisions"):
        build_map(pairs, np.array([0, 1]), CLASSES, name="x")
    with pytest.raises(MapBuildingError, match="decision is 3 in event 1, and there are classes 0"):
        build_map(pairs, np.array([0, 3, 1]), CLASSES, name="x")
    with pytest.raises(EfficiencyMapError, match="the first is 'not selected'"):
        build_map(pairs, np.array([0, 1, 1]), ("A", "B"), name="x")
