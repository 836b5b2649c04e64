"""Where tasks run: one file per back end."""

from __future__ import annotations

from bumpcast.config.run import ExecutorName
from bumpcast.execution.backends.base import Backend, BackendError, WorkerDiedError

__all__ = ["Backend", "BackendError", "WorkerDiedError", "make_backend"]


def make_backend(executor: ExecutorName, workers: int) -> Backend:
    """Start a back end.

    Args:
        executor: Its name in the configuration.
        workers: How many processes; 'iterative' has none but the caller's.

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
