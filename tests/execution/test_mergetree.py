from __future__ import annotations

from typing import NamedTuple

import hist
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.execution.addition import add_up
from bumpcast.execution.mergetree import Leaves, MergeError, MergeTree, Node, leaf

shapes = st.lists(st.integers(0, 20), min_size=1, max_size=9).filter(any)


def outputs(shape):
    rng = np.random.default_rng(3)
    places = [leaf(file, item) for file, count in enumerate(shape) for item in range(count)]
    return {place: {"n": 1, "x": float(rng.normal())} for place in places}


def full(shape):
    return Leaves(dict(enumerate(shape)), len(shape))


@settings(deadline=None)
@given(shapes, st.randoms())
def test_any_order_gives_the_same_bits(shape, random):
    leaves = outputs(shape)
    tree, shuffled = MergeTree(full(shape)), MergeTree(full(shape))
    for place, output in leaves.items():
        tree.add(place, output)
    places = list(leaves)
    random.shuffle(places)
    for place in places:
        shuffled.add(place, dict(leaves[place]), owned=random.random() < 0.5)
    assert len(tree) == len(shuffled) == 1
    assert tree.total() == shuffled.total()
    assert tree.total()["n"] == sum(shape)
    # Outputs that are not owned are never changed.
    assert leaves == outputs(shape)


@settings(deadline=None)
@given(shapes, st.randoms())
def test_parts_that_workers_merged_fit_in(shape, random):
    leaves = outputs(shape)
    whole, tree = MergeTree(full(shape)), MergeTree(full(shape))
    for place, output in leaves.items():
        whole.add(place, output)
    places = list(leaves)
    cuts = sorted(random.sample(range(len(places) + 1), min(3, len(places))))
    tasks = [places[a:b] for a, b in zip([0, *cuts], [*cuts, len(places)], strict=True)]
    random.shuffle(tasks)
    for task in tasks:
        files = {place.start >> 24 for place in task}
        worker = MergeTree(Leaves({file: shape[file] for file in files}))
        for place in task:
            worker.add(place, leaves[place])
        for node, output in worker:
            tree.add(node, output, owned=True)
    assert tree.total() == whole.total()


