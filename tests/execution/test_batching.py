from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.datasets.workitem import Task, WorkItem
from bumpcast.execution.batching import how_many, next_task
from bumpcast.execution.mergetree import Leaves, MergeTree, leaf
from bumpcast.execution.worker import PlacedTask


def queue(files: list[int], entries: int = 1000) -> deque[PlacedTask]:
    """Return a task for each work item of files with so many items."""
    tasks = []
    for position, count in enumerate(files):
        for number in range(count):
            start = number * entries
            item = WorkItem("a", f"{position}.root", "t", start, start + entries, b"")
            tasks.append(
                PlacedTask(Task("a", (item,)), (leaf(position, number),), {position: count})
            )
    return deque(tasks)


@pytest.mark.parametrize(
    ("seconds", "left", "workers", "expected"),
    [
        (2.0, 1000, 2, 8),
        (2.0, 63, 2, 1),
        (10.0, 1000, 2, 1),
        (0.4, 10**5, 1000, 8),
        (0.4, 2000, 1000, 8),
        (5.0, 2000, 1000, 2),
        (20.0, 10**5, 1000, 1),
        (0.0, 3, 1, 8),
    ],
)
def test_short_tasks_go_together_while_there_are_plenty(seconds, left, workers, expected):
    assert how_many(seconds, left, workers) == expected


def test_nothing_is_put_together_before_a_task_was_timed():
    pending = queue([100])
    assert len(next_task(pending, None, 1).leaves) == 1
    assert len(pending) == 99


def test_a_node_of_a_file_is_handed_out_whole():
    pending = queue([100])
    pending.popleft()
    first = next_task(pending, 1e-3, 1)
    second = next_task(pending, 1e-3, 1)
    assert [node.start for node in first.leaves] == [1, 2, 3, 4, 5, 6, 7]
    assert [node.start for node in second.leaves] == list(range(8, 16))
    assert second.items_of_files == {0: 100}


def test_files_of_one_item_go_together_as_their_nodes_do():
    pending = queue([1] * 100)
    placed = next_task(pending, 1e-3, 1)
    assert [node.start >> 24 for node in placed.leaves] == list(range(8))
    tree = MergeTree(Leaves(placed.items_of_files))
    for node in placed.leaves:
        tree.add(node, 1)
    assert [node.level for node, _ in tree] == [27]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=20), st.integers(1, 300))
def test_every_item_is_handed_out_once_in_order(files, workers):
    pending = queue(files)
    expected = [placed.leaves[0] for placed in pending]
    found = []
    while pending:
        placed = next_task(pending, 1e-4, workers)
        assert len(placed.task.items) == len(placed.leaves) <= 8
        found += placed.leaves
    assert found == expected
