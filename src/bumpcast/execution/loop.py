"""The run loop that loses nothing: the same for every back end."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from bumpcast import store
from bumpcast.datasets.workitem import Task
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend
from bumpcast.execution.checkpoints import Checkpoints
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.ledger import Ledger
from bumpcast.execution.mergetree import MergeTree
from bumpcast.execution.progress import Counts, Progress
from bumpcast.execution.records import ErrorRecord, ItemRecord
from bumpcast.execution.worker import Job, PlacedTask, TaskOutcome, run_task

_logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5
_STEP_AFTER_S = 0.1
_CHECKPOINT_SHARE = 10
"""A checkpoint that took t seconds is followed by none for this many times t."""


@dataclass
class Loop:
    """Hands tasks to a back end and gathers what comes back.

    Args:
        backend: Where tasks run.
        job: What they run.
        tree: Where outputs are added up.
        ledger: Where records go.
        checkpoints: Where partial results go.
        interrupts: Whether to stop.
        progress: Who is told how far the run is.
        counts: How far it is.
        checkpoint_s: Seconds between checkpoints.
        meanwhile: What to do while the first tasks run, a second or so each.
    """

    backend: Backend
    job: Job
    tree: MergeTree
    ledger: Ledger
    checkpoints: Checkpoints
    interrupts: Interrupts
    progress: Progress
    counts: Counts
    checkpoint_s: float
    meanwhile: deque[Callable[[], None]] = field(default_factory=deque)
    failures: list[ItemRecord] = field(default_factory=list)
    _pending: deque[PlacedTask] = field(default_factory=deque)
    _running: dict[Future[Any], PlacedTask] = field(default_factory=dict)
    _checked: bool = False

    def run(self, tasks: Sequence[PlacedTask]) -> None:
        """Run tasks until all are done or failed, or a signal arrives.

        Args:
            tasks: The tasks; what fails is afterwards in `failures`.

        Raises:
            BackendError: No worker can be had.
            DiskError: A checkpoint or the ledger cannot be written.
            MergeError: Outputs do not add up.
            UnstorableError: An output is of a type that cannot be stored.
        """
        self._pending.extend(tasks)
        next_checkpoint = time.monotonic() + self.checkpoint_s
        while (self._pending or self._running) and self.interrupts.received is None:
            while self._pending and len(self._running) < self.backend.capacity:
                placed = self._pending.popleft()
                self._running[self.backend.submit(run_task, self.job, placed)] = placed
            left = max(next_checkpoint - time.monotonic(), 0.0)
            # Workers that become ready are heard in here: all should have work when a step begins.
            longest = _STEP_AFTER_S if self.meanwhile else _LOOK_EVERY_S
            for future in self.backend.wait(self._running.keys(), min(longest, left)):
                self._take(future, self._running.pop(future))
            if self.meanwhile:
                self.meanwhile.popleft()()
            if time.monotonic() >= next_checkpoint:
                took = self.checkpoint()
                next_checkpoint = time.monotonic() + max(
                    self.checkpoint_s, _CHECKPOINT_SHARE * took
                )
            self.counts.look_at(self.backend)
            self.progress.show(self.counts)

    def checkpoint(self) -> float:
        """Save what is not saved yet; return how many seconds that took.

        Raises:
            DiskError: The disk is full; earlier checkpoints are intact.
        """
        started = time.monotonic()
        path = self.checkpoints.save(self.tree)
        if path is not None:
            self.ledger.write("checkpoint", {"file": path.name})
            _logger.info("checkpoint %s", path)
        self.ledger.sync()
        return time.monotonic() - started

    def _take(self, future: Future[Any], placed: PlacedTask) -> None:
        try:
            outcome: TaskOutcome = future.result()
        except BumpcastError as error:
            self._lost(placed, ErrorRecord.of(error))
            return
        owned = self.backend.name != "iterative"
        for node, output in outcome.parts:
            if not self._checked:
                # An output that no checkpoint can hold has to be known after the first work item
                # and not at the end.
                store.check(output)
                self._checked = True
            self.tree.add(node, output, owned=owned)
        for record in outcome.records:
            self._note(record)

    def _lost(self, placed: PlacedTask, error: ErrorRecord) -> None:
        """Deal with a task that brought nothing back, because its worker died with it."""
        items = placed.task.items
        if len(items) > 1:
            # One of them is to blame; alone, each can show that it is not.
            for leaf, item in zip(placed.leaves, items, strict=True):
                alone = Task(item.dataset, (item,))
                self._pending.append(replace(placed, task=alone, leaves=(leaf,)))
            return
        self._note(
            ItemRecord(
                leaf=placed.leaves[0].place,
                dataset=items[0].dataset,
                filename=items[0].filename,
                entrystart=items[0].entrystart,
                entrystop=items[0].entrystop,
                status="failed",
                error=error,
            )
        )

    def _note(self, record: ItemRecord) -> None:
        self.ledger.write("item", record.document())
        self.counts.take(record)
        if record.status == "done":
            return
        self.failures.append(record)
        if record.error is not None:
            _logger.warning("%s failed: %s", record.place, record.error.message)
