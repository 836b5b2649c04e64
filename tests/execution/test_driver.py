from __future__ import annotations

import json
import shutil
import threading

import h5py
import pytest
from coffea.nanoevents import DelphesSchema
from coffea.processor import IterativeExecutor, Runner

from bumpcast import store
from bumpcast.execution import RESULT, batching, run
from bumpcast.execution.folder import OutputError
from bumpcast.execution.identity import ResumeError
from bumpcast.execution.ledger import LEDGER, read_ledger
from bumpcast.execution.processor_spec import ProcessorSpec

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


def test_a_changed_processor_is_refused(make_analysis, tmp_path):
    file = tmp_path / "own.py"
    source = "class Own:\n    def process(self, events):\n        return {'n': len(events)}\n"
    file.write_text(source + "        1 / 0\n")
    analysis = make_analysis(names=["ttbar"]).model_copy(update={"processor": f"{file}:Own"})
    assert run(analysis, tmp_path / "out").complete
    file.write_text(source)
    with pytest.raises(ResumeError, match="the processor's file or class"):
        run(analysis, tmp_path / "out", resume=True)


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
