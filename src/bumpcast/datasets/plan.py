"""From the facts of files to work items of like size, and to tasks that are worth sending."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bumpcast.datasets.survey import FileFacts
from bumpcast.datasets.workitem import Task, WorkItem

MOST_ITEMS_OF_A_TASK = 64


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file of the run and the work items that it is cut into.

    Attributes:
        dataset: Its data set.
        filename: Path or address.
        facts: What the survey found; None when it could not be surveyed.
        items: The work items, in the order of their entries; empty for a file without facts.
    """

    dataset: str
    filename: str
    facts: FileFacts | None
    items: tuple[WorkItem, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Every file of a run, in the order of the configuration, then of their names."""

    files: tuple[PlannedFile, ...]

    @property
    def items(self) -> tuple[WorkItem, ...]:
        """All work items, in order."""
        return tuple(item for file in self.files for item in file.items)

    def entries(self, dataset: str | None = None) -> int:
        """Return how many entries are to be read, in all or of one data set."""
        return sum(
            len(item)
            for file in self.files
            for item in file.items
            if dataset is None or file.dataset == dataset
        )

    def entries_in_files(self, dataset: str) -> int:
        """Return how many entries the surveyed files of a data set hold."""
        return sum(
            file.facts.entries
            for file in self.files
            if file.dataset == dataset and file.facts is not None
        )


def make_plan(
    files: Mapping[str, Sequence[tuple[str, FileFacts | None]]],
    *,
    chunk_events: int,
    max_events: int | None = None,
) -> Plan:
    """Cut the files of a run into work items.

    Args:
        files: Per data set its files in order, each with its facts or None.
        chunk_events: Most entries of a work item; a file's items are of equal size to within one.
        max_events: Most entries of a data set; its first files are read and the rest left.
    """
    planned: list[PlannedFile] = []
    for dataset, listed in files.items():
        left = max_events
        for filename, facts in listed:
            items: tuple[WorkItem, ...] = ()
            if facts is not None:
                entries = facts.entries if left is None else min(facts.entries, left)
                left = None if left is None else left - entries
                items = _cut(dataset, facts, entries, chunk_events)
            planned.append(PlannedFile(dataset, filename, facts, items))
    return Plan(tuple(planned))


def group(items: Sequence[WorkItem], *, chunk_events: int, calls: int = 1) -> list[Task]:
    """Put several small work items of one data set into one task.

    Args:
        items: Work items in the order of the plan.
        chunk_events: Most entries of a task of several items.
        calls: At least so many tasks are made where there are as many items, so that no worker
            is idle in a small run.

    Returns:
        Tasks that hold the items in their order.
    """
    total = sum(len(item) for item in items)
    most = min(chunk_events, max(1, -(-total // max(calls, 1))))
    tasks: list[Task] = []
    held: list[WorkItem] = []
    entries = 0
    for item in items:
        full = entries + len(item) > most or len(held) >= MOST_ITEMS_OF_A_TASK
        if held and (full or item.dataset != held[0].dataset):
            tasks.append(Task(held[0].dataset, tuple(held)))
            held, entries = [], 0
        held.append(item)
        entries += len(item)
    if held:
        tasks.append(Task(held[0].dataset, tuple(held)))
    return tasks


def _cut(dataset: str, facts: FileFacts, entries: int, chunk_events: int) -> tuple[WorkItem, ...]:
    pieces = -(-entries // chunk_events)
    edges = [entries * piece // pieces for piece in range(pieces + 1)] if pieces else []
    return tuple(
        WorkItem(dataset, facts.filename, facts.treename, start, stop, facts.uuid)
        for start, stop in itertools.pairwise(edges)
    )
