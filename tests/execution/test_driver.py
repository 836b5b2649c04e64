from __future__ import annotations

import json
import shutil
import threading

import h5py
import numpy as np
import pytest
import uproot
from coffea.nanoevents import DelphesSchema
from coffea.processor import IterativeExecutor, Runner

from bumpcast import store
from bumpcast.config import Analysis
from bumpcast.datasets.files import RepeatedFileError
from bumpcast.events.errors import MissingFileError
from bumpcast.execution import RESULT, batching, run
from bumpcast.execution.driver import EmptyRunError
from bumpcast.execution.folder import OutputError
from bumpcast.execution.identity import ResumeError
from bumpcast.execution.ledger import LEDGER, read_ledger
from bumpcast.execution.mergetree import MergeError
from bumpcast.execution.processor_spec import ProcessorError, ProcessorSpec
from bumpcast.store import UnstorableError

EVENTS = {"qstar_1200": 800, "zprime_ll_400": 400, "ttbar": 1800}


@pytest.fixture(scope="module")
def whole(make_analysis, tmp_path_factory):
    """The undisturbed run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUMPCAST_CACHE", str(tmp_path_factory.mktemp("cache")))
        return run(make_analysis(), tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def toy(make_analysis, tmp_path_factory):
    """The undisturbed run of the processor that can be troubled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUMPCAST_CACHE", str(tmp_path_factory.mktemp("cache")))
        analysis = make_analysis("troubled.py:Troubled", names=["ttbar"])
        return run(analysis, tmp_path_factory.mktemp("toy"))


def read_result(folder):
    with h5py.File(folder / RESULT) as file:
        return store.read(file, "output")


def test_everything_is_read_once_and_stored(whole):
    assert whole.complete
    assert whole.exit_code == 0
    assert {name: output["events"] for name, output in whole.output.items()} == EVENTS
    assert {name: d.entries_seen for name, d in whole.datasets.items()} == EVENTS
    assert read_result(whole.folder) == whole.output
    assert whole.bytes_read > 100_000
    assert not (whole.folder / "checkpoints").exists()
    manifest = json.loads((whole.folder / "manifest.json").read_text())
    assert manifest["status"] == "complete"
    assert manifest["entries_seen"] == manifest["entries_expected"] == 3_000
    assert len(manifest["files"]) == 3
    assert all(file["uuid"] and file["bytes"] for file in manifest["files"])
    assert manifest["sessions"][0]["versions"]["coffea"]
    records = [line for line in read_ledger(whole.folder / LEDGER) if line["event"] == "item"]
    assert sum(record["entries"] for record in records) == 3_000


@pytest.mark.parametrize("executor", ["futures", "dask-local"])
def test_every_executor_gives_the_same_bits(whole, make_analysis, tmp_path, executor):
    other = run(make_analysis(executor=executor), tmp_path / "other")
    assert other.complete
    assert other.output == whole.output
    assert list(other.output) == list(whole.output)


def test_short_chunks_that_go_together_give_the_same_bits(make_analysis, tmp_path, monkeypatch):
    together = run(make_analysis(chunk_events=25), tmp_path / "together")
    monkeypatch.setattr(batching, "_MOST", 1)
    alone = run(make_analysis(chunk_events=25), tmp_path / "alone")
    assert together.complete
    assert together.chunks == 120
    assert together.output == alone.output


def test_the_same_processor_runs_under_coffeas_runner(whole, make_analysis):
    analysis = make_analysis()
    files = {name: analysis.datasets[name].files for name in ("qstar_1200", "zprime_ll_400")}
    runner = Runner(
        executor=IterativeExecutor(status=False), schema=DelphesSchema, chunksize=400, savemetrics=0
    )
    processor = ProcessorSpec.of(analysis).make()
    output = runner(
        {n: {"files": dict.fromkeys(f, "Delphes")} for n, f in files.items()}, processor
    )
    assert {name: part["events"] for name, part in output.items()} == {n: EVENTS[n] for n in files}
    for name, part in output.items():
        assert part["sum"] == pytest.approx(whole.output[name]["sum"], rel=1e-12)
        ours, theirs = whole.output[name]["pt"].view(flow=True), part["pt"].view(flow=True)
        assert ours.value == pytest.approx(theirs.value, rel=1e-12)


