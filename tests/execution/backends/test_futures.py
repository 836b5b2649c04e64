from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import cloudpickle
import numpy as np
import psutil
import pytest

from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends import make_backend
from bumpcast.execution.backends.base import CallError, WorkerDiedError

# A worker cannot import a test's module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


def gather(backend, futures, seconds=60):
    waiting, end = set(futures), time.monotonic() + seconds
    while waiting:
        assert time.monotonic() < end
        waiting -= backend.wait(waiting, 0.2)
    return futures


@pytest.fixture
def backend(tmp_path: Path):
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    backend = make_backend("futures", 2, ClusterConfig(), tmp_path)
    yield backend
    backend.close(now=True)
    left = [
        process
        for process in psutil.Process().children(recursive=True)
        # The server that starts the workers and the tracker of resources end with the driver.
        if process.pid not in before and "forkserver" not in " ".join(process.cmdline())
    ]
    assert [p for p in left if "resource_tracker" not in " ".join(p.cmdline())] == []


def double(value):
    return 2 * value


def large(count):
    return np.arange(count)


def environment(names):
    return os.getpid(), [os.environ.get(name) for name in names]


def die_unless(marks, times):
    marks = Path(marks)
    died = len(list(marks.iterdir()))
    if died < times:
        (marks / str(died)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def unpicklable():
    return (value for value in range(3))


def test_many_calls_come_back_each_to_its_own_future(backend):
    futures = [backend.submit(double, value) for value in range(50)]
    assert [future.result() for future in gather(backend, futures)] == list(range(0, 100, 2))


def test_large_arguments_and_results(backend):
    array = np.arange(3_000_000)
    futures = [backend.submit(double, array) for _ in range(4)]
    futures += [backend.submit(large, 3_000_000) for _ in range(4)]
    gather(backend, futures)
    assert all(future.result()[-1] == 5_999_998 for future in futures[:4])
    assert all(future.result()[-1] == 2_999_999 for future in futures[4:])


def test_one_thread_for_each_library_of_a_worker(backend):
    (future,) = gather(backend, [backend.submit(environment, ["OMP_NUM_THREADS"])])
    pid, values = future.result()
    assert pid != os.getpid()
    assert values == ["1"]


def test_a_call_whose_worker_dies_is_tried_three_times(backend, tmp_path):
    (tmp_path / "twice").mkdir()
    (tmp_path / "always").mkdir()
    bystanders = [backend.submit(double, value) for value in range(4)]
    twice = backend.submit(die_unless, str(tmp_path / "twice"), 2)
    always = backend.submit(die_unless, str(tmp_path / "always"), 99)
    bystanders += [backend.submit(double, value) for value in range(4)]
    gather(backend, [*bystanders, twice, always])
    assert [future.result() for future in bystanders] == [0, 2, 4, 6] * 2
    assert twice.result() == "alive"
    with pytest.raises(WorkerDiedError, match="died 3 times; the last one was ended by SIGKILL"):
        always.result()
    assert len(list((tmp_path / "always").iterdir())) == 3


def test_an_output_that_does_not_pickle_is_told(backend):
    (future,) = gather(backend, [backend.submit(unpicklable)])
    with pytest.raises(CallError, match="cannot be pickled"):
        future.result()
