"""What a user sees of a results folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from small_results import small_folder, write_manifest

import bumpcast
from bumpcast.massscan import KeepRule
from bumpcast.massscan.naming.finalstate import HistogramNameError
from bumpcast.massscan.results.results import Results, UnknownHistogramError

COLUMNS = [
    "name", "final_state", "selection", "combination", "variable", "entries", "bins", "low_GeV",
    "high_GeV", "kept", "reason",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return small_folder(tmp_path_factory.mktemp("results"))


@pytest.fixture
def results(folder: Path):
    with bumpcast.open_results(folder) as opened:
        yield opened


def test_the_table_has_a_line_for_every_histogram_and_none_for_yields(results: Results) -> None:
    table = results.table
    assert table.columns.tolist() == COLUMNS
    lines = table.set_index("name")
    assert sorted(lines.index) == [
        "1m >=6j | pT(j)>99.5 | m(m0,j0)",
        "2e os | MET>200 | m(e0,e1)",
        "2e os | m(e0,e1)",
        "2j | m(j0,j1)",
        "2j | mT(j0,j1,MET)",
    ]
    line = lines.loc["1m >=6j | pT(j)>99.5 | m(m0,j0)"]
    assert line["final_state"] == "1m >=6j"
    assert line["selection"] == "pT(j)>99.5"
    assert line["combination"] == "m0,j0"
    assert line["variable"] == "mass"
    assert lines.loc["2j | mT(j0,j1,MET)", "variable"] == "transverse_mass"


def test_a_range_and_its_limits(results: Results) -> None:
    line = results.table.set_index("name").loc["2j | m(j0,j1)"]
    edges = results.histogram("2j | m(j0,j1)").axes[0].edges
    assert line["entries"] == 40 + 39 + 38 + 37 + 36 + 35 + 34 + 33
    assert line["bins"] == 8
    assert line["kept"]
    assert line["reason"] == ""
    # Bin 5, where underflow is bin 0, is the fifth between the edges.
    assert line["low_GeV"] == edges[4]
    assert line["high_GeV"] == edges[12]
    selected = results.table.set_index("name").loc["2e os | MET>200 | m(e0,e1)"]
    assert (selected["entries"], selected["kept"]) == (5, False)
    assert selected["reason"] == "no bin of >= 10 entries"


def test_another_rule_needs_no_new_run(folder: Path) -> None:
    with bumpcast.open_results(folder, keep=KeepRule(1, 0, 1)) as loose:
        assert loose.table["kept"].all()
    with bumpcast.open_results(folder, keep=KeepRule(10**6)) as strict:
        assert not strict.table["kept"].any()
        assert strict.table["reason"].str.contains("1000000|no bin", regex=True).all()


def test_one_histogram_by_any_spelling(results: Results) -> None:
    made = results.histogram("2e os|m( e1, e0 )".replace("( ", "(").replace(" )", ")"))
    assert made.name == "2e os | m(e0,e1)"
    assert made.label == "Events"
    assert made.axes[0].label.endswith("[GeV]")
    parts = [results.histogram(made.name, name) for name in results.datasets]
    assert parts[0] + parts[1] == made
    assert parts[1].sum(flow=True).value == 51
    assert results.entries(made.name, "signal")[[15, 300]].tolist() == [50, 1]


def test_many_histograms_at_once_equal_each_alone(results: Results) -> None:
    names = results.table["name"].tolist()[::-1]
    for dataset in (None, "signal"):
        many = list(results.spectra(names, dataset))
        assert sorted(str(each.name) for each in many) == sorted(names)
        for each in many:
            alone = results.spectrum(str(each.name), dataset)
            for column in ("edges", "counts", "values", "variances"):
                np.testing.assert_array_equal(getattr(each, column), getattr(alone, column))


def test_unknown_names_are_told_the_nearest(results: Results) -> None:
    with pytest.raises(UnknownHistogramError) as nearest_variable:
        results.histogram("2j | m(j0,j1,MET)")
    assert "no event filled '2j | m(j0,j1,MET)'. Did you mean '2j | m" in str(
        nearest_variable.value
    )
    with pytest.raises(UnknownHistogramError) as other_state:
        results.histogram("2e ss | m(e0,e1)")
    assert "No event is of this final state. Did you mean '2e os'" in str(other_state.value)
    with pytest.raises(UnknownHistogramError, match="Did you mean 'ttbar'"):
        results.histogram("2j | m(j0,j1)", "tbar")
    with pytest.raises(UnknownHistogramError, match="no data set"):
        results.clearness("nothing")
    with pytest.raises(HistogramNameError, match="not a histogram's name"):
        results.histogram("2j")


def test_final_states_with_and_without_selections(results: Results) -> None:
    table = results.final_states
    assert table.columns.tolist() == [
        "final_state", "entries", "ttbar", "ttbar_error", "signal", "signal_error",
    ]  # fmt: skip
    assert table["final_state"].tolist() == ["2e os", "2j", "none", "1m >=6j"]
    assert table["entries"].tolist() == [951, 300, 40, 34]
    assert table["ttbar"].tolist() == [900.0, 301.5, 40.0, 0.0]
    assert table["signal"].tolist() == [51.0, 0.0, 0.0, 34.0]
    assert table["ttbar_error"][1] == pytest.approx(np.sqrt(303.0))
    assert results.selections() == ["", "MET>200", "pT(j)>99.5"]
    assert results.yields("MET > 200")["entries"].tolist() == [5]
    assert results.yields("pT(j)>99.5")["signal"].tolist() == [33.0]
    with pytest.raises(UnknownHistogramError, match=r"no event passed .* Did you mean 'MET>200'"):
        results.yields("MET>250")
    with pytest.raises(HistogramNameError, match="is not a selection"):
        results.yields("MET")


def test_the_cutflow_keeps_the_order_of_the_configuration(results: Results) -> None:
    assert results.datasets == ["ttbar", "signal"]
    assert results.cutflow.index.tolist() == ["ttbar", "signal"]
    assert results.cutflow["used"].tolist() == [1240, 85]


def test_clearness_is_the_sum_over_bins(results: Results) -> None:
    place = results.table["name"].tolist().index("2e os | m(e0,e1)")
    total = results.histogram("2e os | m(e0,e1)").values(flow=True)
    expected = np.sqrt(50**2 / total[15] + 1)
    assert results.clearness("signal")[place] == pytest.approx(expected)


def test_a_folder_or_its_file_can_be_opened(folder: Path) -> None:
    with bumpcast.open_results(folder / "histograms.h5") as results:
        assert results.complete
        assert repr(results).startswith("Results('")


def test_a_complete_run_misses_nothing(results: Results) -> None:
    assert results.complete
    assert results.missing == ()


def missing_of(folder: Path) -> tuple[str, ...]:
    with bumpcast.open_results(folder) as results:
        assert not results.complete
        return results.missing


def test_an_incomplete_run_says_what_is_missing(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    place = {"filename": "a.root", "entrystart": 5, "entrystop": 8}
    error = {"type": "OSError", "message": "no such host\nmore"}
    failures = [
        {"dataset": "ttbar", **place, "error": error},
        {"dataset": "signal", "filename": "b.root", "error": error},
    ]
    write_manifest(folder, "incomplete", seen=7, failures=failures)
    assert missing_of(folder) == (
        "the run is incomplete: 3 of 10 events are missing, 2 pieces of work failed; "
        "'bumpcast run ... --resume' goes on with them",
        "ttbar: a.root, entries 5 to 8: OSError: no such host",
        "signal: b.root: OSError: no such host",
    )
    write_manifest(folder, "incomplete", seen=7, failures=[failures[0]] * 25)
    assert missing_of(folder)[-1] == "and 15 more, all in manifest.json"


def test_a_run_whose_end_is_not_known_is_not_complete(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    write_manifest(folder, "running")
    assert "the run goes on, or was killed" in missing_of(folder)[0]
    (folder / "manifest.json").write_text("{")
    assert "cannot be read" in missing_of(folder)[0]
    (folder / "manifest.json").write_text(json.dumps({"name": "x"}))
    assert "cannot be read" in missing_of(folder)[0]
    (folder / "manifest.json").unlink()
    assert "it is not known whether the run read every event" in missing_of(folder)[0]