def test_fewer_events(make_analysis, tmp_path):
    summary = run(make_analysis(max_events=450), tmp_path / "few")
    assert summary.complete
    assert {n: o["events"] for n, o in summary.output.items()} == {
        n: min(450, events) for n, events in EVENTS.items()
    }


def test_a_processor_that_raises_for_one_chunk(make_analysis, tmp_path, whole):
    troubled = {"options": {"raises_at": [900]}, "names": ["ttbar", "zprime_ll_400"]}
    summary = run(make_analysis("troubled.py:Troubled", **troubled), tmp_path / "out")
    assert summary.exit_code == 3
    assert summary.status == "incomplete"
    (failure,) = summary.failures
    assert (failure.dataset, failure.entrystart, failure.entrystop) == ("ttbar", 900, 1200)
    assert failure.error.type == "IndexError"
    assert failure.attempts == 3
    assert "return empty[start]" in failure.error.traceback
    assert summary.output["ttbar"]["events"] == 1500
    assert summary.output["zprime_ll_400"]["events"] == 400
    assert read_result(summary.folder) == summary.output
    # The configuration is part of what the results depend on.
    mended = make_analysis("troubled.py:Troubled", names=["ttbar", "zprime_ll_400"])
    with pytest.raises(ResumeError, match=r"options\.raises_at: \[900\] then, null now"):
        run(mended, tmp_path / "out", resume=True)


@pytest.mark.parametrize("executor", ["iterative", "futures"])
def test_an_error_that_passes_is_tried_again(make_analysis, tmp_path, toy, executor):
    options = {"fails_once_at": [0, 600], "marks": str(tmp_path)}
    analysis = make_analysis(
        "troubled.py:Troubled", options=options, names=["ttbar"], executor=executor
    )
    summary = run(analysis, tmp_path / "out")
    assert summary.complete
    tries = {
        line["entrystart"]: line["attempts"]
        for line in read_ledger(summary.folder / LEDGER)
        if line["event"] == "item"
    }
    assert [tries[start] for start in (0, 300, 600)] == [2, 1, 2]
    assert summary.output == toy.output


@pytest.mark.parametrize("executor", ["futures", "dask-local"])
def test_a_killed_worker_costs_nothing_and_a_deadly_work_item_only_itself(
    make_analysis, tmp_path, toy, executor
):
    # Only zprime_ll_400 has a work item that starts at entry 200: the one that kills each time.
    options = {"dies_once_at": [300, 900], "dies_at": [200], "marks": str(tmp_path)}
    analysis = make_analysis(
        "troubled.py:Troubled",
        options=options,
        names=["ttbar", "zprime_ll_400"],
        executor=executor,
    )
    summary = run(analysis, tmp_path / "out")
    assert summary.exit_code == 3
    (failure,) = summary.failures
    assert (failure.dataset, failure.entrystart) == ("zprime_ll_400", 200)
    assert failure.error.type == "WorkerDiedError"
    assert "died 3 times" in failure.error.message
    assert summary.output["ttbar"] == toy.output["ttbar"]
    assert summary.output["zprime_ll_400"]["events"] == 200


