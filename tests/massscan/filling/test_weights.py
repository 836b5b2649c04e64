"""How much each event of a chunk counts, and pseudo-data through the whole processor."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
from small_results import QUICKSTART, analysis_of

from bumpcast.config import load
from bumpcast.execution import run
from bumpcast.massscan import EventWeights, open_results
from bumpcast.massscan.filling.normalise import NormalisationError

METADATA = {"dataset": "ttbar", "filename": "a.root", "fileuuid": "u", "sum_of_weights": 60.0}


def record(weights: list[float], first: int = 0) -> ak.Array:
    return ak.Array({"weight": weights, "entry": np.arange(first, first + len(weights))})


@pytest.mark.parametrize("mode", ["raw", "luminosity"])
def test_generator_weights_are_handed_on(mode: str) -> None:
    found = EventWeights.of(record([1.0, -2.0]), METADATA, analysis_of({"ttbar": "signal"}, mode))
    assert found.weights is not None
    assert found.weights.tolist() == [1.0, -2.0]
    assert found.multiplicities is None


def test_data_are_never_drawn_from() -> None:
    found = EventWeights.of(
        record([1.0, 1.0]), METADATA, analysis_of({"ttbar": "data"}, "pseudo-data")
    )
    assert found.multiplicities is None


def test_pseudo_data_have_the_mean_of_the_luminosity() -> None:
    analysis = analysis_of({"ttbar": "background"}, "pseudo-data", cross_section_pb=0.15)
    weights = np.repeat([1.0, 2.0], 20_000)
    found = EventWeights.of(record(weights.tolist()), METADATA, analysis)
    assert found.weights is None
    assert found.multiplicities is not None
    # 0.15 pb x 2 / fb = 300 events for a sum of weights of 60: five for each unit of weight.
    for weight in (1.0, 2.0):
        drawn = found.multiplicities[weights == weight]
        assert drawn.mean() == pytest.approx(5 * weight, abs=4 * np.sqrt(5 * weight / 20_000))


def test_data_sets_of_one_file_are_drawn_independently() -> None:
    analysis = analysis_of({"ttbar": "background", "other": "background"}, "pseudo-data", 0.15)
    events = record([1.0] * 200)
    drawn = [
        EventWeights.of(events, METADATA | {"dataset": name}, analysis).multiplicities
        for name in ("ttbar", "other")
    ]
    assert np.any(drawn[0] != drawn[1])


def test_negative_weights_and_a_missing_sum_are_refused() -> None:
    analysis = analysis_of({"ttbar": "background"}, "pseudo-data")
    with pytest.raises(NormalisationError, match=r"entry 8 has a negative weight"):
        EventWeights.of(record([1.0, -1.0], first=7), METADATA, analysis)
    metadata = {key: value for key, value in METADATA.items() if key != "sum_of_weights"}
    with pytest.raises(NormalisationError, match="use 'bumpcast run'"):
        EventWeights.of(record([1.0]), metadata, analysis)


def test_pseudo_data_of_real_files_do_not_depend_on_chunks(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "cache"))
    settings = (
        "normalisation.mode=pseudo-data", "normalisation.luminosity_fb=0.01",
        "normalisation.seed=11", "scan.combination_max_size=2", "run.executor=iterative",
        "datasets.qcd_pt300.cross_section_pb=500", "scan.selections.leading_pt_min_GeV=[]",
        "run.max_events=1200", "options.plots=false",
    )  # fmt: skip
    scans = []
    for chunk_events in (500, 5000):
        analysis = load(QUICKSTART, (*settings, f"run.chunk_events={chunk_events}"))
        summary = run(analysis, tmp_path / str(chunk_events))
        assert summary.complete
        scans.append(summary.output)
    assert scans[0].keys() == scans[1].keys()
    for name in scans[0]:
        few, many = (scan[name]["histograms"] for scan in scans)
        for column in ("states", "observables", "offsets", "bins", "counts"):
            np.testing.assert_array_equal(getattr(few, column), getattr(many, column))
        assert few.unit == many.unit == 1.0
    with open_results(tmp_path / "500") as results:
        values = results.histogram(results.table["name"][0]).values()
        np.testing.assert_array_equal(values, np.round(values))
