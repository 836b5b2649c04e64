"""Outputs too large to travel at once stay on Dask's workers and are added up there."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bumpcast.execution import gathering, run
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_keeping import DaskKeeping
from bumpcast.execution.backends.dask_local import DaskLocalBackend
from bumpcast.execution.driver import LEDGER
from bumpcast.execution.kept import Kept, LostOutputError

LARGE = {"output": "large"}


@pytest.fixture
def backend():
    backend = DaskLocalBackend(2)
    yield backend
    backend.close(now=True)


def records(folder: Path, kind: str) -> list[dict[str, Any]]:
    lines = (folder / LEDGER).read_text().splitlines()
    return [record for record in map(json.loads, lines) if record["event"] == kind]


def same(first: Any, second: Any) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[key], second[key]) for key in first
    )


@pytest.fixture(scope="module")
def whole(make_analysis: Any, tmp_path_factory: Any) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUMPCAST_CACHE", str(tmp_path_factory.mktemp("cache")))
        analysis = make_analysis("troubled.py:Troubled", options=LARGE, chunk_events=100)
        return run(analysis, tmp_path_factory.mktemp("whole") / "run")


@pytest.fixture
def on_dask(make_analysis: Any) -> Any:
    def make(options: dict[str, Any] | None = None, **more: Any) -> Any:
        settings = {"executor": "dask-local", "chunk_events": 100} | more
        return make_analysis("troubled.py:Troubled", options=LARGE | (options or {}), **settings)

    return make


def when(condition: Any, act: Any) -> threading.Thread:
    """Do something once, as soon as a condition is met."""

    def watch() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if condition():
                act()
                return
            time.sleep(0.02)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_the_same_bits_as_in_one_process(whole, on_dask, tmp_path):
    there = run(on_dask(), tmp_path / "there")
    assert there.complete
    assert same(there.output, whole.output)


def test_a_checkpoint_holds_what_workers_keep(whole, on_dask, tmp_path):
    slowly = on_dask({"sleep_s": 0.5}, checkpoint_s=0.1)
    folder = tmp_path / "there"

    def one_checkpoint() -> bool:
        return (folder / LEDGER).exists() and bool(records(folder, "checkpoint"))

    thread = when(one_checkpoint, lambda: os.kill(os.getpid(), signal.SIGINT))
    stopped = run(slowly, folder)
    thread.join()
    assert stopped.stopped_by == signal.SIGINT
    resumed = run(slowly, folder, resume=True)
    assert resumed.complete
    assert resumed.entries_resumed
    assert same(resumed.output, whole.output)


def test_what_a_lost_worker_kept_is_made_again(whole, on_dask, tmp_path):
    # The worker dies in a late chunk, with the outputs of many on its shelf.
    (tmp_path / "marks").mkdir()
    options = {"dies_once_at": [200], "marks": str(tmp_path / "marks")}
    there = run(on_dask(options), tmp_path / "there")
    assert there.complete
    assert same(there.output, whole.output)
    assert sum(record["items"] for record in records(tmp_path / "there", "lost")) > 0


def test_what_a_lost_worker_kept_comes_from_checkpoints(whole, on_dask, tmp_path):
    folder = tmp_path / "there"
    (tmp_path / "marks").mkdir()
    last = max(record["entrystart"] for record in records(whole.folder, "item"))
    options = {"dies_once_at": [last], "marks": str(tmp_path / "marks"), "sleep_s": 0.05}
    # The first checkpoint comes when all else is done, and the worker dies long after it.
    there = run(on_dask(options | {"dies_after_s": 6.0}, checkpoint_s=2.0), folder)
    assert there.complete
    assert same(there.output, whole.output)
    done = [record["leaf"] for record in records(folder, "item")]
    assert len(done) < 1.5 * len(set(done))


def test_workers_take_outputs_from_each_other(backend, whole):
    keeping = backend.keeping
    assert isinstance(keeping, DaskKeeping)
    arrays = [np.arange(20_000.0) + n for n in range(4)]
    kept = [backend.submit(_keep, array) for array in arrays]
    wait_for(backend, kept)
    kept = [future.result() for future in kept]
    assert all(isinstance(one, Kept) for one in kept)
    np.testing.assert_array_equal(keeping.bring(kept[2]), arrays[2])
    assert {one.worker for one in kept} == set(keeping.holders())
    (future,) = wait_for(backend, [backend.submit(keeping.add_up, [*kept, arrays[0]])])
    outcome = future.result()
    assert outcome.is_done
    np.testing.assert_array_equal(keeping.bring(outcome.output), sum(arrays) + arrays[0])
    # The parts are gone, from both workers.
    for one in kept:
        with pytest.raises(LostOutputError, match="has it no more"):
            keeping.bring(one)
    (future,) = wait_for(backend, [backend.submit(keeping.add_up, [kept[0], arrays[1]])])
    outcome = future.result()
    assert not outcome.is_done
    ((place, left),) = outcome.left
    assert place == 1
    np.testing.assert_array_equal(keeping.bring(left), arrays[1])
    placed = keeping.place(arrays[3])
    assert isinstance(placed, Kept)
    np.testing.assert_array_equal(keeping.bring(placed), arrays[3])
    assert keeping.place({"small": 1}) == {"small": 1}
    nowhere = Kept("tcp://127.0.0.1:1", "none", 0, 0)
    with pytest.raises(LostOutputError, match="is gone"):
        keeping.bring(nowhere)


def test_additions_that_never_succeed_end_the_run(on_dask, tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "_MOST_TRIES", 2)
    monkeypatch.setattr(DaskKeeping, "add_up", staticmethod(_take_and_die))
    match = r"adding up \d outputs .* 2 times: give the workers more memory"
    with pytest.raises(BackendError, match=match):
        run(on_dask(), tmp_path / "run")


def wait_for(backend: Any, futures: Any) -> Any:
    left = set(futures)
    while left:
        left -= backend.wait(left, 10)
    return futures


def _keep(array: Any) -> Any:
    import distributed

    from bumpcast.execution.shelf import SHELF

    time.sleep(0.3)  # so that both workers get some
    return SHELF.keep(array, distributed.get_worker().address)


def _take_and_die(parts: Any) -> Any:
    import distributed
    from distributed.utils import sync

    from bumpcast.execution.backends import dask_keeping
    from bumpcast.execution.kept import SumOutcome

    worker = distributed.get_worker()
    outputs = sync(worker.loop, dask_keeping._gather, worker, parts)
    if all(found for found, _ in outputs):
        os.kill(os.getpid(), signal.SIGKILL)
    return SumOutcome(is_done=False)
