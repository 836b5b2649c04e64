"""Partial results added up in one fixed tree, whatever the order in which they arrive.

Sums of floating-point numbers depend on their order in the last bit. Here the order is a property
of the plan and of nothing else: work item i of file f is leaf f * 2^24 + i of a tree. Eight leaves
that lie together are added at once, as soon as all of them that the plan has are complete, and so
are eight of these sums; and likewise eight files and eight times eight files. Elsewhere the tree is
binary, and a node without a sibling in the plan moves up as it is. So one process or a hundred, in
one go or resumed after a kill, give the same bits; a merge happens on whichever side has all parts,
the worker or the driver; and each leaf takes part in as many additions as the tree is high, which
keeps n merges at n log n.

The lowest levels are the expensive ones, of a file's items as of files: sums grow slower than their
number of leaves. Eight at once cost there what two cost; up to seven wait for the eighth, which a
binary tree spares where sums are largest.
"""

from __future__ import annotations

import bisect
import functools
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bumpcast.errors import BumpcastError
from bumpcast.execution.addition import add_up

_FILE_LEVEL = 24
_TOP_LEVEL = 64
_GROUP_BITS = 3
_GROUPED = 2 * _GROUP_BITS
"""Over so many levels from the leaves, and from the files, eight nodes join to one; levels between
are skipped."""


class MergeError(BumpcastError):
    """Outputs of a processor cannot be added."""

    permanent = True


class Node(NamedTuple):
    """A node of the tree: it covers the leaves from `start` to `stop`."""

    level: int
    place: int

    @property
    def start(self) -> int:
        """First leaf."""
        return self.place << self.level

    @property
    def stop(self) -> int:
        """Leaf after the last."""
        return (self.place + 1) << self.level

    @property
    def parent(self) -> Node:
        """The node above."""
        level = _level_above(self.level)
        return Node(level, self.start >> level)

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes below, in order."""
        level = self.level - (_GROUP_BITS if 0 < self.level % _FILE_LEVEL <= _GROUPED else 1)
        first = self.start >> level
        return tuple(Node(level, first + n) for n in range(1 << (self.level - level)))

    def is_below(self, nodes: Container[tuple[int, int]]) -> bool:
        """Tell whether one of some nodes lies above this one."""
        start = self.start
        # Tuples equal nodes, and a run asks for each of its chunks before it begins.
        return any((level, start >> level) in nodes for level in _levels_above(self.level))


def leaf(file: int, item: int) -> Node:
    """Return the leaf of a work item.

    Args:
        file: Position of its file in the plan.
        item: Position of the item in the file.
    """
    return Node(0, (file << _FILE_LEVEL) + item)


def file_node(node: Node) -> Node:
    """Return the node of the file that a leaf belongs to; its place is the file's position."""
    return Node(_FILE_LEVEL, node.start >> _FILE_LEVEL)


def _level_above(level: int) -> int:
    return level + (_GROUP_BITS if level % _FILE_LEVEL < _GROUPED else 1)


@functools.cache
def _levels_above(level: int) -> tuple[int, ...]:
    levels = []
    while (level := _level_above(level)) <= _TOP_LEVEL:
        levels.append(level)
    return tuple(levels)


class Leaves:
    """Which leaves the plan has.

    Args:
        items: Number of work items by the position of their file; None where it is not known yet,
            because the file could not be surveyed.
        files: Number of files of the plan; absent: files that `items` does not name may exist, as
            a worker must assume, which sees its own files only.
    """

    def __init__(self, items: Mapping[int, int | None], files: int | None = None) -> None:
        self._items = dict(items)
        self._files = files
        self._filled = sorted(file for file, count in items.items() if count != 0)

    @property
    def root_level(self) -> int | None:
        """Level of the root, None when the number of files is not known."""
        if self._files is None:
            return None
        node = Node(_FILE_LEVEL, self._files - 1)
        while node.place > 0:
            node = node.parent
        return node.level

    def occupied(self, node: Node) -> bool:
        """Tell whether the plan has, or may have, a leaf below a node."""
        first = node.start >> _FILE_LEVEL
        if node.level <= _FILE_LEVEL:
            if first not in self._items:
                return self._files is None
            count = self._items[first]
            return count is None or node.start - (first << _FILE_LEVEL) < count
        if self._files is None:
            return True
        place = bisect.bisect_left(self._filled, first)
        return place < len(self._filled) and self._filled[place] < node.stop >> _FILE_LEVEL


@dataclass(slots=True)
class _Held:
    """An output at a node.

    Attributes:
        output: What the processor returned, a sum of such, or where one lies.
        owned: Whether nobody else can hold the output, so that it may be added to in place.
        saved: Whether a checkpoint holds it.
    """

    output: Any
    owned: bool
    saved: bool


@dataclass(frozen=True, slots=True)
class Merge:
    """An addition that somebody else is to do.

    Attributes:
        node: Where the sum belongs.
        children: The nodes that are added.
        outputs: What the tree holds at each: outputs, or where they lie.
        saved: Those of them that a checkpoint holds.
    """

    node: Node
    children: tuple[Node, ...]
    outputs: tuple[Any, ...]
    saved: frozenset[Node]


