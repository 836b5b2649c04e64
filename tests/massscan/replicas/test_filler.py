"""The kernel of many replicas against the nominal scan run once for each."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replica_reference import plain_counts, windows_of
from synthetic import random_objects

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.massscan import Scanner
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.binning.edges import shared_edges
from bumpcast.massscan.filling.scanner import WeightsError
from bumpcast.massscan.replicas.counts import ReplicaCounts
from bumpcast.massscan.replicas.drawing import draw_replicas
from bumpcast.massscan.replicas.filler import ReplicaFiller
from bumpcast.massscan.replicas.windows import Windows, WindowsError

BINNING = BinningConfig(detector="atlas", width_factor=3.0)
SCANS = [
    ScanConfig(),
    ScanConfig(
        variables=["mass", "transverse_mass", "mass_with_met"],
        single_transverse_masses=True,
        single_jet_masses=True,
        combination_max_size=3,
    ),
]


@pytest.mark.parametrize("scan", SCANS, ids=["default", "all variables"])
@pytest.mark.parametrize("mean", [1.0, 0.05, 700.0])
def test_replicas_are_nominal_scans_of_their_multiplicities(scan: ScanConfig, mean: float) -> None:
    objects = random_objects(700, 3, n_states=12)
    scanner = Scanner(scan, BINNING)
    nominal = scanner.fill(objects)
    last = shared_edges(nominal.observables, Binning(BINNING)).last_bins
    windows = windows_of(nominal, last, np.random.default_rng(5))
    drawn = draw_replicas(np.full(700, mean), 2, "f", np.arange(700), 0, 7)
    assert drawn.dtype == (np.uint16 if mean > 100 else np.uint8)
    found = ReplicaFiller(scan, BINNING, windows).fill(objects, drawn)
    expected = plain_counts(scanner, objects, drawn, windows)
    assert expected.sum() > 0
    np.testing.assert_array_equal(found.dense(0, windows.cells), expected)
    np.testing.assert_array_equal(found.cells, np.flatnonzero(expected.any(axis=1)))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 500), max_size=5), st.integers(0, 3), st.integers(1, 9))
def test_counts_do_not_depend_on_chunks_or_groups_of_replicas(
    cuts: list[int], first: int, number: int
) -> None:
    objects = random_objects(500, 8, n_states=6)
    scanner = Scanner(SCANS[0], BINNING)
    nominal = scanner.fill(objects)
    last = shared_edges(nominal.observables, Binning(BINNING)).last_bins
    windows = windows_of(nominal, last, np.random.default_rng(6), 0.2)
    filler = ReplicaFiller(SCANS[0], BINNING, windows)
    means = np.random.default_rng(1).exponential(1.5, 500)
    entries = np.arange(500)
    whole = filler.fill(objects, draw_replicas(means, 4, "f", entries, 0, 12))
    edges = [0, *sorted(cuts), 500]
    parts = [
        filler.fill(
            objects[low:high],
            draw_replicas(means[low:high], 4, "f", entries[low:high], first, number),
        )
        for low, high in itertools.pairwise(edges)
    ]
    total = ReplicaCounts.sum_of(parts)
    np.testing.assert_array_equal(
        total.dense(0, windows.cells), whole.dense(0, windows.cells)[:, first : first + number]
    )


def test_an_unknown_histogram_is_refused() -> None:
    objects = random_objects(50, 8, n_states=4)
    delta = Scanner(SCANS[1], BINNING).fill(objects)
    place = np.flatnonzero(delta.observables >> 22 & 3 == 2)[:1]  # a mass with E_T^miss
    one = np.ones(1, np.int64)
    windows = Windows(delta.states[place], delta.observables[place], one, one)
    filler = ReplicaFiller(SCANS[0], BINNING, windows)
    with pytest.raises(WindowsError, match=f"fills no histogram of the codes {windows.states[0]}"):
        filler.fill(objects, np.ones((50, 3), np.uint8))


@pytest.mark.parametrize(
    "multiplicities",
    [np.ones((20, 3), np.int64), np.ones((19, 3), np.uint8), np.ones(20, np.uint8)],
)
def test_multiplicities_that_do_not_fit_are_refused(multiplicities: np.ndarray) -> None:
    nothing = np.empty(0, np.int64)
    filler = ReplicaFiller(SCANS[0], BINNING, Windows(nothing, nothing, nothing, nothing))
    with pytest.raises(WeightsError, match="20 events need as many rows"):
        filler.fill(random_objects(20, 1, n_states=2), multiplicities)


def test_no_events_and_no_histograms_give_no_counts() -> None:
    nothing = np.empty(0, np.int64)
    windows = Windows(nothing, nothing, nothing, nothing)
    filler = ReplicaFiller(SCANS[0], BINNING, windows)
    counts = filler.fill(random_objects(20, 1, n_states=2), np.ones((20, 4), np.uint8))
    assert (counts.columns, len(counts.cells), windows.cells) == (4, 0, 0)
