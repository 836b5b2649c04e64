"""The compiled scan against the plain one, and the algebra of its deltas."""

from __future__ import annotations

import copy
import itertools
import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import random_objects

from bumpcast.config.binning import BinningConfig
from bumpcast.config.scan import ObjectsPerKind, ScanConfig, Selections
from bumpcast.massscan import HistogramName, ScanDelta, Scanner
from bumpcast.massscan.delta.delta import IncompatibleDeltaError
from bumpcast.massscan.filling.scanner import WeightsError
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.observable import MASK_SHIFT, Observable

BINNING = BinningConfig(detector="atlas")
EVERYTHING = ScanConfig(
    variables=["mass", "transverse_mass", "mass_with_met"],
    single_jet_masses=True,
    single_transverse_masses=True,
    combination_max_size=3,
)


def by_name(delta: ScanDelta) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return bins, counts and sums of weights of each histogram."""
    sums = delta.sums()
    named = {}
    for row in np.flatnonzero(delta.observables >> MASK_SHIFT):
        cells = slice(delta.offsets[row], delta.offsets[row + 1])
        name = str(HistogramName.from_codes(int(delta.states[row]), int(delta.observables[row])))
        named[name] = (delta.bins[cells], delta.counts[cells], sums[cells])
    return named


def assert_equal(delta: ScanDelta, plain: dict) -> None:
    found = by_name(delta)
    expected = {name: h for name, h in plain.items() if np.any(h.view(flow=True).variance)}
    assert sorted(found) == sorted(expected)
    for name, histogram in expected.items():
        values = histogram.view(flow=True)
        bins, _, sums = found[name]
        np.testing.assert_array_equal(bins, np.flatnonzero(values.variance), err_msg=name)
        np.testing.assert_allclose(sums[:, 0], values.value[bins], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(sums[:, 1], values.variance[bins], rtol=1e-12)


def assert_same(left: ScanDelta, right: ScanDelta, rtol: float = 0.0) -> None:
    for name in ("states", "observables", "offsets", "bins", "counts"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)
    np.testing.assert_allclose(left.sums(), right.sums(), rtol=rtol, atol=1e-12 if rtol else 0)


@pytest.mark.parametrize("config", [ScanConfig(combination_max_size=4), EVERYTHING])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_plain_scan(config: ScanConfig, weighted: bool) -> None:
    objects = random_objects(40, seed=3, n_states=5)
    weights = np.ones(40)
    if weighted:
        weights = np.random.default_rng(1).normal(1.0, 0.5, 40)
    scanner = Scanner(config, BINNING)
    plain = reference.scan(objects, config, scanner.menu.binning, weights)
    delta = scanner.fill(objects, weights)
    assert (delta.unit is None) == weighted
    assert_equal(delta, plain)


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    leading_jets=st.integers(0, 5),
    jets=st.integers(0, 4),
    b_jets=st.integers(0, 4),
    split=st.booleans(),
)
def test_equals_the_plain_scan_for_any_bounds(
    seed: int, leading_jets: int, jets: int, b_jets: int, split: bool
) -> None:
    config = ScanConfig(
        leading_jets=leading_jets,
        objects_per_kind=ObjectsPerKind(j=jets, b=b_jets),
        split_dilepton_charge=split,
        combination_max_size=2,
        selections=Selections(leading_pt_min_GeV=[100.0]),
    )
    objects = random_objects(4, seed=seed, rates=1.0)
    scanner = Scanner(config, BINNING)
    plain = reference.scan(objects, config, scanner.menu.binning, np.ones(4))
    assert_equal(scanner.fill(objects), plain)


@pytest.mark.parametrize("weighted", [False, True])
def test_counts_the_events_of_every_final_state(weighted: bool) -> None:
    config = ScanConfig()
    objects = random_objects(300, seed=11, rates=0.4)
    weights = np.random.default_rng(3).uniform(0.5, 1.5, 300) if weighted else np.ones(300)
    delta = Scanner(config, BINNING).fill(objects, weights)
    names = np.array(reference.state_names(objects, config))
    expected = {}
    for state in set(names):
        in_state = names == state
        counts = {kind: len(objects[in_state][kind][0]) for kind in reference.KINDS}
        passed = reference.selections(objects[in_state], counts, config)
        for selection, chosen in passed.items():
            if chosen.any():
                expected[state, selection] = weights[in_state][chosen]
    found = {}
    for row in np.flatnonzero(delta.observables >> MASK_SHIFT == 0):
        state = FinalState.from_code(int(delta.states[row])).name
        selection = Observable.from_code(int(delta.observables[row])).selection.name
        cell = delta.offsets[row]
        assert delta.offsets[row + 1] == cell + 1
        found[state, selection] = (delta.counts[cell], *delta.sums()[cell])
    assert sorted(found) == sorted(expected)
    assert ("none", "") in found
    for key, used in expected.items():
        assert found[key] == pytest.approx((len(used), used.sum(), (used**2).sum()), rel=1e-12)


def test_equal_weights_are_a_unit() -> None:
    objects = random_objects(500, seed=5, n_states=10)
    scanner = Scanner(ScanConfig(), BINNING)
    delta = scanner.fill(objects, np.full(500, 2.5))
    assert delta.unit == 2.5
    assert delta.weights is None
    unweighted = scanner.fill(objects)
    assert_same(delta, unweighted.scaled(2.5))


def test_multiplicities_count_events_several_times() -> None:
    objects = random_objects(300, seed=6, n_states=10)
    scanner = Scanner(ScanConfig(), BINNING)
    multiplicities = np.random.default_rng(2).poisson(1.0, 300)
    repeated = objects[np.repeat(np.arange(300), multiplicities)]
    assert_same(scanner.fill(objects, multiplicities=multiplicities), scanner.fill(repeated))


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 400), min_size=2, max_size=4), seed=st.integers(0, 100))
def test_chunks_add_up_to_the_whole(cuts: list[int], seed: int) -> None:
    objects = random_objects(400, seed=8, n_states=15)
    weights = np.random.default_rng(seed).normal(1.0, 0.3, 400)
    scanner = Scanner(ScanConfig(combination_max_size=3), BINNING)
    limits = sorted({0, *cuts, 400})
    parts = [
        scanner.fill(objects[low:high], weights[low:high])
        for low, high in itertools.pairwise(limits)
    ]
    whole = scanner.fill(objects, weights)
    assert_same(sum(parts), whole, rtol=1e-12)
    assert_same(sum(reversed(parts)), whole, rtol=1e-12)
    if len(parts) > 2:
        assert_same(parts[0] + (parts[1] + parts[2]), (parts[0] + parts[1]) + parts[2], rtol=1e-12)


def test_units_that_differ_become_weights() -> None:
    objects = random_objects(200, seed=9, n_states=8)
    scanner = Scanner(ScanConfig(combination_max_size=2), BINNING)
    both = scanner.fill(objects, np.full(200, 2.0)) + scanner.fill(objects, np.full(200, 3.0))
    assert both.unit is None
    np.testing.assert_allclose(both.sums()[:, 0], 2.5 * both.counts)
    np.testing.assert_allclose(both.sums()[:, 1], 6.5 * both.counts)


def test_the_empty_delta_is_neutral() -> None:
    scanner = Scanner(ScanConfig(), BINNING)
    objects = random_objects(50, seed=1, n_states=5)
    delta = scanner.fill(objects)
    nothing = scanner.fill(objects[:0])
    assert nothing.n_histograms == 0
    assert_same(nothing + delta, delta)
    assert_same(delta + nothing, delta)


@pytest.mark.parametrize("weighted", [False, True])
def test_travels_and_is_stored_unchanged(tmp_path: Path, weighted: bool) -> None:
    objects = random_objects(200, seed=4, n_states=8)
    weights = np.random.default_rng(0).uniform(0.5, 2.0, 200) if weighted else None
    delta = Scanner(ScanConfig(), BINNING).fill(objects, weights)
    assert_same(pickle.loads(pickle.dumps(delta)), delta)  # noqa: S301
    assert_same(copy.deepcopy(delta), delta)
    with h5py.File(tmp_path / "delta.h5", "w") as file:
        delta.to_hdf5(file.create_group("delta"))
    with h5py.File(tmp_path / "delta.h5") as file:
        assert_same(ScanDelta.from_hdf5(file["delta"]), delta)


def test_other_binnings_do_not_add_up() -> None:
    objects = random_objects(20, seed=1, n_states=3)
    atlas = Scanner(ScanConfig(), BINNING).fill(objects)
    cms = Scanner(ScanConfig(), BinningConfig(detector="cms")).fill(objects)
    with pytest.raises(IncompatibleDeltaError, match="different binnings"):
        _ = atlas + cms


def test_weights_must_fit_the_events() -> None:
    scanner = Scanner(ScanConfig(), BINNING)
    objects = random_objects(5, seed=1, n_states=3)
    with pytest.raises(WeightsError, match=r"5 events .* \(4,\)"):
        scanner.fill(objects, np.ones(4))
    with pytest.raises(WeightsError, match="not both"):
        scanner.fill(objects, np.ones(5), np.ones(5, int))
