"""Everything in the caller's own process, one call after the other: for debugging."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import Any


class IterativeBackend:
    """Runs a call when it is waited for."""

    name = "iterative"
    workers = 1
    capacity = 1
    keeping = None
    notes = ()
    alive = 1
    lost = 0
    redone = 0

    def __init__(self) -> None:
        self._calls: deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = deque()

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Hand in a call."""
        future: Future[Any] = Future()
        self._calls.append((future, call, arguments))
        return future

    def wait(self, futures: Collection[Future[Any]], timeout: float) -> set[Future[Any]]:
        """Run the oldest call and return the futures that are done."""
        if self._calls:
            future, call, arguments = self._calls.popleft()
            future.set_result(call(*arguments))
        return {future for future in futures if future.done()}

    def close(self, *, now: bool = False) -> None:
        """Forget the calls that nobody waited for."""
        self._calls.clear()
