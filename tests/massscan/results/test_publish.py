"""From a run's output to the file: what is scaled, added up and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_results import QUICKSTART, analysis_of, delta_of, falling, found_of

from bumpcast.config import load
from bumpcast.execution import run
from bumpcast.massscan import open_results
from bumpcast.massscan.filling.normalise import NormalisationError
from bumpcast.massscan.results.publish import MissingTableError, scan_tables, store_scan

NAME = "2j | m(j0,j1)"


def yields_of(weights: dict[str, list[float]]):
    """Return the delta of events of these weights by final state, yields alone."""
    contents = {
        state: {0: (len(each), float(np.sum(each)), float(np.sum(np.square(each))))}
        for state, each in weights.items()
    }
    return delta_of(contents)


def test_yields_add_up_to_cross_section_times_luminosity(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    weights = {state: random.normal(1.0, 0.7, 50).tolist() for state in ("none", "2j", "1e 2j")}
    total = float(sum(np.sum(each) for each in weights.values()))
    analysis = analysis_of({"top": "background", "w": "background"}, "luminosity", 3.0)
    output = {
        "top": found_of(yields_of(weights), total, 151),
        "w": found_of(yields_of({"2j": [2.0, 3.0]}), 5.0, 3),
    }
    store_scan(output, tmp_path, analysis, {"top": 1.0, "w": 1.0})
    with open_results(tmp_path) as results:
        table = results.final_states.set_index("final_state")
        assert table["top"].sum() == pytest.approx(3.0 * 2000.0, rel=1e-12)
        assert table["w"].sum() == pytest.approx(3.0 * 2000.0, rel=1e-12)
        assert table["entries"].sum() == 152
        error = np.sqrt(np.square(weights["none"]).sum()) * 6000.0 / total
        assert table["top_error"]["none"] == pytest.approx(error, rel=1e-12)
        assert table["w_error"]["none"] == 0.0
        cutflow = results.cutflow
        assert cutflow["scale"]["top"] == pytest.approx(6000.0 / total)
        assert cutflow[["read", "bad", "used"]].loc["top"].tolist() == [151, 1, 150]


def test_yields_of_real_files_add_up_to_cross_section_times_luminosity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "cache"))
    settings = (
        "normalisation.mode=luminosity",
        "normalisation.luminosity_fb=3.0",
        "datasets.ttbar.k_factor=1.5",
        "scan.combination_max_size=2",
        "scan.selections.leading_pt_min_GeV=[]",
        "run.executor=iterative",
        "run.max_events=1000",
        "options.plots=false",
    )
    analysis = load(QUICKSTART, settings)
    summary = run(analysis, tmp_path / "out")
    assert summary.complete
    with open_results(tmp_path / "out") as results:
        table = results.final_states
        assert table["entries"].sum() == summary.entries_seen
        for name, dataset in analysis.datasets.items():
            assert dataset.effective_cross_section_pb is not None
            expected = dataset.effective_cross_section_pb * 3000.0
            assert table[name].sum() == pytest.approx(expected, rel=1e-12)
        selected = results.yields("MET>200")
        assert 0 < selected["entries"].sum() < table["entries"].sum()


def test_a_given_sum_of_weights_stands_for_the_share_that_was_read(tmp_path: Path) -> None:
    analysis = analysis_of({"top": "background"}, "luminosity", 3.0)
    given = analysis.datasets["top"].model_copy(update={"sum_of_weights": 1000.0})
    analysis = analysis.model_copy(update={"datasets": {"top": given}})
    output = {"top": found_of(yields_of({"2j": [1.0] * 50}), 50.0, 51)}
    store_scan(output, tmp_path, analysis, {"top": 0.25})
    with open_results(tmp_path) as results:
        # 250 of the weights were read and 50 of them are left: a fifth of the cross-section.
        assert results.final_states["top"].sum() == pytest.approx(6000.0 / 5, rel=1e-12)


@pytest.mark.parametrize("mode", ["raw", "luminosity", "pseudo-data"])
def test_observed_is_the_sum_of_the_simulated_data_sets(tmp_path: Path, mode: str) -> None:
    analysis = analysis_of({"a": "background", "b": "signal"}, mode)
    output = {
        "a": found_of(delta_of({NAME: falling(5, 3)}), 40.0),
        "b": found_of(delta_of({NAME: {4: (2, 1.5, 1.25), 6: (1, 2.0, 4.0)}}), 10.0),
    }
    store_scan(output, tmp_path, analysis, {"a": 1.0, "b": 1.0})
    with open_results(tmp_path) as results:
        a, b = results.spectrum(NAME, "a"), results.spectrum(NAME, "b")
        observed = results.spectrum(NAME)
        np.testing.assert_array_equal(observed.counts, a.counts + b.counts)
        np.testing.assert_allclose(observed.values, a.values + b.values, rtol=1e-12)
        np.testing.assert_allclose(observed.variances, a.variances + b.variances, rtol=1e-12)
        scale = 6000.0 / 10.0 if mode == "luminosity" else 1.0
        assert b.values[6] == pytest.approx(2.0 * scale)


def test_with_data_only_data_are_observed(tmp_path: Path) -> None:
    analysis = analysis_of({"mc": "background", "run1": "data", "run2": "data"}, "luminosity")
    only_mc = "3j | m(j0,j1)"
    output = {
        "mc": found_of(delta_of({NAME: falling(50, 3), only_mc: falling(9, 2)}), 40.0),
        "run1": found_of(delta_of({NAME: falling(5, 3)}), 12.0),
        "run2": found_of(delta_of({NAME: falling(3, 1)}), 3.0),
    }
    store_scan(output, tmp_path, analysis, dict.fromkeys(output, 1.0))
    with open_results(tmp_path) as results:
        assert results.entries(NAME).tolist()[5:9] == [8, 4, 3, 0]
        assert results.entries(only_mc).sum() == 0
        table = results.table.set_index("name")
        assert table["entries"].to_dict() == {NAME: 15, only_mc: 0}
        found = dict(zip(table.index, results.clearness("mc"), strict=True))
        scaled = np.array([50, 49, 48]) * 6000.0 / 40.0
        assert found[NAME] == pytest.approx(np.sqrt(np.sum(scaled**2 / [8, 4, 3])))
        assert found[only_mc] == 0.0


def test_missing_data_are_not_replaced_by_simulation(tmp_path: Path) -> None:
    analysis = analysis_of({"mc": "background", "run1": "data"}, "luminosity")
    output = {"mc": found_of(delta_of({NAME: falling(50, 3)}), 40.0)}
    store_scan(output, tmp_path, analysis, {"mc": 1.0, "run1": 0.0})
    with open_results(tmp_path) as results:
        assert results.datasets == ["mc"]
        assert results.entries(NAME).sum() == 0
        assert results.entries(NAME, "mc").sum() == 147


def test_an_empty_data_set_is_no_error_but_an_unscalable_one_is(tmp_path: Path) -> None:
    analysis = analysis_of({"top": "background"}, "luminosity")
    store_scan({"top": found_of(delta_of({}), 0.0, 1)}, tmp_path, analysis, {"top": 1.0})
    with open_results(tmp_path) as results:
        assert len(results.table) == 0
    output = {"top": found_of(delta_of({NAME: falling(5, 3)}), -4.0)}
    with pytest.raises(NormalisationError, match="sum to -4"):
        store_scan(output, tmp_path, analysis, {"top": 1.0})


def test_no_output_at_all_is_stored_as_nothing(tmp_path: Path) -> None:
    store_scan({}, tmp_path, analysis_of({"top": "background"}), {"top": 0.0})
    with open_results(tmp_path) as results:
        assert results.datasets == []
        assert len(results.table) == len(results.final_states) == len(results.cutflow) == 0


def test_the_scan_needs_its_tables() -> None:
    analysis = analysis_of({"top": "background"}).model_copy(update={"binning": None})
    with pytest.raises(MissingTableError, match=r"needs the table \[binning\]"):
        scan_tables(analysis)
