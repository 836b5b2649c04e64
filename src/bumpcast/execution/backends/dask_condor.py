"""A Dask cluster whose workers are jobs of HTCondor."""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import signal
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import dask
import dask_jobqueue
import distributed

from bumpcast.batch.condor import check_condor, describe_jobs
from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.base import ONE_THREAD, BackendError
from bumpcast.execution.backends.dask_calls import PRELOAD, SETTINGS, DaskCalls, dashboard_note
from bumpcast.execution.backends.dask_keeping import DaskKeeping
from bumpcast.execution.backends.dask_watch import WATCH_SETTINGS, DaskWatch, Watched
from bumpcast.execution.backends.signals import holding
from bumpcast.execution.backends.site import differences, facts

# Typed in places, and so refused by a strict check where it is not.
_dask: Any = distributed
_config: Any = dask.config
_jobqueue: Any = dask_jobqueue

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_LOST_JOB_S = 15
"""So long a worker may be away before its job is replaced."""


class DaskCondorBackend(Watched):
    """Workers in jobs of HTCondor, submitted through dask-jobqueue.

    One job is submitted at first. Its worker says which versions and code it has; only when they
    are those of the driver, the other jobs are submitted and calls are handed out. A job that is
    lost is replaced.

    Args:
        workers: How many processes, in jobs of ``cluster.cores`` each.
        cluster: The table [cluster].
        logs: Folder of the jobs' logs.

    Raises:
        BatchError: Jobs cannot be submitted from here.
        BackendError: The cluster does not start.
    """

    name = "dask-condor"

    def __init__(self, workers: int, cluster: ClusterConfig, logs: Path) -> None:
        check_condor()
        self.workers = workers
        # One call a worker and no queue behind it: Dask blames whatever a dead worker had.
        self.capacity = workers
        self._wait_s = cluster.wait_s
        self._jobs = -(-workers // cluster.cores)
        self._logs = logs
        self._is_checked = False
        self._held: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self._seen = time.monotonic()
        self._settings: Any = _config.set(
            {
                **SETTINGS,
                **WATCH_SETTINGS,
                "distributed.deploy.lost-worker-timeout": f"{_LOST_JOB_S}s",
            }
        )
        logs.mkdir(parents=True, exist_ok=True)
        try:
            with holding(signal.SIGINT, signal.SIGTERM):
                self._cluster: Any = _jobqueue.HTCondorCluster(
                    cores=cluster.cores,
                    processes=cluster.cores,
                    memory=cluster.memory,
                    disk=cluster.disk,
                    python=cluster.python,
                    log_directory=str(logs),
                    death_timeout=cluster.death_timeout_s,
                    job_extra_directives=dict(cluster.directives),
                    job_script_prologue=[*_exports(), *cluster.prologue],
                    worker_extra_args=_worker_arguments(cluster),
                    scheduler_options={
                        "host": cluster.host,
                        "port": cluster.scheduler_port,
                        "dashboard_address": f"{cluster.host}:{cluster.dashboard_port}",
                    },
                    silence_logs=logging.CRITICAL,
                )
                self._client = _dask.Client(self._cluster, set_as_default=False)
                self._cluster.scale(jobs=1)
        except (OSError, TimeoutError, RuntimeError, ValueError) as error:
            self._settings.__exit__(None, None, None)
            msg = f"the Dask cluster does not start: {error}"
            raise BackendError(msg) from error
        self._calls = DaskCalls(self._client)
        self.keeping = DaskKeeping(self._client)
        self._watch = DaskWatch(self._client, self._cluster.scheduler)
        self.notes = (dashboard_note(self._client.dashboard_link),)

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        future: Future[Any] = Future()
        if self._is_checked:
            self._calls.submit(future, call, *arguments)
        else:
            self._held.append((future, call, arguments))
        return future

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds.

        Raises:
            BackendError: The first worker is of other versions, or there is none for too long.
            BatchError: The queue does not answer.
        """
        if not self._is_checked and self.alive:
            self._check()
        done = self._calls.wait(futures, timeout)
        if self.alive or done:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self._wait_s:
            msg = (
                f"no worker for {self._wait_s:.0f} s: {describe_jobs(self._job_numbers)}. "
                f"{self._last_words()}"
            )
            raise BackendError(msg)
        return done

    def close(self, *, now: bool = False) -> None:
        """End the cluster; no job is left in the queue."""
        self._calls.forget()
        self._held.clear()
        with contextlib.suppress(TimeoutError, OSError):
            self._client.close(timeout=1 if now else 10)
        with contextlib.suppress(TimeoutError, OSError):
            self._cluster.close(timeout=20)
        self._settings.__exit__(None, None, None)

    @property
    def _job_numbers(self) -> list[str]:
        return [job.job_id for job in self._cluster.workers.values() if job.job_id]

    def _check(self) -> None:
        """Compare the first worker with the driver, then ask for the others."""
        found = list(self._client.run(facts).values())
        for there in found:
            problems = differences(facts(), there)
            if problems:
                msg = (
                    f"a worker is not like the driver: {'; '.join(problems)}. Give the jobs the "
                    f"same environment: [cluster] python, or a folder that all machines share"
                )
                raise BackendError(msg)
        if not found:
            return
        self._is_checked = True
        # Adaptive between equal bounds: unlike a fixed number, it replaces jobs that are lost.
        self._cluster.adapt(minimum_jobs=self._jobs, maximum_jobs=self._jobs)
        for future, call, arguments in self._held:
            self._calls.submit(future, call, *arguments)
        self._held.clear()

    def _last_words(self) -> str:
        """Return the last lines that a job wrote, and where the rest is."""
        written = [path for path in self._logs.glob("worker-*.err") if path.stat().st_size]
        if not written:
            return f"The jobs' logs are in {self._logs}."
        latest = max(written, key=lambda path: path.stat().st_mtime)
        tail = latest.read_text(errors="replace").strip().splitlines()[-5:]
        return f"The last lines of {latest}:\n" + "\n".join(tail)


def _exports() -> list[str]:
    """Return what a job's shell exports: the settings of the driver do not reach the workers."""
    values = dict(ONE_THREAD)
    for key, value in {**SETTINGS, **WATCH_SETTINGS}.items():
        if key.startswith("distributed.worker."):
            values[f"DASK_{key.replace('.', '__').upper()}"] = str(value)
    for name in ("BUMPCAST_CACHE", "PYTHONPATH"):
        if name in os.environ:
            values[name] = os.environ[name]
    return [f"export {name}={shlex.quote(value)}" for name, value in values.items()]


def _worker_arguments(cluster: ClusterConfig) -> list[str]:
    arguments = ["--preload", PRELOAD, "--no-dashboard"]
    # Without an address a worker listens on every interface: not where all is on one machine.
    on_loopback = cluster.host if cluster.host in LOOPBACK else None
    host = cluster.worker_host or on_loopback
    if host is not None:
        arguments += ["--host", host]
    return arguments
