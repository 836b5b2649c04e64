"""A Dask cluster that runs already and that others look after."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final

import distributed

from bumpcast.config.cluster import ClusterConfig
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.dask_calls import DaskCalls, dashboard_note
from bumpcast.execution.backends.dask_keeping import DaskKeeping
from bumpcast.execution.backends.dask_watch import DaskWatch, Watched
from bumpcast.execution.backends.inspection import Inspections
from bumpcast.execution.backends.signals import holding

# Typed in places, and so refused by a strict check where it is not.
_dask: Any = distributed

_CONNECT_S: Final = 10
_LOOK_EVERY_S: Final = 1.0


class DaskJoinBackend(Watched):
    """The workers of a cluster that somebody else started.

    No call is handed out before every worker that is there has been looked at; those that come
    later are looked at as they come. The cluster is left running.

    Args:
        cluster: The table [cluster].
        inputs: Files that the work will read, which a worker has to reach.

    Raises:
        BackendError: No scheduler answers.
    """

    name = "dask"

    def __init__(self, cluster: ClusterConfig, inputs: Sequence[str]) -> None:
        address = _address(cluster)
        self._wait_s = cluster.wait_s
        self._address = address
        try:
            with holding(signal.SIGINT, signal.SIGTERM):
                self._client = _dask.Client(
                    address,
                    security=_security(cluster, address),
                    timeout=_CONNECT_S,
                    set_as_default=False,
                )
        except (OSError, TimeoutError, RuntimeError, ValueError, TypeError) as error:
            msg = f"no Dask scheduler answers at {address}: {error}"
            raise BackendError(msg) from error
        self._calls = DaskCalls(self._client, held=True)
        self.keeping = DaskKeeping(self._client, lambda: self._workers)
        self._watch = DaskWatch(self._client)
        self._inspections = Inspections(self._client, inputs)
        self._workers: tuple[str, ...] = ()
        self._next_look = self._seen = time.monotonic()
        self._look(0.0)
        self.notes = (dashboard_note(self._client.dashboard_link),)

    @property
    def workers(self) -> int:
        """How many calls run at the same time; changes with the cluster."""
        return max(len(self._workers), 1)

    @property
    def alive(self) -> int:
        """How many workers there were at the last look."""
        return len(self._workers)

    @property
    def capacity(self) -> int:
        """How many calls to keep submitted."""
        return self.workers

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        return self._calls.submit(call, *arguments)

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds.

        Raises:
            BackendError: A worker is not right, or there is none for too long.
        """
        self._look(timeout if self._calls.are_held else 0.0)
        done = self._calls.wait(futures, timeout)
        if self._workers or done:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > self._wait_s:
            msg = (
                f"no worker for {self._wait_s:.0f} s at {self._address}: start some with "
                f"'dask worker --nthreads 1 {self._address}', or ask whoever runs the cluster"
            )
            raise BackendError(msg)
        return done

    def close(self, *, now: bool = False) -> None:
        """Leave the cluster, which goes on."""
        self._calls.forget()
        self._inspections.forget()
        self._watch.close()
        with contextlib.suppress(TimeoutError, OSError):
            self._client.close(timeout=1 if now else 10)

    def _look(self, patience_s: float) -> None:
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_EVERY_S
            try:
                self._workers = tuple(self._client.nthreads())
            except (OSError, TimeoutError) as error:
                # The client connects again by itself if the scheduler comes back.
                self._workers = ()
                if time.monotonic() - self._seen > self._wait_s:
                    msg = f"the Dask scheduler at {self._address} is gone: {error}"
                    raise BackendError(msg) from error
        for inspection in self._inspections.look(self._workers, patience_s):
            if inspection.problems:
                machine = inspection.machine or inspection.address
                msg = (
                    f"the worker {inspection.address} on {machine} is not like the driver: "
                    f"{inspection}. Start it where all is as here, or take it out of the cluster"
                )
                raise BackendError(msg)
        if self._calls.are_held and self._workers and not self._inspections.waiting:
            self._calls.release()


def _address(cluster: ClusterConfig) -> str:
    given = cluster.scheduler
    if given is None:
        msg = (
            "the executor 'dask' joins a running cluster: say which with --scheduler or "
            "[cluster] scheduler, such as tcp://host:8786 or the path of a scheduler file"
        )
        raise BackendError(msg)
    if "://" in given:
        return given
    path = Path(given)
    try:
        address = json.loads(path.read_text())["address"]
    except OSError as error:
        msg = f"the scheduler file {path} cannot be read: {error.strerror}"
        raise BackendError(msg) from error
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{path} is no scheduler file of Dask: it names no address"
        raise BackendError(msg) from error
    return str(address)


def _security(cluster: ClusterConfig, address: str) -> Any:
    if not address.startswith("tls://"):
        return None
    if cluster.tls_ca is None:
        msg = (
            f"{address} wants a certificate: name its files with [cluster] tls_ca, tls_cert and "
            f"tls_key"
        )
        raise BackendError(msg)
    for file in (cluster.tls_ca, cluster.tls_cert, cluster.tls_key):
        if file is not None and not Path(file).is_file():
            msg = f"there is no file {file}, which [cluster] names for {address}"
            raise BackendError(msg)
    return _dask.Security(
        tls_ca_file=cluster.tls_ca,
        tls_client_cert=cluster.tls_cert,
        tls_client_key=cluster.tls_key,
        require_encryption=True,
    )
