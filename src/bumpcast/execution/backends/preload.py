"""What the server of the workers imports: it imports this module, which imports the rest."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import signal
from collections.abc import Iterator, Sequence

from bumpcast.execution.backends.forkserver import ORDER_VARIABLE

_LOOK_EVERY_S = 0.1


def preload(driver: int, names: Sequence[str]) -> None:
    """Import modules, so that processes that are forked from this one have them.

    Args:
        driver: The process that this one is for, its parent.
        names: The modules; one that fails to import is left to whoever needs it, who can say so.
    """
    # Collecting garbage would look through a million objects, all of which stay.
    gc.disable()
    with _ending_with(driver):
        for name in names:
            with contextlib.suppress(Exception):  # a module may raise anything
                importlib.import_module(name)
        # Imported here, because this module is the first of them, and numba is no small one.
        from bumpcast.compiled import set_up

        set_up()
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def _ending_with(driver: int) -> Iterator[None]:
    """End this process when its parent does; the server itself looks only once it has imported."""

    def look(_signal: int, _frame: object) -> None:
        if os.getppid() != driver:
            os._exit(1)

    before = signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _LOOK_EVERY_S, _LOOK_EVERY_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_order = os.environ.pop(ORDER_VARIABLE, None)
if _order is not None:
    _driver, *_names = _order.split()
    preload(int(_driver), _names)
