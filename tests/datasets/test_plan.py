from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bumpcast.datasets.plan import MOST_ITEMS_OF_A_TASK, group, make_plan
from bumpcast.datasets.survey import FileFacts


def facts(name, entries):
    return name, FileFacts(name, "Delphes", f"uuid-{name}", entries, 10 * entries)


files = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.integers(0, 1000), max_size=6), min_size=1
)


@given(files, st.integers(1, 300), st.none() | st.integers(1, 700))
def test_every_entry_is_planned_once(sizes, chunk, most):
    listed = {
        name: [facts(f"{name}{n}", entries) for n, entries in enumerate(counts)]
        for name, counts in sizes.items()
    }
    plan = make_plan(listed, chunk_events=chunk, max_events=most)
    for name, counts in sizes.items():
        wanted = sum(counts) if most is None else min(sum(counts), most)
        assert plan.entries(name) == wanted
        assert plan.entries_in_files(name) == sum(counts)
    for file in plan.files:
        lengths = [len(item) for item in file.items]
        assert all(0 < length <= chunk for length in lengths)
        assert max(lengths, default=0) - min(lengths, default=0) <= 1
        edges = [(item.entrystart, item.entrystop) for item in file.items]
        assert [stop for _, stop in edges[:-1]] == [start for start, _ in edges[1:]]
        assert not edges or edges[0][0] == 0


@given(files, st.integers(1, 300), st.integers(1, 20))
def test_tasks_hold_the_items_in_order(sizes, chunk, calls):
    listed = {
        name: [facts(f"{name}{n}", entries) for n, entries in enumerate(counts)]
        for name, counts in sizes.items()
    }
    items = make_plan(listed, chunk_events=chunk).items
    tasks = group(items, chunk_events=chunk, calls=calls)
    assert tuple(item for task in tasks for item in task.items) == items
    for task in tasks:
        assert {item.dataset for item in task.items} == {task.dataset}
        assert len(task.items) == 1 or len(task) <= chunk
        assert len(task.items) <= MOST_ITEMS_OF_A_TASK


def test_small_files_share_a_task_unless_workers_would_be_idle():
    listed = {"a": [facts(f"f{n:03d}", 100) for n in range(200)]}
    items = make_plan(listed, chunk_events=100_000).items
    assert [len(task.items) for task in group(items, chunk_events=100_000)] == [64, 64, 64, 8]
    assert len(group(items, chunk_events=100_000, calls=8)) == 8
    assert len(group(items[:3], chunk_events=100_000, calls=8)) == 3


def test_a_file_that_could_not_be_surveyed_keeps_its_place():
    plan = make_plan({"a": [facts("1", 10), ("2", None), facts("3", 10)]}, chunk_events=100)
    assert [file.filename for file in plan.files] == ["1", "2", "3"]
    assert plan.files[1].items == ()
    assert plan.entries() == 20
