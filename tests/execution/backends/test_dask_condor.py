"""Runs on a real HTCondor pool of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from pool_tools import queue, wait_until

from bumpcast.batch.errors import BatchError
from bumpcast.execution import run
from bumpcast.execution.backends import LOGS
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.driver import LEDGER


def test_the_same_bits_as_in_one_process(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis(), tmp_path / "here")
    there = run(on_condor(), tmp_path / "there")
    assert there.complete
    assert there.output == here.output
    assert list((tmp_path / "there" / LOGS).glob("worker-*.log"))


def test_a_job_that_is_removed_is_made_up_for(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    removed = []

    def remove() -> None:
        if wait_until(lambda: sum(job.endswith(" 2") for job in queue()) == 2, 60):
            number = queue()[0].split()[0]
            subprocess.run(["condor_rm", number], check=True, capture_output=True, timeout=30)
            removed.append(number)

    thread = threading.Thread(target=remove)
    thread.start()
    slowly = on_condor("troubled.py:Troubled", options={"sleep_s": 1.0})
    there = run(slowly, tmp_path / "there")
    thread.join()
    assert removed
    assert there.complete
    assert there.output == here.output


def test_a_worker_that_is_killed_is_made_up_for(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    (tmp_path / "marks").mkdir()
    options = {"dies_once_at": [300], "marks": str(tmp_path / "marks")}
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    there = run(on_condor("troubled.py:Troubled", options=options), tmp_path / "there")
    assert there.complete
    assert there.output == here.output


def test_a_damaged_file_is_named_and_the_rest_kept(
    on_condor: Any, quickstart: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.root"
    damaged.write_bytes((quickstart / "qstar_1200.root").read_bytes()[:100_000])
    files = {"good": [str(quickstart / "zprime_ll_400.root")], "bad": [str(damaged)]}
    summary = run(on_condor(files=files), tmp_path / "run")
    assert not summary.complete
    assert [str(failure.place) for failure in summary.failures] == [str(damaged)]
    assert summary.output["good"]["events"] == 400


def test_ctrl_c_leaves_a_run_that_resumes(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    slowly = on_condor("troubled.py:Troubled", options={"sleep_s": 1.0})

    def interrupt() -> None:
        ledger = tmp_path / "there" / LEDGER
        if wait_until(lambda: ledger.exists() and ledger.read_text().count('"item"') > 1, 60):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    stopped = run(slowly, tmp_path / "there")
    thread.join()
    assert stopped.stopped_by == signal.SIGINT
    assert wait_until(lambda: not queue(), 30)
    resumed = run(slowly, tmp_path / "there", resume=True)
    assert resumed.complete
    assert resumed.entries_resumed
    assert resumed.output == here.output


def test_a_run_that_is_killed_leaves_no_job_and_resumes(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    slowly = on_condor(
        "troubled.py:Troubled",
        options={"sleep_s": 1.5},
        cluster={"death_timeout_s": 3.0},
        checkpoint_s=0.5,
    )
    configuration = tmp_path / "run.json"
    configuration.write_text(slowly.model_dump_json())
    folder = tmp_path / "there"
    script = (
        "import sys; from pathlib import Path; from bumpcast.config import Analysis\n"
        "from bumpcast.execution import run\n"
        "analysis = Analysis.model_validate_json(Path(sys.argv[1]).read_text())\n"
        "run(analysis, Path(sys.argv[2]))\n"
    )
    driver = subprocess.Popen([sys.executable, "-c", script, str(configuration), str(folder)])
    ledger = folder / LEDGER
    assert wait_until(lambda: ledger.exists() and '"checkpoint"' in ledger.read_text(), 90)
    assert driver.poll() is None, "the run ended before it could be killed"
    driver.kill()
    driver.wait()
    assert wait_until(lambda: not queue(), 60)
    resumed = run(slowly, folder, resume=True)
    assert resumed.complete
    assert resumed.entries_resumed
    assert resumed.output == here.output


def test_a_job_that_fits_no_slot_is_told(on_condor: Any, tmp_path: Path) -> None:
    analysis = on_condor(cluster={"memory": "900 GiB", "wait_s": 3.0})
    with pytest.raises(BackendError, match=r"no worker for 3 s: job \d+\.0: idle"):
        run(analysis, tmp_path / "run")


def test_a_python_that_is_not_there_is_told(on_condor: Any, tmp_path: Path) -> None:
    analysis = on_condor(cluster={"python": "/nowhere/python", "wait_s": 8.0})
    with pytest.raises(BackendError, match=r"(?s)no longer in the queue.*/nowhere/python"):
        run(analysis, tmp_path / "run")


def test_another_environment_is_told(
    on_condor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bumpcast.execution.backends.site.code_digest", lambda: "of another time")
    match = r"the code of bumpcast is [0-9a-f]{16} there and of another time here"
    with pytest.raises(BackendError, match=match):
        run(on_condor(), tmp_path / "run")


def test_a_machine_without_htcondor_is_told(
    make_analysis: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BatchError, match="no condor_submit on PATH"):
        run(make_analysis(executor="dask-condor"), tmp_path / "run")


def test_a_queue_that_is_down_is_told(
    make_analysis: Any, htcondor_pool: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # HTCondor's settings can come from the environment: these lead to no queue.
    monkeypatch.setenv("_CONDOR_SCHEDD_ADDRESS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("_CONDOR_SCHEDD_DAEMON_AD_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("_CONDOR_COLLECTOR_HOST", "127.0.0.1:1")
    with pytest.raises(BatchError, match="queue cannot be reached"):
        run(make_analysis(executor="dask-condor"), tmp_path / "run")
