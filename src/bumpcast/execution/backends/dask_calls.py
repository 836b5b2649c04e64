"""Calls through a Dask client, and what the settings of every Dask cluster have in common."""

from __future__ import annotations

import logging
import platform
import queue
from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

import distributed

from bumpcast.execution.backends.base import (
    MOST_DEATHS,
    ONE_THREAD,
    CallError,
    WorkerDiedError,
)

SETTINGS: dict[str, Any] = {
    "distributed.scheduler.allowed-failures": MOST_DEATHS - 1,
    # A worker is handed one call and no more, also while there are fewer workers than calls: one
    # that waited behind another would be blamed for that one's death.
    "distributed.scheduler.worker-saturation": 1.0,
    # Outputs are fetched at once; a worker has nothing worth spilling or pausing for.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
ENVIRONMENT: dict[str, str] = {
    **ONE_THREAD,
    # Memory that is freed goes back to the machine at once: by default glibc keeps holes of tens of
    # megabytes, which sums of growing size do not fit into.
    "MALLOC_TRIM_THRESHOLD_": "65536",
}
"""Environment variables of a worker process."""

PRELOAD = "bumpcast.execution.worker"

# That a worker's connection is gone is told by what watches the workers. Dask notes it too, as mere
# information with a traceback; a local cluster keeps that silent while it runs, and not as it ends.
for _name in ("distributed.batched", "distributed.core"):
    logging.getLogger(_name).setLevel(logging.WARNING)


def dashboard_note(link: str) -> str:
    """Return where the dashboard is, and how to reach it from another machine.

    Args:
        link: Its address, as 'http://127.0.0.1:8787/status'.
    """
    address = urlsplit(link)
    tunnel = f"{address.port}:{address.hostname}:{address.port}"
    return f"Dask dashboard: {link} (from elsewhere: ssh -N -L {tunnel} {platform.node()})"


class DaskCalls:
    """Futures of calls that a Dask cluster runs.

    Attributes:
        are_held: Calls wait here for `release`, and none goes to a worker.

    Args:
        client: A client of the cluster.
        held: Hold them from the beginning.
    """

    def __init__(self, client: Any, *, held: bool = False) -> None:
        self._client = client
        self.are_held = held
        self._held: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []
        self._open: dict[Future[Any], Any] = {}
        self._settled: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._unclaimed: set[Future[Any]] = set()

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        future: Future[Any] = Future()
        if self.are_held:
            self._held.append((future, call, arguments))
        else:
            self._send(future, call, arguments)
        return future

    def release(self) -> None:
        """Send the calls that wait, and from now on each at once."""
        self.are_held = False
        for future, call, arguments in self._held:
            self._send(future, call, arguments)
        self._held.clear()

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds."""
        # Those that end say so: to look at each of a thousand, many times a second, takes long.
        try:
            if not any(future in futures for future in self._unclaimed):
                self._unclaimed.add(self._settled.get(timeout=timeout))
            while True:
                self._unclaimed.add(self._settled.get_nowait())
        except queue.Empty:
            pass
        done = {future for future in self._unclaimed if future in futures}
        self._unclaimed -= done
        for future in done:
            # Dropping Dask's own future frees the output on its worker.
            self._open.pop(future, None)
        return done

    def forget(self) -> None:
        """Drop every call that is open."""
        self._held.clear()
        self._open.clear()

    def _send(
        self, future: Future[Any], call: Callable[..., Any], arguments: tuple[Any, ...]
    ) -> None:
        remote = self._client.submit(call, *arguments, pure=False)
        self._open[future] = remote
        remote.add_done_callback(lambda done: self._settle(future, done))

    def _settle(self, future: Future[Any], remote: Any) -> None:
        _settle(future, remote)
        self._settled.put(future)


def _settle(future: Future[Any], remote: Any) -> None:
    try:
        value = remote.result()
    except distributed.KilledWorker as error:
        msg = f"its worker process died {MOST_DEATHS} times; the last was {error.last_worker}"
        future.set_exception(WorkerDiedError(msg))
    except BaseException as error:
        # Whatever Dask met on the way: a cancelled call, an output that does not pickle.
        future.set_exception(CallError(f"{type(error).__name__}: {error}"))
    else:
        future.set_result(value)
