"""The outputs of a run: where each lies, what is to be added, and what is lost."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from bumpcast.execution.backends import BackendError
from bumpcast.execution.checkpoints import Checkpoints, Saved
from bumpcast.execution.kept import Keeping, Kept, LostOutputError, SumOutcome
from bumpcast.execution.mergetree import Leaves, Merge, MergeError, MergeTree, Node

_LOOK_EVERY_S = 1.0
_MOST_TRIES = 5
"""An addition whose parts were lost so often kills the workers that try it."""


class Gathering:
    """The merge tree of a run together with the places where its outputs lie.

    An output is here, in a checkpoint, or with a worker. What workers keep is added up by them;
    it comes here only at the end, and copies of it on their way to a checkpoint.

    Args:
        leaves: Which leaves the plan has.
        checkpoints: Where partial results are saved.
        keeping: How workers keep outputs; None: they do not.
        owned: Whether nobody else can hold an output that comes back.
    """

    def __init__(
        self,
        leaves: Leaves,
        checkpoints: Checkpoints,
        keeping: Keeping | None = None,
        *,
        owned: bool = True,
    ) -> None:
        self.tree = MergeTree(leaves, _is_elsewhere)
        self._checkpoints = checkpoints
        self._keeping = keeping
        self._owned = owned
        self._holders: Collection[str] = frozenset()
        self._next_look = 0.0
        self._tries: Counter[Node] = Counter()

    @property
    def is_remote(self) -> bool:
        """Whether workers keep outputs."""
        return self._keeping is not None

    def load(self) -> None:
        """Begin with what an earlier start saved.

        Raises:
            CheckpointError: A file is damaged or belongs to another run.
            MergeError: Two results do not add up.
        """
        self._checkpoints.load(self.tree, lazily=self.is_remote)

    def take(self, parts: Sequence[tuple[Node, Any]]) -> None:
        """Put what a task brought into its place.

        Raises:
            MergeError: It does not add up.
        """
        for node, output in parts:
            self.tree.add(node, output, owned=self._owned)

    def next_sum(self) -> tuple[Merge, Sequence[Any]] | None:
        """Return an addition that a worker should do and its parts, None if there is none."""
        merge = self.tree.next_merge()
        if merge is None:
            return None
        return merge, [self._placed(part) for part in merge.outputs]

    def summed(self, merge: Merge, outcome: SumOutcome) -> list[Node]:
        """Take note of what became of an addition; return the nodes that are lost.

        Raises:
            BackendError: It has failed too often.
            MergeError: The parts do not add up.
        """
        if outcome.refused:
            raise MergeError(outcome.refused)
        if outcome.is_done:
            self._tries.pop(merge.node, None)
            self.tree.merged(merge, outcome.output)
            return []
        self._tries[merge.node] += 1
        if self._tries[merge.node] == _MOST_TRIES:
            size = sum(part.nbytes for part in merge.outputs if isinstance(part, Kept))
            msg = (
                f"adding up {len(merge.children)} outputs of {size / 1e6:,.0f} MB in all lost its "
                f"worker or its parts {_MOST_TRIES} times: give the workers more memory"
            )
            raise BackendError(msg)
        left = _here(merge) | {merge.children[place]: output for place, output in outcome.left}
        self.tree.unmerged(merge, left)
        return [child for child in merge.children if child not in left]

    def give_up(self, merge: Merge) -> None:
        """Take an addition for lost that will not be waited for."""
        self.tree.unmerged(merge, _here(merge))

    def forget_unsaved(self) -> None:
        """Drop what is in no checkpoint, when workers that keep it are about to end."""
        for node, _ in self.tree.unsaved():
            self.tree.drop(node)

    def lost_with_workers(self) -> list[Node]:
        """Return the nodes whose outputs went with workers that are gone, now and then."""
        if self._keeping is None or time.monotonic() < self._next_look:
            return []
        self._next_look = time.monotonic() + _LOOK_EVERY_S
        before, self._holders = self._holders, self._keeping.holders()
        kept = [(node, held) for node, held in self.tree if isinstance(held, Kept)]
        self._keeping.need({held.worker for _, held in kept})
        gone = set(before) - set(self._holders)
        if not gone:
            return []
        lost = [node for node, held in kept if held.worker in gone]
        for node in lost:
            self.tree.drop(node)
        return lost

    def restore(self, node: Node) -> None:
        """Put back what was saved of a node that is lost; no checkpoint may be under way."""
        for below, saved in self._checkpoints.below(node):
            self.tree.add(below, saved, saved=True)

    def bring(self, output: Any) -> Any:
        """Return an output itself.

        Raises:
            LostOutputError: The worker that kept it is gone.
        """
        if isinstance(output, Saved):
            return output.read()
        if isinstance(output, Kept):
            assert self._keeping is not None
            return self._keeping.bring(output)
        return output

    def brought(self, results: Sequence[tuple[Node, Any]]) -> Iterator[tuple[Node, Any]]:
        """Yield results themselves, one after the other, and leave out what is gone."""
        for node, output in results:
            with contextlib.suppress(LostOutputError):
                yield node, self.bring(output)

    def total(self) -> tuple[Any, list[Node]]:
        """Return the sum of everything, and the nodes that turn out to be lost.

        If there are any, the sum is worthless.

        Raises:
            MergeError: The outputs do not add up.
        """
        lost: list[Node] = []

        def resolve(node: Node, output: Any) -> Any:
            try:
                return self.bring(output)
            except LostOutputError:
                lost.append(node)
                return None

        total = self.tree.total(resolve)
        for node in lost:
            self.tree.drop(node)
        if len(self.tree) == 1 and not lost:
            (only,) = [node for node, _ in self.tree]
            self.tree.replace(only, total)
        return total, lost

    def _placed(self, part: Any) -> Any:
        """Return a part as a worker can have it: several large ones are too much for one call."""
        if not isinstance(part, Saved):
            return part
        assert self._keeping is not None
        return self._keeping.place(part.read())


def _here(merge: Merge) -> dict[Node, Any]:
    """Return the parts of an addition that no worker has to have."""
    parts = zip(merge.children, merge.outputs, strict=True)
    return {node: part for node, part in parts if not isinstance(part, Kept)}


def _is_elsewhere(output: Any) -> bool:
    return isinstance(output, Kept | Saved)
