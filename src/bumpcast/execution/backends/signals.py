"""Starting threads and processes that signals for the driver do not reach."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from multiprocessing import resource_tracker


@contextlib.contextmanager
def holding(*signals: signal.Signals) -> Iterator[None]:
    """Hold signals back: what is started meanwhile never gets them; the driver gets them after.

    What Ctrl-C and SIGTERM mean is the driver's to decide.

    Args:
        signals: Which ones.
    """
    # The tracker of resources is started first, because starting it lets both through again.
    resource_tracker.ensure_running()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set(signals))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
