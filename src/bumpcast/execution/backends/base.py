"""What the run loop asks of a back end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from bumpcast.errors import BumpcastError
from bumpcast.execution.kept import Keeping

LOGS: Final = "logs"
"""Name of the folder of jobs' logs in a results folder."""

MOST_DEATHS = 3
"""A call whose worker died so often is given up."""

_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES}
"""Environment of a worker: the workers are the parallelism, so each library gets one thread."""


class BackendError(BumpcastError):
    """Workers cannot be started, or are gone for good."""


class WorkerDiedError(BumpcastError):
    """The processes that ran a call died, each time it was tried."""

    permanent = True


class CallError(BumpcastError):
    """A call's result could not be brought back from the worker."""

    permanent = True


class Backend(Protocol):
    """Runs calls somewhere.

    The calls never raise by themselves; what a future raises is the back end's own trouble:
    `WorkerDiedError` or `CallError`.
    """

    @property
    def name(self) -> str:
        """Name of the executor in the configuration."""

    @property
    def workers(self) -> int:
        """How many calls run at the same time."""

    @property
    def capacity(self) -> int:
        """How many calls to keep submitted, so that no worker waits and nothing piles up."""

    @property
    def keeping(self) -> Keeping | None:
        """How its workers keep outputs and add them up; None: outputs come back at once."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of it now that it is started, a line each."""

    @property
    def alive(self) -> int:
        """How many workers there are now."""

    @property
    def lost(self) -> int:
        """How many workers died so far."""

    @property
    def redone(self) -> int:
        """How many tasks were begun again because their worker died."""

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call; it and its arguments have to be picklable."""

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Return those that are done, after at most so many seconds.

        Raises:
            BackendError: No worker can be had any more.
        """

    def close(self, *, now: bool = False) -> None:
        """End every worker; no process is left behind.

        Args:
            now: Do not let running calls finish.
        """


@runtime_checkable
class Reporting(Protocol):
    """A back end that can draw a report of what its workers did."""

    def write_report(self, path: Path) -> None:
        """Write the report, an HTML file; called before `close`.

        Args:
            path: The file.

        Raises:
            BackendError: It cannot be drawn.
            DiskError: The file cannot be written.
        """