def damaged(path, how):
    whole = path.read_bytes()
    contents = {
        "truncated": whole[: len(whole) // 2],
        "empty": b"",
        "no ROOT file": b"event,pt\n1,20\n",
    }
    path.write_bytes(contents[how])
    return whole


@pytest.mark.parametrize("how", ["truncated", "empty", "no ROOT file"])
def test_a_damaged_file_among_good_ones(make_analysis, tmp_path, quickstart, whole, how):
    copies = tmp_path / "data"
    shutil.copytree(quickstart, copies)
    repaired = damaged(copies / "qstar_1200.root", how)
    files = {name: [str(copies / f"{name}.root")] for name in EVENTS}
    analysis = make_analysis(files=files)
    summary = run(analysis, tmp_path / "out")
    assert summary.exit_code == 3
    (failure,) = summary.failures
    assert failure.filename.endswith("qstar_1200.root")
    assert failure.error.type == "UnreadableFileError"
    assert "qstar_1200" not in summary.output
    assert summary.entries_seen == 2200
    again = run(analysis, tmp_path / "out", resume=True)
    assert again.exit_code == 3
    assert again.entries_resumed == 2200
    (copies / "qstar_1200.root").write_bytes(repaired)
    mended = run(analysis, tmp_path / "out", resume=True)
    assert mended.complete
    assert mended.entries_resumed == 2200
    assert mended.output == whole.output
    assert read_result(mended.folder) == whole.output
    sessions = json.loads((mended.folder / "manifest.json").read_text())["sessions"]
    assert [session["status"] for session in sessions] == ["incomplete", "incomplete", "complete"]


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


def test_a_changed_processor_is_refused(make_analysis, tmp_path):
    file = tmp_path / "own.py"
    source = "class Own:\n    def process(self, events):\n        return {'n': len(events)}\n"
    file.write_text(source + "        1 / 0\n")
    analysis = make_analysis(names=["ttbar"]).model_copy(update={"processor": f"{file}:Own"})
    assert run(analysis, tmp_path / "out").complete
    file.write_text(source)
    with pytest.raises(ResumeError, match="the processor's file or class"):
        run(analysis, tmp_path / "out", resume=True)


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


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        ("object", UnstorableError, r"output\['a'\] is a builtins\.object"),
        ("lambda", UnstorableError, r"output\['a'\] is a builtins\.function"),
        ("changing", MergeError, "cannot be added"),
    ],
)
@pytest.mark.parametrize("executor", ["iterative", "futures"])
def test_outputs_that_cannot_be_kept(make_analysis, tmp_path, output, error, message, executor):
    analysis = make_analysis(
        "troubled.py:Troubled", options={"output": output}, names=["ttbar"], executor=executor
    )
    with pytest.raises(error, match=message):
        run(analysis, tmp_path / "out")


