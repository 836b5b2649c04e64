"""Where tasks run: one file per back end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.run import ExecutorName
from bumpcast.execution.backends.base import (
    LOGS,
    Backend,
    BackendError,
    Reporting,
    WorkerDiedError,
)
from bumpcast.execution.backends.certificates import remove_certificates

__all__ = [
    "LOGS",
    "Backend",
    "BackendError",
    "Reporting",
    "WorkerDiedError",
    "make_backend",
    "prepare_backend",
]

BATCH_EXECUTORS: Final = ("dask-condor", "dask-slurm")
"""Executors whose workers are jobs."""


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


def _say_nothing(_line: str) -> None:
    pass


def make_backend(
    executor: ExecutorName,
    workers: int,
    cluster: ClusterConfig,
    folder: Path,
    *,
    inputs: Sequence[str] = (),
    tell: Callable[[str], None] = _say_nothing,
) -> Backend:
    """Start a back end.

    Args:
        executor: Its name in the configuration.
        workers: How many processes; 'iterative' has none but the caller's.
        cluster: What a batch system is asked for.
        folder: The results folder; a batch system's logs go into a folder of it.
        inputs: Files of which workers on other machines have to show that they reach them.
        tell: Is given what the user should know while the run is on, a line at a time.

    Raises:
        BatchError: A batch system cannot be used from here.
        BackendError: It does not start.
    """
    remove_certificates(folder)
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
        case "dask-condor" | "dask-slurm":
            from bumpcast.execution.backends.dask_jobs import DaskJobsBackend
            from bumpcast.execution.backends.job_systems import job_system

            return DaskJobsBackend(job_system(executor), workers, cluster, folder, inputs, tell)
        case "dask":
            from bumpcast.execution.backends.dask_join import DaskJoinBackend

            return DaskJoinBackend(cluster, inputs)
