"""The ranges that would be searched of data, against a plain rule."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.massscan import KeepRule, ScanDelta
from bumpcast.massscan.results.expected import ENOUGH, expected_ranges


def plain_mean(values: np.ndarray, squares: np.ndarray, bin_: int) -> float:
    """Return the mean of as many bins around one as hold enough effective events."""
    reach = 0
    while True:
        window = slice(max(bin_ - reach, 0), bin_ + reach + 1)
        total, square = values[window].sum(), squares[window].sum()
        whole = bin_ - reach <= 0 and bin_ + reach + 1 >= len(values)
        if whole or (square > 0 and total**2 >= ENOUGH * square):
            return float(max(total, 0.0) / len(values[window]))
        reach += 1 + reach // 4


def plain_range(values: np.ndarray, squares: np.ndarray, rule: KeepRule) -> tuple[int, int]:
    """Return first bin and bins of the range; without under- and overflow."""
    if values.sum() < rule.min_events:
        return 0, 0
    end = np.flatnonzero(squares)[-1] + 1
    means = [plain_mean(values, squares, bin_) for bin_ in range(end)]
    first = stop = int(np.argmax(means))
    while stop < len(means) and means[stop] >= rule.min_events_per_bin:
        stop += 1
    return first + 1, stop - first


def delta_from(entries: np.ndarray, weights: np.ndarray) -> ScanDelta:
    """Return one histogram of entries that all weigh the same in a bin."""
    filled = np.flatnonzero(entries)
    counts = entries[filled]
    sums = np.stack([counts * weights[filled], counts * weights[filled] ** 2], axis=1)
    return ScanDelta.of_cells(
        "", np.array([1]), np.array([1]), np.array([0, len(filled)]),
        (filled + 1).astype(np.uint16), counts, None, sums,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_ranges_equal_the_plain_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = np.exp(rng.normal(0.0, 2.0, 40))
    entries = rng.poisson(rng.uniform(0.0, 30.0) * np.exp(-np.arange(40) / 10))
    rule = KeepRule(20, 3, 2)
    ranges = expected_ranges(delta_from(entries, weights), np.array([40]), rule, 1.5)
    values, squares = 1.5 * entries * weights, 1.5**2 * entries * weights**2
    assert (ranges.first[0], ranges.bins[0]) == plain_range(values, squares, rule)
    assert ranges.entries[0] == round(values.sum())


def test_entries_of_a_rare_slice_are_no_maximum_and_a_hole_is_no_end() -> None:
    expected = 3000 * np.exp(-np.arange(100) / 15)
    weights = np.where(np.arange(100) < 40, 6.0, 0.06)
    entries = np.round(expected / weights).astype(np.int64)
    entries[[20, 35]] = 0
    assert np.argmax(entries) == 40
    ranges = expected_ranges(delta_from(entries, weights), np.array([100]), KeepRule())
    assert ranges.first[0] == 1
    assert ranges.bins[0] == pytest.approx(15 * np.log(300), abs=1.5)
    assert ranges.range_entries[0] == pytest.approx(np.sum(entries * weights) - 15 * 10, abs=60)
    assert ranges.reasons(KeepRule())[0] == ""


def test_more_luminosity_reaches_further() -> None:
    entries = np.round(3000 * np.exp(-np.arange(200) / 15)).astype(np.int64)
    delta, last = delta_from(entries, np.ones(200)), np.array([200])
    bins = [expected_ranges(delta, last, KeepRule(), scale).bins[0] for scale in (0.1, 1.0, 10.0)]
    assert np.diff(bins) == pytest.approx(15 * np.log(10), abs=4)


def test_nothing_is_expected_behind_the_last_event() -> None:
    spike = np.array([1, 2, 4000] + 97 * [0])
    ranges = expected_ranges(delta_from(spike, np.ones(100)), np.array([100]), KeepRule())
    assert (ranges.first[0], ranges.bins[0]) == (3, 1)


def test_a_histogram_of_few_events_has_no_range() -> None:
    few = delta_from(np.array([9, 9, 9]), np.ones(3))
    ranges = expected_ranges(few, np.array([3]), KeepRule(min_events=100))
    assert (ranges.bins[0], ranges.range_entries[0]) == (0, 0)
    assert ranges.reasons(KeepRule())[0] != ""
    empty = ScanDelta.empty("")
    assert len(expected_ranges(empty, np.empty(0, np.int64), KeepRule()).first) == 0
