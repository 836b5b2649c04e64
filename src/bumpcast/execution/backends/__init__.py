"""Where tasks run: one file per back end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.run import ExecutorName
from bumpcast.execution.backends.base import Backend, BackendError, Reporting, WorkerDiedError

__all__ = [
    "Backend", "BackendError", "Reporting", "WorkerDiedError", "make_backend", "prepare_backend",
]  # fmt: skip

LOGS: Final = "logs"
"""Name of the folder of jobs' logs in a results folder."""


def prepare_backend(executor: ExecutorName, modules: Sequence[str] = ()) -> None:
    """Begin with what takes a back end long to start; return at once.

    Args:
        executor: Its name in the configuration.
        modules: What the work will import.

    Raises:
        BackendError: It does not start.
    """
    if executor == "futures":
        from bumpcast.execution.backends.forkserver import start_server

        try:
            start_server(modules)
        except OSError as error:
            msg = f"the process that starts the workers cannot be started: {error}"
            raise BackendError(msg) from error


def make_backend(
    executor: ExecutorName, workers: int, cluster: ClusterConfig, folder: Path
) -> Backend:
    """Start a back end.

    Args:
        executor: Its name in the configuration.
        workers: How many processes; 'iterative' has none but the caller's.
        cluster: What a batch system is asked for.
        folder: The results folder; a batch system's logs go into a folder of it.

    Raises:
        BackendError: It does not start.
    """
    # Dask alone takes a second to import, so each back end is imported when it is wanted.
    match executor:
        case "iterative":
            from bumpcast.execution.backends.iterative import IterativeBackend

            return IterativeBackend()
        case "futures":
            from bumpcast.execution.backends.futures import FuturesBackend

            return FuturesBackend(workers)
        case "dask-local":
            from bumpcast.execution.backends.dask_local import DaskLocalBackend

            return DaskLocalBackend(workers)
        case "dask-condor":
            from bumpcast.execution.backends.dask_condor import DaskCondorBackend

            return DaskCondorBackend(workers, cluster, folder / LOGS)