def test_postprocess_and_publish(make_analysis, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(
        "class Own:\n"
        "    def columns(self, dataset, keys):\n"
        "        assert dataset == 'ttbar'\n"
        "        return [key for key in keys if key.endswith('Jet.PT')]\n"
        "    def process(self, events):\n"
        "        assert events.fields\n"
        "        return {'n': len(events)}\n"
        "    def postprocess(self, output):\n"
        "        return {**output, 'twice': 2 * output['n']}\n"
        "    def publish(self, output, folder, run):\n"
        "        (folder / 'own.txt').write_text(str(output))\n"
        "        return [f'{run.entries_seen} events']\n"
    )
    analysis = make_analysis(names=["ttbar"]).model_copy(update={"processor": f"{file}:Own"})
    summary = run(analysis, tmp_path / "out")
    assert summary.output == {"n": 1800, "twice": 3600}
    assert summary.lines == ("1800 events",)
    assert (tmp_path / "out" / "own.txt").read_text() == str(summary.output)
    assert not (tmp_path / "out" / RESULT).exists()
    file.write_text(file.read_text().replace("(folder /", "1 / 0; (folder /"))
    with pytest.raises(ProcessorError, match=r"(?s)Own\.publish failed.*ZeroDivisionError"):
        run(analysis, tmp_path / "out", overwrite=True)


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


def test_a_run_in_another_thread_leaves_signals_alone(make_analysis, tmp_path):
    found = []
    thread = threading.Thread(
        target=lambda: found.append(run(make_analysis(names=["ttbar"]), tmp_path / "out"))
    )
    thread.start()
    thread.join()
    assert found[0].complete


def test_a_finished_run_can_be_resumed_and_refuses_to_be_run_over(whole, make_analysis):
    with pytest.raises(OutputError, match="already holds a run"):
        run(make_analysis(), whole.folder)
    again = run(make_analysis(), whole.folder, resume=True)
    assert again.complete
    assert again.output == whole.output
    assert again.lines == ("The run was complete already: nothing to do.",)
    assert again.bytes_read == 0


def test_a_run_that_was_stopped_before_it_had_a_plan(make_analysis, tmp_path, whole):
    (tmp_path / LEDGER).write_text('{"event": "start"}\n')
    assert run(make_analysis(), tmp_path, resume=True).output == whole.output


LATE = """
import os
import signal

from coffea.processor import ProcessorABC


class Late(ProcessorABC):
    def process(self, events):
        return {"events": len(events)}

    def publish(self, output, folder, summary):
        os.kill(os.getpid(), signal.SIGINT)
        (folder / "done.txt").write_text(str(output))
        return ["published"]
"""


def test_a_signal_while_results_are_written_comes_too_late(make_analysis, tmp_path):
    (tmp_path / "late.py").write_text(LATE)
    summary = run(make_analysis(tmp_path / "late.py:Late"), tmp_path / "run")
    assert summary.stopped_by is None
    assert summary.status == "complete"
    assert (tmp_path / "run" / "done.txt").exists()


def test_files_without_events(make_analysis, tmp_path, quickstart):
    empty = tmp_path / "empty.root"
    with uproot.recreate(empty) as file:
        file.mktree("Delphes", {"Event.Weight": np.float32})
    with pytest.raises(EmptyRunError, match="hold no events"):
        run(make_analysis(files={"a": [str(empty)]}), tmp_path / "out")
    files = {"a": [str(empty), str(quickstart / "ttbar.root")]}
    assert run(make_analysis(files=files), tmp_path / "two").complete


PREPARED = """
from coffea.processor import ProcessorABC


class Prepared(ProcessorABC):
    steps = []

    def process(self, events):
        self.steps.append("process")
        return {"events": len(events)}

    def postprocess(self, accumulator):
        return accumulator

    def prepare_publish(self):
        self.steps.append("prepare_publish")
        if FAILS:
            raise OverflowError("cannot prepare")

    def publish(self, output, folder, summary):
        return [*self.steps, "publish"]
"""


def test_publishing_is_prepared_while_tasks_run(make_analysis, tmp_path):
    path = tmp_path / "own.py"
    path.write_text(PREPARED.replace("FAILS", "False"))
    analysis = make_analysis(f"{path}:Prepared", names=["ttbar"])
    lines = list(run(analysis, tmp_path / "out").lines)
    assert lines.count("prepare_publish") == 1
    assert lines[-1] == "publish"


def test_tasks_go_on_while_publishing_is_prepared(make_analysis, tmp_path):
    path = tmp_path / "own.py"
    waiting = "while self.steps.count('process') < 3:\n            pass\n        if False:"
    path.write_text(PREPARED.replace("if FAILS:", waiting))
    analysis = make_analysis(f"{path}:Prepared", names=["ttbar"])
    summary = run(analysis, tmp_path / "out")
    assert summary.chunks >= 3
    assert "prepare_publish" in summary.lines


def test_a_failing_preparation_names_the_method(make_analysis, tmp_path):
    path = tmp_path / "own.py"
    path.write_text(PREPARED.replace("FAILS", "True"))
    analysis = make_analysis(f"{path}:Prepared", names=["ttbar"])
    with pytest.raises(ProcessorError, match=r"Prepared\.prepare_publish failed"):
        run(analysis, tmp_path / "out")
