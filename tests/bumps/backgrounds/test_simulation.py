"""Simulated events as a background."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_results import small_folder

from bumpcast.bumps.backgrounds.simulation import (
    SimulationError,
    estimate,
    simulated_background,
)
from bumpcast.bumps.likelihood import signed_significances
from bumpcast.bumps.scanned import searched_spectra, spectra_of_dataset
from bumpcast.massscan.results.results import open_results
from tests.bumps.backgrounds.toys import falling, fluctuated, spectra_of


def test_sums_and_their_statistical_error() -> None:
    truth = falling("exponential", 40, 400.0, 10.0)
    simulated = fluctuated(spectra_of([truth * 4]), 1)
    simulated = simulated.with_counts(simulated.counts / 4, simulated.counts / 16)
    observed = fluctuated(spectra_of([truth]), 2)
    found = simulated_background(observed, simulated)
    np.testing.assert_array_equal(found.expected, simulated.counts)
    np.testing.assert_allclose(found.uncertainty, np.sqrt(simulated.counts) / 2)
    assert found.modes.shape == (40, 0)
    assert found.reasons == [""]
    z = signed_significances(
        observed.offsets, observed.counts, found.expected, uncertainty=found.uncertainty
    )
    assert np.std(z) == pytest.approx(1, abs=0.3)


def test_a_bin_without_simulated_events_is_not_known_to_be_empty() -> None:
    counts = np.array([20.0, 10.0, 6.0, 0.0, 2.0, 0.0, 0.0] + [0.0] * 4)
    variances = np.array([10.0, 5.0, 3.0, 0.0, 2.0, 0.0, 0.0] + [0.0] * 4)
    simulated = spectra_of([counts, np.zeros(3)]).with_counts(
        np.append(counts, np.zeros(3)), np.append(variances, np.zeros(3))
    )
    found = simulated_background(simulated, simulated, test=False)
    # an event weighs 1/2 to the left of the gap and 1 to the right: the larger counts
    assert found.expected[3] == pytest.approx(0.5)
    assert found.uncertainty[3] == pytest.approx(0.5**0.5)
    np.testing.assert_allclose(found.expected[5:11], 0.5)
    assert found.reasons == ["", "no event of the background was simulated"]
    assert np.isnan(found.expected[11:]).all()
    # events there are a signal, but not one of thousands of sigma
    seen = np.append(counts, np.zeros(3))
    seen[8] = 12.0
    z = signed_significances(simulated.offsets, seen, found.expected, uncertainty=found.uncertainty)
    assert 1 < z[8] < 4


def test_negative_sums_of_weights_are_no_background() -> None:
    counts = np.array([20.0, 10.0, -1.0, 4.0])
    simulated = spectra_of([counts]).with_counts(counts, np.array([20.0, 12.0, 3.0, 4.0]))
    found = simulated_background(simulated, simulated, test=False)
    assert np.isnan(found.expected).tolist() == [False, False, True, False]
    assert np.isnan(found.uncertainty).tolist() == [False, False, True, False]


def test_a_background_can_be_normalised_to_its_spectrum() -> None:
    truth = falling("exponential", 40, 400.0, 10.0)
    simulated = spectra_of([truth * 3, np.zeros(40)])
    observed = spectra_of([truth, truth])
    found = simulated_background(observed, simulated, normalise=True, test=False)
    np.testing.assert_allclose(found.expected[:40], truth)
    np.testing.assert_allclose(found.uncertainty[:40], np.sqrt(3 * truth) / 3)
    # the normalisation is free: one standard deviation of the counts
    np.testing.assert_allclose(found.modes[:40, 0], truth / np.sqrt(truth.sum()))
    assert found.precisions.tolist() == [[0.0], [0.0]]
    assert not found.modes[40:].any()
    assert found.models[0] == "simulation, normalised by 0.333"


def test_few_simulated_events_make_more_of_nothing_than_many() -> None:
    truth = falling("exponential", 50, 300.0, 5.0)
    spurious = []
    for events in (0.2, 50.0):
        drawn = fluctuated(spectra_of([truth * events] * 20), 3)
        simulated = drawn.with_counts(drawn.counts / events, drawn.counts / events**2)
        found = simulated_background(spectra_of([truth] * 20), simulated)
        spurious.append(np.nanmedian(found.spurious))
    few, many = spurious
    assert 0 <= many < 0.5 * few


def fake_results(kinds: dict[str, str], mode: str) -> Any:
    datasets = {name: SimpleNamespace(kind=kind) for name, kind in kinds.items()}
    analysis = SimpleNamespace(datasets=datasets, normalisation=SimpleNamespace(mode=mode))
    return SimpleNamespace(
        path=Path("histograms.h5"), analysis=analysis, datasets=list(kinds), table=pd.DataFrame()
    )


def test_what_cannot_be_compared_is_refused() -> None:
    spectra = spectra_of([np.full(30, 10.0)])
    with pytest.raises(SimulationError, match="no data set of kind 'background'"):
        estimate(fake_results({"zprime": "signal"}, "raw"), spectra)
    with pytest.raises(SimulationError, match="unscaled"):
        estimate(fake_results({"run2": "data", "qcd": "background"}, "raw"), spectra)


def test_a_scan_without_data_searches_the_very_events(tmp_path: Path) -> None:
    with open_results(small_folder(tmp_path / "small")) as results:
        spectra = searched_spectra(results)
        found = estimate(results, spectra, test=False)
        ttbar = spectra_of_dataset(results, "ttbar")
    assert set(found.models) == {"simulation (1 data set, the same events)"}
    filled = ttbar.counts > 0
    np.testing.assert_array_equal(found.expected[filled], ttbar.counts[filled])
    np.testing.assert_allclose(found.uncertainty[filled], np.sqrt(ttbar.variances[filled]))
    z = signed_significances(
        spectra.offsets, spectra.counts, found.expected, uncertainty=found.uncertainty
    )
    # what sticks out is the signal, and nothing else
    assert spectra.names[int(spectra.histogram_of_bin[np.nanargmax(z)])] == "2e os | m(e0,e1)"
    same = filled & (spectra.counts == ttbar.counts)
    near = np.convolve(~same, np.ones(11), "same") > 0
    assert np.nanmax(np.abs(z[~near])) < 1e-6