class MergeTree:
    """The partial results of a run, or of one task, merged as far as they can be.

    Args:
        leaves: Which leaves the plan has.
        elsewhere: Tells of an output that it is not here but lies somewhere: where one is among
            them, the tree does not add but says by `next_merge` what is to be added. Absent:
            every output is here.
    """

    def __init__(
        self, leaves: Leaves, elsewhere: Callable[[Any], bool] = lambda output: False
    ) -> None:
        self._leaves = leaves
        self._elsewhere = elsewhere
        self._held: dict[Node, _Held] = {}
        self._due: deque[Node] = deque()
        self._merging: dict[Node, Merge] = {}

    def __iter__(self) -> Iterator[tuple[Node, Any]]:
        for node in sorted(self._held, key=lambda node: node.start):
            yield node, self._held[node].output

    def __len__(self) -> int:
        return len(self._held)

    @property
    def backlog(self) -> int:
        """How many additions wait to be done or are being done elsewhere."""
        return len(self._due) + len(self._merging)

    def covers(self, node: Node) -> bool:
        """Tell whether a node's result is in the tree already, by itself or in a node above."""
        return any(
            node in there or node.is_below(there) for there in (self._held, self._merging) if there
        )

    def add(self, node: Node, output: Any, *, owned: bool = False, saved: bool = False) -> None:
        """Put a result in its place and merge as far up as the parts are there.

        A result that is there already is left out, so a task that ran twice counts once.

        Args:
            node: The result's place.
            output: The result.
            owned: The output may be changed in place, since nobody else holds it.
            saved: A checkpoint holds it.

        Raises:
            MergeError: It cannot be added to its neighbours'. All are in the tree, unmerged; one
                that was owned may have been changed half-way and must not be used any more.
        """
        if not self.covers(node):
            self._put(node, _Held(output, owned, saved))

    def next_merge(self) -> Merge | None:
        """Return an addition to be done elsewhere, None if there is none.

        Its parts leave the tree until `merged` or `unmerged` is called.
        """
        while self._due:
            node = self._due.popleft()
            children = self._complete(node)
            # A part may have been dropped since the sum was due.
            if children:
                parts = {child: self._held.pop(child) for child in children}
                outputs = tuple(part.output for part in parts.values())
                saved = frozenset(child for child, part in parts.items() if part.saved)
                self._merging[node] = Merge(node, tuple(children), outputs, saved)
                return self._merging[node]
        return None

    def merged(self, merge: Merge, output: Any) -> None:
        """Put the sum of an addition in its place.

        Raises:
            MergeError: As `add`.
        """
        del self._merging[merge.node]
        self._put(merge.node, _Held(output, owned=True, saved=False))

    def unmerged(self, merge: Merge, outputs: Mapping[Node, Any]) -> None:
        """Put parts of an addition back that failed; those that are not named are lost.

        Args:
            merge: The addition.
            outputs: What is there still, by child.
        """
        del self._merging[merge.node]
        for child, output in outputs.items():
            self._put(child, _Held(output, owned=True, saved=child in merge.saved))

    def drop(self, node: Node) -> None:
        """Take a result out of the tree that is lost."""
        del self._held[node]

    def replace(self, node: Node, output: Any) -> None:
        """Put an output itself where the tree only knew where it lies."""
        self._held[node].output = output

    def unsaved(self) -> list[tuple[Node, Any]]:
        """Return the results that no checkpoint holds."""
        return [(node, output) for node, output in self if not self._held[node].saved]

    def mark_saved(self, nodes: Iterable[Node]) -> None:
        """Note that a checkpoint holds these, as far as they are in the tree still."""
        for node in nodes:
            if node in self._held:
                self._held[node].saved = True

    def total(self, resolve: Callable[[Node, Any], Any] = lambda node, output: output) -> Any:
        """Return the sum of everything; the outputs in the tree are not changed.

        Args:
            resolve: Returns the output at a node, given what the tree holds; one at a time is
                asked for and added.

        Raises:
            MergeError: They cannot be added.
        """
        total: Any = None
        summed = 0
        for node, held in self:
            output = resolve(node, held)
            if output is not None:
                # A sum of two or more is our own.
                total = _sum([total, output], in_place=summed > 1)
                summed += 1
        return total

    def _put(self, node: Node, held: _Held) -> None:
        self._held[node] = held
        root = self._leaves.root_level
        while root is None or node.level < root:
            children = self._complete(node.parent)
            if not children:
                break
            parts = [self._held[child] for child in children]
            if len(parts) > 1 and any(self._elsewhere(part.output) for part in parts):
                self._due.append(node.parent)
                break
            merged = _merge(parts)
            for child in children:
                del self._held[child]
            node = node.parent
            self._held[node] = merged

    def _complete(self, node: Node) -> list[Node]:
        """Return the children of a node if the tree holds all that the plan has, else none."""
        children = [child for child in node.children if child in self._held]
        if any(child not in self._held and self._leaves.occupied(child) for child in node.children):
            return []
        return children


def _merge(parts: Sequence[_Held]) -> _Held:
    if len(parts) == 1:
        return parts[0]
    present = [held for held in parts if held.output is not None]
    owned = all(held.owned for held in parts) if len(present) < 2 else True
    in_place = bool(present) and present[0].owned
    output = _sum([held.output for held in present], in_place=in_place)
    return _Held(output, owned=owned, saved=False)


def _sum(outputs: Sequence[Any], *, in_place: bool) -> Any:
    try:
        return add_up(outputs, in_place=in_place)
    except Exception as error:
        # Whatever an output's own addition raises.
        raise cannot_add(error) from error


def cannot_add(error: Exception) -> MergeError:
    """Return what to raise when an output's own addition raised."""
    msg = (
        f"the outputs of two work items cannot be added: {type(error).__name__}: {error}. "
        f"A processor has to return the same keys' types and the same axes for every chunk."
    )
    return MergeError(msg)
