"""What jobs go through on a real HTCondor pool of this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pool_tools import Notes, condor, queue, wait_until

from bumpcast.execution import run
from bumpcast.execution.backends import LOGS
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.driver import LEDGER
from bumpcast.execution.ledger import read_ledger

SLOWLY = {"sleep_s": 0.3}


def items_of(folder: Path) -> int:
    ledger = folder / LEDGER
    return ledger.read_text().count('"item"') if ledger.exists() else 0


def meanwhile(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action)
    thread.start()
    return thread


def test_a_held_job_is_told_once_and_goes_on_when_released(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis(), tmp_path / "here")
    notes = Notes()

    def hold() -> None:
        if wait_until(lambda: bool(queue()), 60):
            number = queue()[0].split()[0]
            condor("condor_hold", number)
            wait_until(lambda: notes.has("is held"), 30)
            condor("condor_release", number)

    thread = meanwhile(hold)
    there = run(on_condor(), tmp_path / "there", progress=notes)
    thread.join()
    assert there.output == here.output
    told = [line for line in notes.lines if "is held" in line]
    assert len(told) == 1
    assert "HTCondor: job" in told[0]
    assert "via condor_hold" in told[0]


def test_a_job_that_stays_held_ends_the_run_with_the_reason(on_condor: Any, tmp_path: Path) -> None:
    def hold() -> None:
        if wait_until(lambda: bool(queue()), 60):
            condor("condor_hold", "-reason", "for want of sugar", queue()[0].split()[0])

    thread = meanwhile(hold)
    with pytest.raises(BackendError, match=r"no worker for 4 s: job \d+\.0: held: for want of su"):
        run(on_condor(cluster={"wait_s": 4.0}), tmp_path / "run")
    thread.join()


def test_a_job_that_is_vacated_is_made_up_for(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    vacated = []

    def vacate() -> None:
        if wait_until(lambda: items_of(tmp_path / "there") > 1, 60):
            number = queue()[0].split()[0]
            condor("condor_vacate_job", "-fast", number)
            vacated.append(number)

    thread = meanwhile(vacate)
    there = run(on_condor("troubled.py:Troubled", options=SLOWLY), tmp_path / "there")
    thread.join()
    assert vacated
    assert there.complete
    assert there.output == here.output


def test_a_pool_that_goes_away_leaves_a_run_that_another_executor_completes(
    own_htcondor_pool: Any, on_cluster: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    folder = tmp_path / "there"

    def stop() -> None:
        if wait_until(lambda: items_of(folder) > 1, 60):
            own_htcondor_pool.stop()

    thread = meanwhile(stop)
    notes = Notes()
    slowly = on_cluster(
        "troubled.py:Troubled", {"wait_s": 12.0}, options=SLOWLY, executor="dask-condor"
    )
    with pytest.raises(
        BackendError, match=r"no worker for 12 s: .*queue cannot be reached"
    ) as caught:
        run(slowly, folder, progress=notes)
    thread.join()
    assert caught.value.exit_code != 0
    resumed = run(slowly, folder, resume=True, executor="futures")
    assert resumed.complete
    assert resumed.entries_resumed
    assert resumed.output == here.output


def test_an_input_that_jobs_cannot_read_is_told(
    on_condor: Any, quickstart: Path, tmp_path: Path
) -> None:
    source = quickstart / "ttbar.root"
    link = tmp_path / "data" / "here.root"
    link.parent.mkdir()
    shutil.copy(source, link)

    def take_away() -> None:
        if wait_until(lambda: bool(queue()), 60):
            link.unlink()

    thread = meanwhile(take_away)
    with pytest.raises(BackendError, match=rf"the first worker, on .*: the input {link} cannot be"):
        run(on_condor(files={"one": [str(link)]}), tmp_path / "run")
    thread.join()


def test_a_job_that_htcondor_does_not_take_is_told(on_condor: Any, tmp_path: Path) -> None:
    analysis = on_condor(cluster={"directives": {"universe": "nonsense"}})
    with pytest.raises(BackendError, match=r"(?s)HTCondor does not take the job: .*nonsense"):
        run(analysis, tmp_path / "run")


def test_workers_that_end_their_life_are_replaced(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis("troubled.py:Troubled"), tmp_path / "here")
    analysis = on_condor("troubled.py:Troubled", {"lifetime_s": 6.0}, options={"sleep_s": 1.0})
    there = run(analysis, tmp_path / "there")
    assert there.output == here.output
    assert len(list((tmp_path / "there" / LOGS).glob("worker-*.log"))) > 1


def test_the_number_of_jobs_follows_the_work(on_condor: Any, tmp_path: Path) -> None:
    most = []
    done = threading.Event()

    def count() -> None:
        while not done.wait(0.3):
            most.append(len(queue()))

    thread = meanwhile(count)
    bounds = {"min_jobs": 1, "max_jobs": 2}
    summary = run(on_condor("troubled.py:Troubled", bounds, options=SLOWLY), tmp_path / "run")
    done.set()
    thread.join()
    assert summary.complete
    assert summary.workers == 2
    assert max(most) == 2


def test_workers_that_are_idle_stay_while_their_outputs_are_needed(
    on_condor: Any, make_analysis: Any, tmp_path: Path
) -> None:
    """Two workers, the last chunk of one takes long: the idle one keeps what it adds to."""
    options = {"output": "large", "sleeps_at": {"1200": 16.0}}
    here = run(
        make_analysis("troubled.py:Troubled", options={"output": "large"}), tmp_path / "here"
    )
    analysis = on_condor(
        "troubled.py:Troubled", {"min_jobs": 1, "max_jobs": 2}, options=options, dask_report=False
    )
    there = run(analysis, tmp_path / "there")
    assert there.complete
    assert all(np.array_equal(there.output[name], here.output[name]) for name in here.output)
    assert "lost" not in [record["event"] for record in read_ledger(tmp_path / "there" / LEDGER)]
