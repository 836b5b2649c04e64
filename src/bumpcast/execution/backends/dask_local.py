"""A Dask cluster of this machine's processes, with its dashboard."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any

import dask
import distributed

from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_calls import (
    ENVIRONMENT,
    PRELOAD,
    SETTINGS,
    DaskCalls,
    dashboard_note,
)
from bumpcast.execution.backends.dask_keeping import DaskKeeping
from bumpcast.execution.backends.dask_watch import WATCH_SETTINGS, DaskWatch, Watched
from bumpcast.execution.backends.signals import holding

# Typed in places, and so refused by a strict check where it is not.
_dask: Any = distributed
_config: Any = dask.config


class DaskLocalBackend(Watched):
    """A cluster of processes with one thread each.

    Args:
        workers: How many processes.
    """

    name = "dask-local"

    def __init__(self, workers: int) -> None:
        self.workers = workers
        # One call a worker and no queue behind it: Dask blames whatever a dead worker had.
        self.capacity = workers
        self._settings: Any = _config.set(
            {
                **SETTINGS,
                **WATCH_SETTINGS,
                "distributed.nanny.pre-spawn-environ": dict(ENVIRONMENT),
                # A nanny starts its worker again however often it dies. Dask would end one whose
                # worker happens to be away a quarter of a minute after an earlier death.
                "distributed.deploy.lost-worker-timeout": "1d",
            }
        )
        try:
            with holding(signal.SIGINT, signal.SIGTERM):
                self._cluster = _dask.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                    preload=[PRELOAD],
                )
                self._client = _dask.Client(self._cluster, set_as_default=False)
        except (OSError, TimeoutError, RuntimeError) as error:
            self._settings.__exit__(None, None, None)
            msg = f"the local Dask cluster does not start: {error}"
            raise BackendError(msg) from error
        self._calls = DaskCalls(self._client)
        self.keeping = DaskKeeping(self._client, lambda: tuple(self._cluster.scheduler.workers))
        self._watch = DaskWatch(self._client, self._cluster.scheduler)
        self.notes = (dashboard_note(self._client.dashboard_link),)

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        return self._calls.submit(call, *arguments)

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds."""
        return self._calls.wait(futures, timeout)

    def close(self, *, now: bool = False) -> None:
        """End the cluster; no process is left behind."""
        self._calls.forget()
        if now:
            for nanny in self._cluster.workers.values():
                nanny.auto_restart = False
                if nanny.pid is not None:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(nanny.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError, OSError):
            self._client.close(timeout=1 if now else 10)
        with contextlib.suppress(TimeoutError, OSError):
            self._cluster.close(timeout=5 if now else 20)
        self._settings.__exit__(None, None, None)
