"""What a run's end needs, made ready while the first tasks run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor


class Preparations:
    """Steps of some seconds that a thread does, so that no worker waits for the run loop meanwhile.

    Args:
        steps: What to do, in order.
    """

    def __init__(self, steps: Sequence[Callable[[], None]] = ()) -> None:
        self._steps = steps
        self._running: Future[None] | None = None

    def begin(self) -> None:
        """Begin, unless that has been done."""
        if self._running is None:
            thread = ThreadPoolExecutor(1, "bumpcast-preparation")
            self._running = thread.submit(self._go)
            thread.shutdown(wait=False)

    def look(self) -> None:
        """Raise what a step has raised, if one has."""
        if self._running is not None and self._running.done():
            self._running.result()

    def finish(self) -> None:
        """Wait for the last step; raise what one has raised."""
        if self._running is not None:
            self._running.result()

    def _go(self) -> None:
        for step in self._steps:
            step()
