"""The process that forks the workers of the back end 'futures': it imports once what all need.

It takes as long to import as the driver itself, so it is started before the driver imports: both do
so at the same time.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing import forkserver

from bumpcast.execution.backends.base import ONE_THREAD
from bumpcast.execution.backends.signals import holding

ORDER_VARIABLE = "BUMPCAST_PRELOAD"
"""Environment variable for the server alone: the driver's process, and the modules to import."""
_PRELOAD = "bumpcast.execution.backends.preload"
_WORKER = ("bumpcast.execution.worker", "hist")


def start_server(modules: Sequence[str] = ()) -> None:
    """Start the server if it does not run yet; return while it imports.

    Args:
        modules: What the workers need besides the run loop's own modules.

    Raises:
        OSError: No process can be started.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload([_PRELOAD])
    order = " ".join(dict.fromkeys([str(os.getpid()), *_WORKER, *modules]))
    # The server ignores Ctrl-C once it has imported; held back, it does so from the beginning.
    with holding(signal.SIGINT), _environment({**ONE_THREAD, ORDER_VARIABLE: order}):
        forkserver.ensure_running()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
