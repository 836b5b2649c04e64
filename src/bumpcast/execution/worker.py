"""What runs on a worker: a task in, outputs and records out, and never an exception."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bumpcast.config.formats import Format
from bumpcast.datasets.survey import FileFacts, sum_of_weights, survey_file
from bumpcast.datasets.workitem import Task, WorkItem
from bumpcast.errors import BumpcastError
from bumpcast.events import bytes_read, close_file, open_events
from bumpcast.events.errors import BadEvents
from bumpcast.execution.mergetree import Leaves, MergeError, MergeTree, Node
from bumpcast.execution.processor_spec import ProcessorSpec, excerpt
from bumpcast.execution.records import ErrorRecord, ItemRecord

_Value = TypeVar("_Value")


class ShortReadError(BumpcastError):
    """Fewer or more entries came back than were asked for."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a failed work item is tried again.

    Attributes:
        most: Further tries.
        wait_s: Pause before the first in s; each later one is twice as long.
    """

    most: int
    wait_s: float


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for every task of a run.

    Attributes:
        processor: The processor.
        formats: Format of each data set.
        sums_of_weights: Sum of generator weights of each data set that needs one.
        retries: What to do about failures.
    """

    processor: ProcessorSpec
    formats: Mapping[str, Format]
    sums_of_weights: Mapping[str, float]
    retries: Retries


@dataclass(frozen=True, slots=True)
class PlacedTask:
    """A task and the places of its work items in the merge tree.

    Attributes:
        task: The work items.
        leaves: The leaf of each.
        items_of_files: Number of work items in each of their files, by position of the file.
    """

    task: Task
    leaves: tuple[Node, ...]
    items_of_files: Mapping[int, int | None]


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What a worker hands back.

    Attributes:
        parts: Outputs, merged as far as the task's own items allow, with their places.
        records: One for every work item of the task.
        refused: Why no checkpoint could hold the outputs; empty: one could, or nobody has looked.
    """

    parts: tuple[tuple[Node, Any], ...]
    records: tuple[ItemRecord, ...]
    refused: str = ""


def run_task(job: Job, placed: PlacedTask) -> TaskOutcome:
    """Process the work items of a task, one after the other.

    Args:
        job: The processor and what it reads.
        placed: The task.

    Returns:
        The outputs of what succeeded and a record for every item; whatever a work item raises
        becomes its record.
    """
    tree = MergeTree(Leaves(placed.items_of_files))
    records = []
    for leaf, item in zip(placed.leaves, placed.task.items, strict=True):
        output, record = _with_retries(job, item, leaf)
        records.append(record)
        if record.status == "done":
            # Outputs that do not add up travel as they are: the driver meets the same error and
            # ends the run with it.
            with contextlib.suppress(MergeError):
                tree.add(leaf, output)
    return TaskOutcome(tuple(tree), tuple(records))


def survey(filename: str, fmt: Format, retries: Retries) -> FileFacts | ErrorRecord:
    """Survey a file; whatever goes wrong becomes a record.

    Args:
        filename: Path or address.
        fmt: Its format.
        retries: What to do about failures.
    """
    return _try_again(lambda: survey_file(filename, fmt), retries)


def weigh(
    facts: FileFacts, fmt: Format, span: tuple[int, int], bad_events: BadEvents, retries: Retries
) -> float | ErrorRecord:
    """Sum the generator weights of a file; whatever goes wrong becomes a record.

    Args:
        facts: The file.
        fmt: Its format.
        span: First entry, and the entry after the last.
        bad_events: Whether a weight that is not finite is an error or left out.
        retries: What to do about failures.
    """
    start, stop = span
    return _try_again(
        lambda: sum_of_weights(facts, fmt, start, stop, bad_events=bad_events), retries
    )


def _try_again(call: Callable[[], _Value], retries: Retries) -> _Value | ErrorRecord:
    for attempt in range(retries.most + 1):
        try:
            return call()
        except Exception as error:
            # Recorded; nothing that a file does may end a worker.
            record = ErrorRecord.of(error, excerpt(error))
            if record.permanent or attempt == retries.most:
                return record
        time.sleep(retries.wait_s * 2**attempt)
    msg = "a range of at least one try ended"
    raise AssertionError(msg)


def _with_retries(job: Job, item: WorkItem, leaf: Node) -> tuple[Any, ItemRecord]:
    def record(status: Literal["done", "failed"], entries: int) -> ItemRecord:
        return ItemRecord(
            leaf=leaf.place,
            dataset=item.dataset,
            filename=item.filename,
            entrystart=item.entrystart,
            entrystop=item.entrystop,
            status=status,
            entries=entries,
            attempts=attempt + 1,
            seconds=round(time.perf_counter() - started, 6),
            bytes_read=bytes_read() - bytes_before,
            host=platform.node(),
            pid=os.getpid(),
            error=error,
        )

    error: ErrorRecord | None = None
    bytes_before = bytes_read()
    attempt = 0
    while True:
        started = time.perf_counter()
        try:
            return _process(job, item), record("done", len(item))
        except (Exception, SystemExit) as raised:
            # A processor and a damaged file may raise anything; it becomes the item's record.
            error = ErrorRecord.of(raised, excerpt(raised, job.processor.path))
            close_file(item.filename)
        if error.permanent or attempt == job.retries.most:
            return None, record("failed", 0)
        time.sleep(job.retries.wait_s * 2**attempt)
        attempt += 1


def _process(job: Job, item: WorkItem) -> Any:
    processor = job.processor.make()
    chosen = getattr(processor, "columns", None)
    columns = None if chosen is None else functools.partial(chosen, item.dataset)
    events = open_events(item, job.formats[item.dataset], columns=columns)
    if len(events) != len(item):
        msg = f"{item}: {len(events)} entries came back instead of {len(item)}"
        raise ShortReadError(msg)
    if item.dataset in job.sums_of_weights:
        events.metadata["sum_of_weights"] = job.sums_of_weights[item.dataset]
    return processor.process(events)
