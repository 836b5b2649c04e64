"""What a run does before its first task."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import uproot

from bumpcast.config import Analysis
from bumpcast.datasets.files import RepeatedFileError
from bumpcast.events.errors import MissingFileError
from bumpcast.execution import run
from bumpcast.execution.driver import EmptyRunError
from bumpcast.execution.identity import ResumeError
from bumpcast.execution.processor_spec import ProcessorError

EVENTS = {"qstar_1200": 800, "zprime_ll_400": 400, "ttbar": 1800}


def test_fewer_events(make_analysis, tmp_path):
    summary = run(make_analysis(max_events=450), tmp_path / "few")
    assert summary.complete
    assert {n: o["events"] for n, o in summary.output.items()} == {
        n: min(450, events) for n, events in EVENTS.items()
    }


def test_a_changed_file_is_not_mixed_in(make_analysis, tmp_path, quickstart):
    copy = tmp_path / "copy.root"
    shutil.copy(quickstart / "ttbar.root", copy)
    files = {"copy": [str(copy)], "zprime": [str(quickstart / "zprime_ll_400.root")]}
    analysis = make_analysis("troubled.py:Troubled", files=files, options={"raises_at": [900]})
    assert run(analysis, tmp_path / "out").exit_code == 3
    shutil.copy(quickstart / "dy_m100.root", copy)
    with pytest.raises(ResumeError, match=r"copy\.root: another file \(UUID"):
        run(analysis, tmp_path / "out", resume=True)
    other_cuts = make_analysis(
        "troubled.py:Troubled", files=files, options={"raises_at": [900]}, chunk_events=200
    )
    shutil.copy(quickstart / "ttbar.root", copy)
    with pytest.raises(ResumeError, match=r"run\.chunk_events"):
        run(other_cuts, tmp_path / "out", resume=True)


def test_mistakes_before_the_run_leave_no_folder(make_analysis, tmp_path, quickstart):
    out = tmp_path / "out"
    ttbar = str(quickstart / "ttbar.root")
    with pytest.raises(MissingFileError, match=r"Did you mean 'ttbar\.root'"):
        run(make_analysis(files={"a": [str(quickstart / "tbar.root")]}), out)
    with pytest.raises(RepeatedFileError, match="data sets 'a' and 'b'"):
        run(make_analysis(files={"a": [ttbar], "b": [ttbar]}), out)
    with pytest.raises(ProcessorError, match="Did you mean 'Jets'"):
        run(make_analysis("jets.py:Jet"), out)
    assert not out.exists()


def test_a_wrong_tree_is_named(make_analysis, tmp_path):
    analysis = make_analysis(names=["ttbar"])
    document = analysis.model_dump()
    document["formats"]["atlas"]["tree"] = "Events"
    summary = run(Analysis.model_validate(document), tmp_path / "out")
    assert summary.exit_code == 3
    assert summary.output is None
    assert "no tree 'Events'" in summary.failures[0].error.message


def pseudo_data(analysis, **dataset):
    document = analysis.model_dump()
    document["normalisation"] = {"mode": "pseudo-data", "luminosity_fb": 1.0, "seed": 1}
    for one in document["datasets"].values():
        one |= {"cross_section_pb": 1.0} | dataset
    return Analysis.model_validate(document)


def test_pseudo_data_know_the_sum_of_weights(make_analysis, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "class Own:\n    def process(self, events):\n"
        "        return {(events.metadata['dataset'], events.metadata['sum_of_weights']): 1}\n"
    )
    chosen = {"processor": f"{file}:Own"}
    analysis = make_analysis(names=["ttbar"]).model_copy(update=chosen)
    summary = run(pseudo_data(analysis), tmp_path / "all")
    total = summary.datasets["ttbar"].sum_of_weights
    assert summary.output == {("ttbar", total): 6}
    few = make_analysis(names=["ttbar"], max_events=900).model_copy(update=chosen)
    part = run(pseudo_data(few), tmp_path / "few").datasets["ttbar"].sum_of_weights
    assert part == pytest.approx(total / 2, rel=0.1)
    given = run(pseudo_data(few, sum_of_weights=10.0), tmp_path / "given")
    assert given.output == {("ttbar", 5.0): 3}


def test_pseudo_data_wait_for_all_weights(make_analysis, tmp_path, quickstart):
    bad = tmp_path / "bad.root"
    bad.write_bytes(b"")
    files = {
        "mixed": [str(quickstart / "ttbar.root"), str(bad)],
        "good": [str(quickstart / "zprime_ll_400.root")],
    }
    analysis = pseudo_data(make_analysis(files=files))
    summary = run(analysis, tmp_path / "out")
    assert set(summary.output) == {"good"}
    assert [failure.error.type for failure in summary.failures] == [
        "UnreadableFileError",
        "WithheldError",
    ]
    shutil.copy(quickstart / "qstar_1200.root", bad)
    mended = run(analysis, tmp_path / "out", resume=True)
    assert mended.complete
    assert mended.entries_resumed == 400
    assert mended.output == run(analysis, tmp_path / "fresh").output


def test_files_without_events(make_analysis, tmp_path, quickstart):
    empty = tmp_path / "empty.root"
    with uproot.recreate(empty) as file:
        file.mktree("Delphes", {"Event.Weight": np.float32})
    with pytest.raises(EmptyRunError, match="hold no events"):
        run(make_analysis(files={"a": [str(empty)]}), tmp_path / "out")
    files = {"a": [str(empty), str(quickstart / "ttbar.root")]}
    assert run(make_analysis(files=files), tmp_path / "two").complete
