"""How much of the work one worker is handed at a time.

Each call costs the client and the scheduler some milliseconds, however little there is to do. And
where one worker has all leaves of a node of the merge tree, it adds them up before anybody else
has to know of them. So a worker is handed several tasks at once where these are short, as long as
there is enough left to keep the others busy to the end.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from bumpcast.datasets.workitem import Task
from bumpcast.execution.mergetree import Node, file_node
from bumpcast.execution.worker import PlacedTask

CALLS_A_SECOND: Final = 100
"""What a scheduler can well deal with."""

_LONGEST_S: Final = 30.0
"""A worker that dies loses what it was handed, and nobody hears of it before it is done."""

_PLENTY: Final = 32
"""Tasks left for each worker, from which on several at a time leave none idle at the end."""

_MOST: Final = 8
"""Children of a node."""


def next_task(
    pending: deque[PlacedTask], seconds_per_entry: float | None, workers: int
) -> PlacedTask:
    """Take the next tasks off a queue, as one.

    Args:
        pending: Tasks in the order of the plan, at least one.
        seconds_per_entry: How long a worker takes for an entry; None: nobody knows yet.
        workers: How many there are.
    """
    first = pending.popleft()
    if seconds_per_entry is None:
        return first
    most = how_many(len(first.task) * seconds_per_entry, len(pending), workers)
    parts = [first]
    above = _above(first)
    while len(parts) < most and pending and _above(pending[0]) == above:
        if pending[0].task.dataset != first.task.dataset:
            break
        parts.append(pending.popleft())
    if len(parts) == 1:
        return first
    items = tuple(item for part in parts for item in part.task.items)
    return PlacedTask(
        Task(first.task.dataset, items),
        tuple(leaf for part in parts for leaf in part.leaves),
        {file: count for part in parts for file, count in part.items_of_files.items()},
    )


def how_many(seconds: float, left: int, workers: int) -> int:
    """Return how many tasks a worker should be handed at a time.

    Args:
        seconds: What one of them takes.
        left: How many there are to do.
        workers: How many workers there are.
    """
    seconds = max(seconds, 1e-6)
    needed = math.ceil(workers / (CALLS_A_SECOND * seconds))
    if left >= _PLENTY * workers and _MOST * seconds <= _LONGEST_S:
        needed = _MOST
    return min(max(needed, 1), _MOST)


def _above(placed: PlacedTask) -> Node:
    """Return the node that a task's neighbours share: of items of its file, or else of files."""
    leaf = placed.leaves[0]
    file = file_node(leaf)
    return file.parent if placed.items_of_files.get(file.place) == 1 else leaf.parent
