"""What may go wrong on a cluster, on a real HTCondor pool: the result, and what is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import psutil
import pytest

import bumpcast
from bumpcast import store
from bumpcast.config import Analysis, load
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution import run
from bumpcast.execution.driver import LEDGER, REPORT, RESULT
from bumpcast.execution.mergetree import MergeError

ROOT = Path(__file__).parents[3]
ON_THIS_MACHINE: dict[str, Any] = {"memory": "1 GiB", "disk": "1 GiB", "wait_s": 90.0}
# That of the session: the tests of this room have one of their own, where everything would have to
# be compiled again, by each worker.
CACHE = os.environ.get("BUMPCAST_CACHE")
_QUICK_SCAN = (
    "run.chunk_events=200",
    "run.max_events=400",
    "scan.combination_max_size=2",
    "options.plots=false",
    "run.dask_report=false",
)


def queue() -> list[str]:
    """Return each job's number and state."""
    done = subprocess.run(
        ["condor_q", "-af:j", "JobStatus"], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.splitlines()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


def items(folder: Path) -> list[dict[str, Any]]:
    """Return what the ledger says of work items."""
    lines = (folder / LEDGER).read_text().splitlines()
    return [record for line in lines if (record := json.loads(line))["event"] == "item"]


def items_done(folder: Path) -> int:
    return (folder / LEDGER).read_text().count('"item"') if (folder / LEDGER).exists() else 0


@pytest.fixture
def on_condor(make_analysis: Any, htcondor_pool: Any) -> Iterator[Callable[..., Analysis]]:
    """Return a function that makes a run on the pool.

    Afterwards no job is left in the queue, and no process of a job, nor of the driver, on the
    machine.
    """
    own = set(psutil.Process().children(recursive=True))
    daemons = set(htcondor_pool.processes())

    def make(processor: str = "troubled.py:Troubled", **more: Any) -> Analysis:
        analysis = make_analysis(processor, executor="dask-condor", **more)
        settings = ClusterConfig.model_validate(ON_THIS_MACHINE)
        return analysis.model_copy(update={"cluster": settings})

    def left_of_jobs() -> dict[int, str]:
        # Whatever a job starts carries the pool's mark, even if it has been detached.
        found = htcondor_pool.processes()
        return {number: name for number, name in found.items() if number not in daemons}

    def left_of_driver() -> list[psutil.Process]:
        found = set(psutil.Process().children(recursive=True)) - own
        return [child for child in found if not is_tracker(child)]

    yield make
    assert wait_until(lambda: not queue(), 30), queue()
    assert wait_until(lambda: not left_of_jobs(), 30), left_of_jobs()
    assert wait_until(lambda: not left_of_driver(), 5), left_of_driver()


def is_tracker(process: psutil.Process) -> bool:
    """Tell Python's own tracker of resources, which lives as long as the tests do."""
    try:
        return "resource_tracker" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return True


def test_an_error_that_happens_once_is_made_up_for(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    (tmp_path / "marks").mkdir()
    options = {"fails_once_at": [300], "marks": str(tmp_path / "marks")}
    here = run(make_analysis("troubled.py:Troubled", names=["ttbar"]), tmp_path / "here")
    analysis = on_condor(names=["ttbar"], options=options)
    there = run(analysis, tmp_path / "there")
    assert there.complete
    assert there.output == here.output
    assert (there.chunks_retried, there.workers_lost) == (1, 0)
    attempts = {record["entrystart"]: record["attempts"] for record in items(tmp_path / "there")}
    assert attempts.pop(300) == 2
    assert set(attempts.values()) == {1}
    (told,) = [record["error"] for record in items(tmp_path / "there") if record["error"]]
    assert (told["type"], told["message"]) == ("OSError", "the network is down")


def test_a_run_that_fails_leaves_nothing_behind(on_condor: Any, tmp_path: Path) -> None:
    with pytest.raises(MergeError):
        run(on_condor(options={"output": "changing"}), tmp_path / "run")


def test_ctrl_c_leaves_nothing_behind(on_condor: Any, tmp_path: Path) -> None:
    analysis = on_condor(options={"sleep_s": 0.5}, dask_report=True)

    def interrupt() -> None:
        if wait_until(lambda: items_done(tmp_path / "run") > 0, 60):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    stopped = run(analysis, tmp_path / "run")
    thread.join()
    assert stopped.stopped_by == signal.SIGINT
    assert stopped.exit_code == 130
    assert "run_task" in (tmp_path / "run" / REPORT).read_text()


def test_the_quickstart_scan_is_the_local_one_to_the_last_count(
    on_condor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if CACHE is None:
        monkeypatch.delenv("BUMPCAST_CACHE")
    else:
        monkeypatch.setenv("BUMPCAST_CACHE", CACHE)
    local = load(ROOT / "configs" / "quickstart.toml", _QUICK_SCAN)
    there = local.model_copy(update={"cluster": on_condor().cluster})
    summaries = [
        run(local, tmp_path / "local", executor="iterative"),
        run(there, tmp_path / "condor", executor="dask-condor", workers=2),
    ]
    assert all(summary.complete for summary in summaries)
    with (
        bumpcast.open_results(tmp_path / "local") as here,
        bumpcast.open_results(tmp_path / "condor") as condor,
    ):
        pd.testing.assert_frame_equal(here.table, condor.table)
        pd.testing.assert_frame_equal(here.final_states, condor.final_states)
        pd.testing.assert_frame_equal(here.cutflow, condor.cutflow)
        assert here.cutflow["read"].sum() == 2000
        for name in here.table["name"].head(20):
            np.testing.assert_array_equal(here.entries(name), condor.entries(name))
            assert here.histogram(name) == condor.histogram(name)
    arrays = [stored_arrays(summary.folder / "histograms.h5") for summary in summaries]
    assert arrays[0].keys() == arrays[1].keys()
    assert sum(array.size for array in arrays[0].values()) > 100_000
    for name, array in arrays[0].items():
        np.testing.assert_array_equal(array, arrays[1][name], err_msg=name)


def stored_arrays(path: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Return every array of numbers of a file by its path in it."""
    found = {}

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and node.dtype.kind in "iuf":
            found[name] = node[()]

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def test_the_command_says_what_was_made_up_for_and_leaves_nothing_behind(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled", names=["ttbar"]), tmp_path / "here")
    (tmp_path / "marks").mkdir()
    options = {"fails_once_at": [300], "dies_once_at": [600], "marks": str(tmp_path / "marks")}
    on_condor()
    configuration = tmp_path / "run.toml"
    configuration.write_text(
        f"""
        name = "toy"
        processor = "{ROOT}/tests/execution/processors/troubled.py:Troubled"
        options = {{ {", ".join(f"{key} = {value!r}" for key, value in options.items())} }}
        [formats.atlas]
        kind = "delphes"
        b_tag_bit = 0
        weight = "Event.Weight"
        [datasets.ttbar]
        files = ["{ROOT}/data/quickstart/ttbar.root"]
        format = "atlas"
        kind = "background"
        [normalisation]
        mode = "raw"
        [run]
        executor = "dask-condor"
        workers = 2
        chunk_events = 300
        retry_wait_s = 0.0
        [cluster]
        memory = "1 GiB"
        disk = "1 GiB"
        """
    )
    command = [sys.executable, "-m", "bumpcast.cli.main", "run", str(configuration)]
    command += ["--output", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "On the way 1 worker died and 2 chunks took more than one try." in done.stdout
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Dask dashboard: http://127.0.0.1:")
    assert "ssh -N -L " in lines[0]
    assert lines[-1].startswith("1,800 of 1,800 events (100%); ")
    assert lines[-1].endswith(" of 2; chunks 6 of 6, 0 failed, 2 retried; 0 to merge")
    with h5py.File(tmp_path / "run" / RESULT) as file:
        assert store.read(file, "output") == here.output
    session = json.loads((tmp_path / "run" / "manifest.json").read_text())["sessions"][-1]
    assert (session["chunks_retried"], session["workers_lost"]) == (2, 1)
    # The report is of this run, and says nothing of where its jobs ran.
    page = (tmp_path / "run" / REPORT).read_text()
    assert "run_task" in page
    assert str(tmp_path) not in page


def test_a_folder_that_an_option_names_is_brought_to_jobs(on_condor: Any, tmp_path: Path) -> None:
    table = tmp_path / "table"
    table.mkdir()
    (table / "text").write_text("brought")
    analysis = on_condor(
        "brought.py:Brought", names=["ttbar"], options={"table": {"path": str(table)}}
    )
    brings = analysis.cluster.model_copy(update={"transfer_files": [str(table)]})
    summary = run(analysis.model_copy(update={"cluster": brings}), tmp_path / "run")
    assert summary.complete
    assert summary.output["texts"] == {"brought"}
    assert str(tmp_path) not in summary.output["folders"]
