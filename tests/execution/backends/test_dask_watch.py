"""What is told of a Dask cluster's workers, and the report of a run."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from bumpcast.execution import run
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_local import DaskLocalBackend
from bumpcast.execution.backends.dask_watch import DaskWatch
from bumpcast.execution.backends.iterative import IterativeBackend
from bumpcast.execution.driver import REPORT
from bumpcast.execution.progress import Lines


def sleepy_task(path: str) -> int:
    """Say who runs it, and do not come back the first time."""
    first = not Path(path).exists()
    Path(path).write_text(str(os.getpid()))
    if first:
        time.sleep(60)
    return 3


# Only tasks of the run count, which is told by their name.
sleepy_task.__name__ = "run_task"


@pytest.fixture
def backend():
    backend = DaskLocalBackend(1)
    yield backend
    if backend.alive:
        backend.close(now=True)


def test_a_worker_that_dies_and_its_task_are_counted(
    backend: DaskLocalBackend, tmp_path: Path
) -> None:
    # As on a cluster that somebody else has started, whose scheduler is elsewhere.
    joined = DaskWatch(backend._client)
    assert (backend.alive, joined.alive) == (1, 1)
    mark = tmp_path / "pid"
    future = backend.submit(sleepy_task, str(mark))
    end = time.monotonic() + 30
    while not mark.exists() or not mark.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    os.kill(int(mark.read_text()), signal.SIGKILL)
    assert backend.wait([future], 30) == {future}
    assert future.result() == 3
    assert (backend.lost, backend.redone, backend.alive) == (1, 1, 1)
    assert (joined.losses.lost, joined.losses.redone) == (1, 1)
    joined.write_report(tmp_path / REPORT)
    assert "run_task" in (tmp_path / REPORT).read_text()
    joined.close()

    backend.close(now=True)
    with pytest.raises(BackendError, match="could not be drawn"):
        backend.write_report(tmp_path / "other.html")


def test_the_report_shows_the_run_and_no_secret(
    make_analysis: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_TOKEN", "a-secret-of-the-environment")
    said: list[str] = []
    summary = run(
        make_analysis(executor="dask-local", dask_report=True, options={"bins": 77}),
        tmp_path / "run",
        progress=Lines(said.append),
    )
    assert summary.complete
    page = (tmp_path / "run" / REPORT).read_text()
    assert "Dask Performance Report" in page
    assert "run_task" in page
    assert "a-secret-of-the-environment" not in page
    # It needs nothing from the network.
    assert not re.search(r"<script[^>]+src=", page)
    assert len(page) < 3_000_000
    assert "drawing Dask's report" in said


def test_a_report_that_fails_does_not_change_the_end_of_a_run(
    make_analysis: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(IterativeBackend):
        def write_report(self, path: Path) -> None:
            msg = "Dask's report could not be drawn: ValueError: too few points"
            raise BackendError(msg)

    monkeypatch.setattr("bumpcast.execution.driver.make_backend", lambda *_, **__: Failing())
    said: list[str] = []
    summary = run(make_analysis(dask_report=True), tmp_path / "run", progress=Lines(said.append))
    assert summary.complete
    assert "Dask's report could not be drawn: ValueError: too few points" in said


def test_ctrl_c_while_the_report_is_drawn_still_ends_the_workers(
    make_analysis: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []

    class Interrupted(IterativeBackend):
        def write_report(self, path: Path) -> None:
            raise KeyboardInterrupt

        def close(self, *, now: bool = False) -> None:
            closed.append(now)

    monkeypatch.setattr("bumpcast.execution.driver.make_backend", lambda *_, **__: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run(make_analysis(dask_report=True), tmp_path / "run")
    assert closed == [False]
