"""The rule of what is kept, against one written plainly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_results import delta_of

from bumpcast.config.scan import ScanConfig
from bumpcast.massscan import KeepRule, ScanDelta
from bumpcast.massscan.results.keep import search_ranges


def plain_range(counts: list[int], least: int) -> tuple[int, int, int]:
    """Return first bin, bins and entries of the range; counts hold under- and overflow."""
    inside = counts[1:-1]
    if not any(inside):
        return 0, 0, 0
    first = inside.index(max(inside))
    stop = first
    while stop < len(inside) and inside[stop] >= least:
        stop += 1
    return first + 1, stop - first, sum(inside[first:stop])


def delta_from(histograms: list[list[int]]) -> ScanDelta:
    offsets, bins, counts = [0], [], []
    for dense in histograms:
        filled = np.flatnonzero(dense)
        bins += filled.tolist()
        counts += [dense[place] for place in filled]
        offsets.append(len(bins))
    places = np.arange(len(histograms))
    return ScanDelta.of_cells(
        "", places, places, np.array(offsets), np.array(bins, np.uint16),
        np.array(counts, np.int64), 1.0, None,
    )  # fmt: skip


histograms = st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=15), max_size=6)
rules = st.builds(KeepRule, st.integers(0, 40), st.integers(0, 8), st.integers(0, 8))


@settings(max_examples=200, deadline=None)
@given(histograms, rules)
def test_ranges_and_reasons_equal_the_plain_rule(dense: list[list[int]], rule: KeepRule) -> None:
    last_bins = np.array([len(counts) - 2 for counts in dense], np.int64)
    ranges = search_ranges(delta_from(dense), last_bins, rule)
    reasons = ranges.reasons(rule)
    for row, counts in enumerate(dense):
        first, bins, entries = plain_range(counts, rule.min_events_per_bin)
        found = (ranges.first[row], ranges.bins[row], ranges.range_entries[row])
        assert found == (first, bins, entries)
        assert ranges.entries[row] == sum(counts)
        kept = entries >= rule.min_events and bins > rule.min_bins
        assert (reasons[row] == "") == kept


@pytest.mark.parametrize(
    ("counts", "rule", "reason"),
    [
        ([0, 9, 9, 0], KeepRule(1, 0, 10), "no bin of >= 10 entries"),
        ([50, 0, 0, 50], KeepRule(1, 0, 1), "no bin of >= 1 entries"),
        ([0, 20, 15, 9, 0], KeepRule(35, 2, 10), "2 bins <= 2"),
        (
            [0, 20, 15, 9, 0],
            KeepRule(36, 2, 10),
            "35 entries from the maximum onward < 36, 2 bins <= 2",
        ),
        ([0, 20, 15, 9, 0], KeepRule(35, 1, 10), ""),
    ],
)
def test_reasons_say_what_is_too_little(counts: list[int], rule: KeepRule, reason: str) -> None:
    ranges = search_ranges(delta_from([counts]), np.array([len(counts) - 2]), rule)
    assert ranges.reasons(rule).tolist() == [reason]


def test_the_rule_of_a_configuration() -> None:
    config = ScanConfig(min_events=50, min_bins=3, min_events_per_bin=2)
    assert KeepRule.of(config) == KeepRule(50, 3, 2)
    assert KeepRule.of(ScanConfig()) == KeepRule(100, 30, 10)


def test_no_histograms_have_no_ranges() -> None:
    ranges = search_ranges(delta_of({}), np.empty(0, np.int64), KeepRule())
    assert ranges.reasons(KeepRule()).tolist() == []
