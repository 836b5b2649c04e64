"""The answer over the whole, overlapping set, on toys of which everything is known."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.likelihood import signed_significances
from bumpcast.bumps.overlap import flags_of, group_flags, window_counts
from bumpcast.bumps.peaks import Peaks, largest
from bumpcast.bumps.recentring import recentre
from bumpcast.bumps.whole_set import Tally, judge

BINS, COPIES, ALONE = 20, 10, 30
THRESHOLDS = (1.5, 2.0, 2.5)


class Overlapping:
    """Ten histograms of the same events, with a few of their own, and thirty without any."""

    def __init__(self) -> None:
        self.histograms = COPIES + ALONE
        self.offsets = np.arange(self.histograms + 1) * BINS
        shape = np.exp(-np.arange(BINS) / 8.0)
        self.common = 60.0 * shape
        self.own = 15.0 * shape
        self.alone = np.tile(50.0 * shape, ALONE)
        self.expected = np.concatenate([np.tile(self.common + self.own, COPIES), self.alone])

    def draw(self, random: np.random.Generator, scale: tuple[np.ndarray, ...] | None = None):
        common, own, alone = scale or (self.common, np.tile(self.own, COPIES), self.alone)
        drawn = random.poisson(common), random.poisson(own), random.poisson(alone)
        counts = np.concatenate([np.tile(drawn[0], COPIES) + drawn[1], drawn[2]])
        return counts.astype(float), tuple(part.astype(float) for part in drawn)

    def search(self, counts: np.ndarray) -> Peaks:
        z = signed_significances(self.offsets, counts, self.expected)
        return largest(self.offsets, z)


@pytest.fixture(scope="module")
def truth() -> tuple[Overlapping, dict[float, np.ndarray]]:
    """Return the toy and, from many independent data sets, the number of flags in each."""
    toy, random = Overlapping(), np.random.default_rng(11)
    numbers: dict[float, list[int]] = {threshold: [] for threshold in THRESHOLDS}
    for _ in range(3000):
        z = toy.search(toy.draw(random)[0]).z
        for threshold in THRESHOLDS:
            numbers[threshold].append(int(np.count_nonzero(z > threshold)))
    return toy, {threshold: np.array(found) for threshold, found in numbers.items()}


def test_expected_numbers_from_simulation_are_unbiased(truth) -> None:
    toy, numbers = truth
    random = np.random.default_rng(12)
    replicas = [toy.draw(random)[0] for _ in range(400)]
    data, _ = toy.draw(random)
    found = judge(
        toy.search(data), replicas, toy.search, toy.offsets, thresholds=THRESHOLDS, grouped=False
    )
    for threshold in THRESHOLDS:
        tally, true = found.histograms[threshold], numbers[threshold]
        error = np.hypot(tally.error, true.std() / np.sqrt(len(true)))
        assert tally.expected == pytest.approx(true.mean(), abs=3.5 * error)
        assert tally.spread == pytest.approx(true.std(), rel=0.25)
        # Copies make the spread larger than that of so many independent histograms.
        independent = true.mean() * (1 - true.mean() / toy.histograms)
        assert true.std() > 1.25 * np.sqrt(independent)


def test_expected_numbers_from_the_data_are_unbiased(truth) -> None:
    """Each of many data sets is drawn again; their expected numbers have the right mean."""
    toy, numbers = truth
    random = np.random.default_rng(13)
    naive: list[float] = []
    expected: dict[float, list[float]] = {threshold: [] for threshold in THRESHOLDS}
    spreads = []
    for _ in range(30):
        data, parts = toy.draw(random)
        again = [toy.draw(random, parts)[0] for _ in range(40)]
        recentred = [
            recentre(counts, data, toy.expected, replica=number)
            for number, counts in enumerate(again)
        ]
        found = judge(
            toy.search(data),
            recentred,
            toy.search,
            toy.offsets,
            thresholds=THRESHOLDS,
            grouped=False,
        )
        for threshold in THRESHOLDS:
            expected[threshold].append(found.histograms[threshold].expected)
        spreads.append(found.histograms[2.0].spread)
        naive.append(float(np.mean([np.sum(toy.search(one).z > 2.0) for one in again])))
    for threshold in THRESHOLDS:
        true = numbers[threshold]
        error = np.std(expected[threshold]) / np.sqrt(30)
        assert np.mean(expected[threshold]) == pytest.approx(true.mean(), abs=3.5 * error)
    assert np.mean(spreads) == pytest.approx(numbers[2.0].std(), rel=0.2)
    # Without recentring the same replicas have far too many.
    assert np.mean(naive) > 1.5 * numbers[2.0].mean()


def test_probabilities_are_uniform_without_a_signal(truth) -> None:
    toy, _ = truth
    random = np.random.default_rng(14)
    replicas = [toy.search(toy.draw(random)[0]) for _ in range(199)]
    p_flags, p_largest = [], []
    for _ in range(200):
        data, _parts = toy.draw(random)
        peaks = iter(replicas)
        found = judge(
            toy.search(data),
            [np.empty(0)] * len(replicas),
            lambda _, peaks=peaks: next(peaks),
            toy.offsets,
            thresholds=(2.0,),
            grouped=False,
        )
        p_flags.append(found.histograms[2.0].p)
        p_largest.append(found.largest.p)
    for level in (0.05, 0.2, 0.5):
        spread = np.sqrt(level * (1 - level) / 200) + np.sqrt(level * (1 - level) / 199)
        # A number of flags is discrete: its probability is never smaller than it should be.
        assert np.mean(np.array(p_flags) <= level) <= level + 3 * spread
        assert np.mean(np.array(p_largest) <= level) == pytest.approx(level, abs=3 * spread)


def test_copies_are_one_group(truth) -> None:
    toy, _ = truth
    random = np.random.default_rng(15)
    replicas = [toy.draw(random)[0] for _ in range(80)]
    data, _parts = toy.draw(random)
    data[np.arange(COPIES) * BINS + 5] += 60.0
    seen = toy.search(data)
    assert np.all(seen.z[:COPIES] > 4)
    found = judge(seen, replicas, toy.search, toy.offsets, thresholds=(2.0, 4.0), half_width=1)
    assert found.histograms[4.0].seen == COPIES
    assert found.groups[4.0].seen == 1
    assert found.histograms[4.0].p == found.largest.p == 1 / 81
    # One group is not as rare as ten histograms: a replica has one, too.
    assert found.groups[4.0].p == 2 / 81
    assert found.groups[2.0].expected < found.histograms[2.0].expected
    document = found.document()
    assert document["groups"]["4"]["seen"] == 1.0
    assert document["replicas"] == 80


def test_few_replicas_tell_no_groups(truth) -> None:
    toy, _ = truth
    random = np.random.default_rng(16)
    replicas = [toy.draw(random)[0] for _ in range(10)]
    told: list[int] = []
    found = judge(toy.search(replicas[0]), replicas, toy.search, toy.offsets, told=told.append)
    assert not found.groups
    assert told == list(range(1, 11))
    with pytest.raises(ValueError, match="no replicas"):
        judge(toy.search(replicas[0]), [], toy.search, toy.offsets)


def test_a_tally_counts_at_least_as_many() -> None:
    tally = Tally(2.0, np.array([0.0, 1.0, 2.0, 5.0]))
    assert tally.p == 3 / 5
    assert tally.expected == 2.0
    assert tally.spread == pytest.approx(np.std([0, 1, 2, 5], ddof=1))
    assert tally.quantiles[0.5] == 1.0
    assert Tally(6.0, tally.replicas).p == 1 / 5


def test_group_correlations_need_no_own_replica() -> None:
    """Two windows that are high by chance in one replica are not joined by it."""
    random = np.random.default_rng(17)
    counts = random.poisson(30.0, (25, 2 * BINS)).astype(float)
    counts[3, [5, 25]] += 40.0
    offsets = np.array([0, BINS, 2 * BINS])

    def search(drawn: np.ndarray) -> Peaks:
        return largest(offsets, (drawn - 30.0) / np.sqrt(30.0))

    found = judge(search(counts[0]), counts, search, offsets, thresholds=(5.0,), half_width=0)
    assert found.histograms[5.0].replicas[3] == 2
    assert found.groups[5.0].replicas[3] == 2
    windows = window_counts(counts, np.array([5, 25]), np.array([6, 26]))
    joined = group_flags(flags_of(offsets, search(counts[3]), 5.0, 0), windows)
    assert len(joined) == 1