@settings(deadline=None)
@given(shapes, st.randoms())
def test_saved_parts_can_be_put_back_in_any_state(shape, random):
    leaves = outputs(shape)
    whole, first, second = (MergeTree(full(shape)) for _ in range(3))
    places = list(leaves)
    random.shuffle(places)
    done = set(places[: len(places) // 2])
    for place, output in leaves.items():
        whole.add(place, output)
        if place in done:
            first.add(place, output)
    for node, output in first.unsaved():
        second.add(node, output, saved=True)
    assert {place for place in places if second.covers(place)} == done
    for place in places:
        second.add(place, leaves[place])
    assert second.total() == whole.total()


def test_a_result_that_comes_twice_counts_once():
    tree = MergeTree(full([3]))
    for item in (0, 0, 1, 1, 0, 2, 2):
        tree.add(leaf(0, item), 1)
    assert tree.total() == 3


def test_a_file_whose_length_is_not_known_keeps_its_place():
    tree = MergeTree(Leaves({0: 1, 1: None, 2: 1}, 3))
    tree.add(leaf(0, 0), 1)
    tree.add(leaf(2, 0), 4)
    assert len(tree) == 2
    repaired = MergeTree(Leaves({0: 1, 1: 2, 2: 1}, 3))
    for node, output in tree:
        repaired.add(node, output)
    repaired.add(leaf(1, 1), 20)
    repaired.add(leaf(1, 0), 30)
    assert len(repaired) == 1
    assert repaired.total() == 55


def test_files_without_events_have_no_leaf():
    tree = MergeTree(full([0, 2, 0, 0, 1, 0]))
    for place in (leaf(1, 0), leaf(1, 1), leaf(4, 0)):
        tree.add(place, 1)
    assert len(tree) == 1


def test_saved_results_become_unsaved_when_they_merge():
    tree = MergeTree(full([9]))
    for item in range(7):
        tree.add(leaf(0, item), 1)
    tree.mark_saved(node for node, _ in tree)
    assert tree.unsaved() == []
    tree.add(leaf(0, 7), 1)
    assert tree.unsaved() == [(Node(3, 0), 8)]


def test_eight_leaves_and_eight_of_their_sums_are_added_at_once_and_two_above():
    calls = []

    class Number(int):
        @classmethod
        def sum_of(cls, values):
            calls.append(len(values))
            return cls(sum(map(int, values)))

    tree = MergeTree(full([85]))
    for item in reversed(range(85)):
        tree.add(leaf(0, item), {"n": {"m": Number(item)}}, owned=item % 2 == 0)
        assert len(tree) <= 15
    assert calls == [5, 8, 8, 3, *[8] * 9, 2]
    assert tree.total() == {"n": {"m": 3570}}


@pytest.mark.parametrize("level", [3, *range(6, 25), 27, *range(30, 48)])
def test_parents_and_children_fit_together(level):
    node = Node(level, 5)
    assert all(child.parent == node for child in node.children)
    assert [child.start for child in node.children[1:]] == [c.stop for c in node.children[:-1]]
    assert (node.children[0].start, node.children[-1].stop) == (node.start, node.stop)


def test_eight_files_are_added_at_once_and_two_above_eight_times_eight():
    calls = []

    class Number(int):
        @classmethod
        def sum_of(cls, values):
            calls.append(len(values))
            return cls(sum(map(int, values)))

    tree = MergeTree(full([1] * 130))
    for file in range(130):
        tree.add(leaf(file, 0), Number(file))
    assert calls == [8] * 18 + [2, 2, 2]
    assert len(tree) == 1
    assert tree.total() == 130 * 129 // 2


def test_outputs_of_none_are_nothing():
    tree = MergeTree(full([3]))
    for item, output in enumerate((None, {"a": 1}, None)):
        tree.add(leaf(0, item), output)
    assert tree.total() == {"a": 1}


def test_outputs_that_do_not_add_up():
    tree = MergeTree(full([2]))
    tree.add(leaf(0, 0), hist.Hist.new.Reg(3, 0, 1).Double())
    with pytest.raises(MergeError, match="cannot be added"):
        tree.add(leaf(0, 1), hist.Hist.new.Reg(4, 0, 1).Double())
    assert len(tree) == 2


def test_outputs_that_wait_for_others_and_do_not_add_up():
    tree = MergeTree(full([4]))
    tree.add(leaf(0, 0), 1)
    tree.add(leaf(0, 2), {"a": 1})
    with pytest.raises(MergeError, match="cannot be added"):
        tree.total()


class Elsewhere(NamedTuple):
    """An output that lies somewhere else, here in plain sight."""

    output: dict


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=3).filter(any), st.randoms())
def test_additions_elsewhere_give_the_same_bits_whatever_is_lost(shape, random):
    leaves = outputs(shape)
    whole = MergeTree(full(shape))
    for place, output in leaves.items():
        whole.add(place, output)
    tree = MergeTree(full(shape), lambda output: isinstance(output, Elsewhere))
    pending, merges = list(leaves), []
    while pending or merges or tree.backlog:
        what = random.choice(["add", "begin", "end", "fail", "lose"])
        if what == "add" and pending:
            place = pending.pop(random.randrange(len(pending)))
            output = dict(leaves[place])
            tree.add(place, output if random.random() < 0.2 else Elsewhere(output))
        elif what == "begin" and (merge := tree.next_merge()) is not None:
            assert len(merge.children) > 1
            merges.append(merge)
        elif what in ("end", "fail") and merges:
            merge = merges.pop(random.randrange(len(merges)))
            parts = dict(zip(merge.children, merge.outputs, strict=True))
            if what == "end":
                parts = [part.output if type(part) is Elsewhere else part for part in merge.outputs]
                tree.merged(merge, Elsewhere(add_up(parts, in_place=False)))
            else:
                lost = random.choice(merge.children)
                del parts[lost]
                tree.unmerged(merge, parts)
        elif what == "lose" and len(tree) and random.random() < 0.05:
            tree.drop(random.choice([node for node, _ in tree]))
        else:
            continue
        pending = [place for place in leaves if not tree.covers(place)]
    assert len(tree) == 1
    assert tree.total(lambda node, held: getattr(held, "output", held)) == whole.total()
    assert tree.backlog == 0


def test_what_was_saved_stays_so_when_an_addition_fails():
    tree = MergeTree(full([3]), lambda output: isinstance(output, Elsewhere))
    tree.add(leaf(0, 0), Elsewhere({"n": 1}), saved=True)
    tree.add(leaf(0, 1), Elsewhere({"n": 1}))
    tree.add(leaf(0, 2), Elsewhere({"n": 1}))
    merge = tree.next_merge()
    tree.unmerged(merge, dict(zip(merge.children[:2], merge.outputs[:2], strict=True)))
    assert [node for node, _ in tree] == [leaf(0, 0), leaf(0, 1)]
    assert [node for node, _ in tree.unsaved()] == [leaf(0, 1)]


def test_an_addition_whose_part_was_lost_meanwhile_is_not_handed_out():
    tree = MergeTree(full([3]), lambda output: isinstance(output, Elsewhere))
    for item in range(3):
        tree.add(leaf(0, item), Elsewhere({"n": 1}))
    assert tree.backlog == 1
    tree.drop(leaf(0, 1))
    assert tree.next_merge() is None
    tree.add(leaf(0, 1), {"n": 1})
    merge = tree.next_merge()
    assert [type(output) for output in merge.outputs] == [Elsewhere, dict, Elsewhere]
    assert tree.covers(leaf(0, 1))
    assert list(tree) == []
