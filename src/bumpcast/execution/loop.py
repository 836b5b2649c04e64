"""The run loop that loses nothing: the same for every back end."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from bumpcast import store
from bumpcast.datasets.workitem import Task
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend
from bumpcast.execution.batching import next_task
from bumpcast.execution.gathering import Gathering
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.kept import SumOutcome
from bumpcast.execution.ledger import Ledger
from bumpcast.execution.mergetree import Merge, Node
from bumpcast.execution.preparations import Preparations
from bumpcast.execution.progress import Counts, Progress
from bumpcast.execution.records import ErrorRecord, ItemRecord
from bumpcast.execution.saving import Saving
from bumpcast.execution.worker import Job, PlacedTask, TaskOutcome, run_task

_logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5
_LAST_SUMS_S = 10.0
"""So long a run that is stopped waits for additions that have begun."""


@dataclass
class Loop:
    """Hands tasks to a back end and gathers what comes back.

    Args:
        backend: Where tasks run.
        job: What they run.
        gathering: Where outputs are added up.
        saving: Who saves partial results.
        ledger: Where records go.
        interrupts: Whether to stop.
        progress: Who is told how far the run is.
        counts: How far it is.
        preparations: What is done while the first tasks run.

    Attributes:
        failures: Afterwards, what failed.
        total: Afterwards, the sum of all outputs; None where there is none or the run was stopped.
    """

    backend: Backend
    job: Job
    gathering: Gathering
    saving: Saving
    ledger: Ledger
    interrupts: Interrupts
    progress: Progress
    counts: Counts
    preparations: Preparations = field(default_factory=Preparations)
    failures: list[ItemRecord] = field(default_factory=list)
    total: Any = None
    _tasks: Sequence[PlacedTask] = ()
    _pending: deque[PlacedTask] = field(default_factory=deque)
    _running: dict[Future[Any], PlacedTask | Merge] = field(default_factory=dict)
    _checked: bool = False
    _seconds: float = 0.0
    _entries: int = 0

    def run(self, tasks: Sequence[PlacedTask]) -> None:
        """Run tasks until all are done or failed, or a signal arrives.

        Args:
            tasks: The tasks.

        Raises:
            BackendError: No worker can be had.
            DiskError: A checkpoint or the ledger cannot be written.
            MergeError: Outputs do not add up.
            UnstorableError: An output is of a type that cannot be stored.
        """
        self._tasks = tasks
        self._pending.extend(tasks)
        while True:
            self._work()
            if self.interrupts.received is not None:
                self._end_sums()
                return
            total, lost = self.gathering.total()
            if not lost:
                self.preparations.finish()
                self.total = total
                return
            self._again(lost)

    def _work(self) -> None:
        """Run everything that is to be done."""
        while self.interrupts.received is None:
            self._hand_out()
            if not self._running:
                break
            self.preparations.begin()
            self._hear(min(_LOOK_EVERY_S, self.saving.seconds_left))
            self.preparations.look()
            self._again(self.gathering.lost_with_workers())
            self.saving.look()
            self.counts.merging = self.gathering.tree.backlog
            self.counts.look_at(self.backend)
            self.progress.show(self.counts)

    def _hand_out(self) -> None:
        """Give every worker something to do, additions first: what they free is memory."""
        while len(self._running) < self.backend.capacity:
            addition = self.gathering.next_sum()
            if addition is not None:
                merge, parts = addition
                assert self.backend.keeping is not None
                call = self.backend.keeping.add_up
                self._running[self.backend.submit(call, parts)] = merge
            elif self._pending:
                placed = next_task(self._pending, self._seconds_per_entry, self.backend.workers)
                keeping = self.backend.keeping
                task = run_task if keeping is None else keeping.run_task
                self._running[self.backend.submit(task, self.job, placed)] = placed
            else:
                return

    @property
    def _seconds_per_entry(self) -> float | None:
        """How long a worker takes for an entry; None: nobody knows yet."""
        return self._seconds / self._entries if self._entries else None

    def _hear(self, longest: float) -> None:
        for future in self.backend.wait(self._running.keys(), longest):
            what = self._running.pop(future)
            if isinstance(what, Merge):
                self._take_sum(future, what)
            else:
                self._take(future, what)

    def _take(self, future: Future[Any], placed: PlacedTask) -> None:
        try:
            outcome: TaskOutcome = future.result()
        except BumpcastError as error:
            self._lost(placed, ErrorRecord.of(error))
            return
        if outcome.refused:
            raise store.UnstorableError(outcome.refused)
        if outcome.parts and not self._checked and self.backend.keeping is None:
            # An output that no checkpoint can hold has to be known after the first work item and
            # not at the end.
            store.check(outcome.parts[0][1])
            self._checked = True
        self.gathering.take(outcome.parts)
        for record in outcome.records:
            self._note(record)

    def _take_sum(self, future: Future[Any], merge: Merge) -> None:
        try:
            outcome: SumOutcome = future.result()
        except BumpcastError as error:
            _logger.warning("an addition on a worker failed: %s", error)
            outcome = SumOutcome(is_done=False)
        self._again(self.gathering.summed(merge, outcome))

    def _end_sums(self) -> None:
        """Wait for additions that are under way, since the outputs they add are nowhere else."""
        end = time.monotonic() + _LAST_SUMS_S
        while time.monotonic() < end:
            sums = [future for future, what in self._running.items() if isinstance(what, Merge)]
            if not sums:
                break
            for future in self.backend.wait(sums, end - time.monotonic()):
                merge = self._running.pop(future)
                assert isinstance(merge, Merge)
                self._take_sum(future, merge)
        for what in self._running.values():
            if isinstance(what, Merge):
                self.gathering.give_up(what)

    def _again(self, lost: Collection[Node]) -> None:
        """Have done again what was lost with workers and is in no checkpoint."""
        if not lost:
            return
        self.saving.finish()
        for node in lost:
            self.gathering.restore(node)
        failed = {record.leaf for record in self.failures}
        entries = items = 0
        for placed in self._tasks:
            left = [
                (leaf, item)
                for leaf, item in zip(placed.leaves, placed.task.items, strict=True)
                if (leaf in lost or leaf.is_below(lost))
                and leaf.place not in failed
                and not self.gathering.tree.covers(leaf)
            ]
            if left:
                task = Task(placed.task.dataset, tuple(item for _, item in left))
                leaves = tuple(leaf for leaf, _ in left)
                self._pending.appendleft(replace(placed, task=task, leaves=leaves))
                entries += sum(len(item) for item in task.items)
                items += len(left)
        self.counts.undo(items, entries)
        self.ledger.write("lost", {"nodes": [list(node) for node in lost], "items": items})
        _logger.warning("workers were lost: %d work items are processed again", items)

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
            self._seconds += record.seconds
            self._entries += record.entries
            return
        self.failures.append(record)
        if record.error is not None:
            _logger.warning("%s failed: %s", record.place, record.error.message)
