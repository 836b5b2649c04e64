"""When partial results are saved, and by whom."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bumpcast.execution.checkpoints import Checkpoints
from bumpcast.execution.gathering import Gathering
from bumpcast.execution.ledger import Ledger
from bumpcast.execution.mergetree import Node

_logger = logging.getLogger(__name__)

_SHARE = 20
"""A checkpoint that took t seconds is followed by none for this many times t."""


class Saving:
    """Saves partial results now and then; used as a context manager.

    What workers keep is fetched and written by a thread, while the run goes on. What is here may
    be added to in place, so that the run has to wait.

    Args:
        gathering: The outputs.
        checkpoints: Where they go.
        ledger: Where that is noted.
        every_s: Seconds between checkpoints.
    """

    def __init__(
        self, gathering: Gathering, checkpoints: Checkpoints, ledger: Ledger, every_s: float
    ) -> None:
        self._gathering = gathering
        self._checkpoints = checkpoints
        self._ledger = ledger
        self._every_s = every_s
        self._thread = ThreadPoolExecutor(1, "bumpcast-checkpoint")
        self._running: Future[tuple[list[Path], list[Node]]] | None = None
        self._started = time.monotonic()
        self._next = self._started + every_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=error is None, cancel_futures=True)

    @property
    def seconds_left(self) -> float:
        """How long until there is something to do."""
        return max(self._next - time.monotonic(), 0.0)

    def look(self) -> None:
        """Begin or end a checkpoint when it is time.

        Raises:
            DiskError: The disk is full; earlier checkpoints are intact.
        """
        if self._running is not None and self._running.done():
            self.finish()
        if self._running is None and time.monotonic() >= self._next:
            if self._gathering.is_remote:
                self._begin()
            else:
                self.now()

    def now(self) -> None:
        """Save everything that is not saved yet and wait for it.

        Raises:
            DiskError: The disk is full; earlier checkpoints are intact.
        """
        self.finish()
        self._begin()
        self.finish()

    def finish(self) -> None:
        """Wait for a checkpoint that is under way.

        Raises:
            DiskError: The disk is full; earlier checkpoints are intact.
        """
        if self._running is None:
            return
        paths, nodes = self._running.result()
        self._running = None
        self._gathering.tree.mark_saved(nodes)
        for path in paths:
            self._ledger.write("checkpoint", {"file": path.name})
            _logger.info("checkpoint %s", path)
        self._ledger.sync()
        took = time.monotonic() - self._started
        self._next = time.monotonic() + max(self._every_s, _SHARE * took)

    def _begin(self) -> None:
        self._started = time.monotonic()
        self._running = self._thread.submit(self._save, self._gathering.tree.unsaved())
        self._next = self._started + self._every_s

    def _save(self, results: Sequence[tuple[Node, Any]]) -> tuple[list[Path], list[Node]]:
        nodes: list[Node] = []

        def brought() -> Any:
            for node, output in self._gathering.brought(results):
                nodes.append(node)
                yield node, output

        return self._checkpoints.save(brought()), nodes
