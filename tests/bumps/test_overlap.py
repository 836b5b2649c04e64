"""Joining flags that show the same events."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.bumps.overlap import (
    Flags,
    OverlapError,
    correlations,
    flags_of,
    group,
    group_flags,
    may_share,
    window_counts,
)
from bumpcast.bumps.peaks import Peaks


def flags(z: list[float], start: list[int] | None = None) -> Flags:
    first = np.array(start or range(len(z)), np.int64)
    return Flags(np.arange(len(z)), first, first + 1, np.array(z))


def test_flags_are_bins_around_the_largest_significance() -> None:
    offsets = np.array([0, 10, 20, 30])
    peaks = Peaks(np.array([3.5, np.nan, 4.0]), np.array([1, -1, 9]))
    found = flags_of(offsets, peaks, 3.0)
    assert found.histograms.tolist() == [0, 2]
    assert found.start.tolist() == [0, 27]
    assert found.stop.tolist() == [4, 30]
    assert found.above(3.7).histograms.tolist() == [2]
    assert len(flags_of(offsets, peaks, 4.0)) == 0


def test_window_counts_are_sums_of_bins() -> None:
    random = np.random.default_rng(1)
    replicas = random.poisson(5, (7, 40)).astype(float)
    start, stop = np.array([0, 3, 39, 8]), np.array([40, 3, 40, 20])
    found = window_counts(iter(replicas), start, stop)
    for window in range(4):
        expected = replicas[:, start[window] : stop[window]].sum(axis=1)
        np.testing.assert_array_equal(found[:, window], expected)


def test_correlations_are_the_share_of_common_events() -> None:
    random = np.random.default_rng(2)
    common, left, right = random.poisson([40.0, 60.0, 20.0], (4000, 3)).T
    found = correlations(np.stack([common + left, common + right, np.full(4000, 3)], axis=1))
    assert found[0, 1] == pytest.approx(40 / np.sqrt(100 * 60), abs=0.05)
    np.testing.assert_array_equal(np.diag(found), 1.0)
    assert found[0, 2] == 0.0
    with pytest.raises(OverlapError, match="draw at least 20"):
        correlations(np.ones((19, 2)))


def test_names_tell_what_can_be_shared() -> None:
    names = [
        "2e 1j os | m(e0,e1)",
        "2e 1j os | MET>200 | m(e0,e1)",
        "2e 1j os | m(e0,j0)",
        "2e 1j os | mT(e1,j0,MET)",
        "2e 2j os | m(e0,e1)",
        "2e 2j os | m(j0,j1)",
    ]
    shared = may_share(names)
    expected = {(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)}
    found = {pair for pair in itertools.combinations(range(6), 2) if shared[pair]}
    assert found == expected
    np.testing.assert_array_equal(shared, shared.T)
    low, high = np.array([90.0, 100.0, 300.0, 0, 0, 0]), np.array([100.0, 120.0, 310.0, 9, 9, 9])
    apart = may_share(names, low, high)
    assert not apart[0, 1]  # of one variable, at different masses
    assert apart[0, 2]
    assert apart[0, 0]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 12), st.integers(0, 2**32))
def test_groups_are_chains_of_connected_flags(number: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    pairs = random.random((number, number)) < 1.2 / number
    connected = pairs | pairs.T | np.eye(number, dtype=bool)
    z = random.normal(4, 1, number).round(1)
    found = group(connected, z)
    reach = connected.copy()
    for middle in range(number):  # Warshall's algorithm
        reach |= reach[:, [middle]] & reach[[middle]]
    np.testing.assert_array_equal(found.group[:, None] == found.group, reach)
    for number_of_group, leader in enumerate(found.leader.tolist()):
        members = np.flatnonzero(found.group == number_of_group)
        assert leader in members
        assert z[leader] == z[members].max()
    assert np.all(np.diff(z[found.leader]) <= 0)
    assert len(found) == found.group.max() + 1


def test_replicas_split_what_names_alone_would_join() -> None:
    random = np.random.default_rng(3)
    common, own = random.poisson(80.0, (200, 1)), random.poisson([5.0, 9.0, 90.0], (200, 3))
    counts = np.concatenate([common + own[:, :2], own[:, 2:]], axis=1)
    seen = flags([3.1, 5.0, 4.0])
    names = ["2e os | m(e0,e1)", "2e os | MET>200 | m(e0,e1)", "2e os | mT(e0,e1,MET)"]
    assert group_flags(seen, names=names).group.tolist() == [0, 0, 0]
    found = group_flags(seen, counts.astype(float), names)
    assert found.group.tolist() == [0, 0, 1]
    assert found.leader.tolist() == [1, 2]
    # However correlated, different final states have no event in common.
    names[1] = "2e 1j os | m(e0,e1)"
    assert len(group_flags(seen, counts.astype(float), names)) == 3
    edges = np.array([10.0, 20.0, 30.0]), np.array([20.0, 30.0, 40.0])
    names[1] = "2e os | MET>200 | m(e0,e1)"
    assert group_flags(seen, None, names, *edges).group.tolist() == [0, 0, 0]


def test_nothing_to_group() -> None:
    nothing = np.empty(0, np.int64)
    assert window_counts(iter(np.ones((25, 4))), nothing, nothing).shape == (25, 0)
    assert len(group_flags(flags([]), np.empty((30, 0)), [])) == 0
    with pytest.raises(OverlapError, match="neither is given"):
        group_flags(flags([3.0]))
