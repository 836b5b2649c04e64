"""Ensembles of decision trees as flat arrays, whoever trained them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.errors import SurrogateError

Below = Literal["less", "less-or-equal"]
Combine = Literal["sum", "mean"]

BELOW: Final[tuple[Below, ...]] = ("less", "less-or-equal")
COMBINE: Final[tuple[Combine, ...]] = ("sum", "mean")

LEAF: Final = -1
"""What stands for the children of a leaf."""

DEEPEST: Final = 10_000
"""No trained tree has as many levels."""


class TreesError(SurrogateError):
    """Arrays are not an ensemble of trees, or not one that is understood."""


@dataclass(frozen=True, eq=False)
class Trees:
    """An ensemble of decision trees: the nodes of all trees one after the other.

    A tree begins with its root. An event goes left where its feature is below the node's threshold,
    or where it is missing, NaN, and ``missing_left`` says so.

    Attributes:
        feature: Number of the feature that a node asks for, any at leaves; int32 (nodes,).
        threshold: What it is compared with, any at leaves; float32 (nodes,). Where only missing
            values go right, scikit-learn has infinity.
        left: The left child's number within its tree, -1 at leaves; int32 (nodes,).
        right: The right child's; int32 (nodes,).
        value: What a leaf gives, any elsewhere; float32 or float64 (nodes, outputs).
        missing_left: Whether NaN goes left; bool (nodes,).
        offsets: Where each tree begins, and the number of nodes; int64 (trees + 1,).
        features: How many features an event has.
        below: 'less' where x < threshold goes left, as XGBoost has it; 'less-or-equal' where
            x <= threshold does, as scikit-learn has it.
        combine: Whether the trees' values are added up, or their mean is taken.
        base: Constants that are added to that; float64 (outputs,).
    """

    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float32]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: npt.NDArray[np.float32] | npt.NDArray[np.float64]
    missing_left: npt.NDArray[np.bool_]
    offsets: npt.NDArray[np.int64]
    features: int
    below: Below
    combine: Combine
    base: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def nodes(self) -> int:
        """Number of nodes of all trees."""
        return len(self.feature)

    @property
    def outputs(self) -> int:
        """How many numbers come out for an event."""
        return len(self.base)

    @property
    def tree(self) -> npt.NDArray[np.int64]:
        """Number of each node's tree; (nodes,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @property
    def leaf(self) -> npt.NDArray[np.bool_]:
        """Which nodes are leaves; (nodes,)."""
        leaf: npt.NDArray[np.bool_] = self.left == LEAF
        return leaf

    def evaluate(self, x: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return what the ensemble gives for events: plainly and slowly.

        Args:
            x: float32 of shape (events, features); NaN is a missing value.

        Returns:
            Sums or means over the trees, with the constants; (events, outputs).

        Raises:
            TreesError: The events have another number of features.
        """
        if x.ndim != 2 or x.shape[1] != self.features or x.dtype != np.float32:
            msg = (
                f"events of shape {x.shape}, {x.dtype}: the trees ask for "
                f"(events, {self.features}), float32"
            )
            raise TreesError(msg)
        total = np.zeros((len(x), self.outputs))
        for begin in self.offsets[:-1]:
            total += self.value[begin + self._leaves(x, begin)]
        if self.combine == "mean":
            total /= len(self)
        return total + self.base

    def _leaves(self, x: npt.NDArray[np.float32], begin: int) -> npt.NDArray[np.int64]:
        """Return at which leaf of the tree that begins at a node each event ends."""
        at = np.zeros(len(x), np.int64)
        going = np.flatnonzero(self.left[begin + at] != LEAF)
        while len(going):
            node = begin + at[going]
            value, threshold = x[going, self.feature[node]], self.threshold[node]
            below = value < threshold if self.below == "less" else value <= threshold
            goes_left = np.where(np.isnan(value), self.missing_left[node], below)
            at[going] = np.where(goes_left, self.left[node], self.right[node])
            going = going[self.left[begin + at[going]] != LEAF]
        return at

    def checked(self, where: str) -> Self:
        """Return this, after a look at every array: nothing that passes can lead astray.

        Args:
            where: What they were read from, for the message.

        Raises:
            TreesError: A type or shape is wrong, a tree is none (a child that is not there, a node
                with two parents, a ring), a feature is not there, or a number is not finite.
        """
        self._check_shapes(where)
        inner = ~self.leaf
        if np.any((self.right == LEAF) != self.leaf):
            self._refuse(where, (self.right == LEAF) != self.leaf, "has one child only")
        wrong = inner & ((self.feature < 0) | (self.feature >= self.features))
        self._refuse(where, wrong, f"asks for a feature that is none of the {self.features}")
        self._refuse(where, inner & np.isnan(self.threshold), "has NaN for a threshold")
        astray = self.leaf & ~np.isfinite(self.value).all(axis=1)
        self._refuse(where, astray, "is a leaf whose value is not finite")
        self._check_links(where, inner)
        return self

    def _check_shapes(self, where: str) -> None:
        nodes, outputs = self.feature.shape[:1], self.base.shape[:1]
        asked: dict[str, tuple[tuple[Any, ...], tuple[int, ...]]] = {
            "feature": ((np.int32,), nodes),
            "threshold": ((np.float32,), nodes),
            "left": ((np.int32,), nodes),
            "right": ((np.int32,), nodes),
            "value": ((np.float32, np.float64), nodes + outputs),
            "missing_left": ((np.bool_,), nodes),
            "offsets": ((np.int64,), self.offsets.shape[:1]),
            "base": ((np.float64,), outputs),
        }
        for name, (types, shape) in asked.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype not in types:
                msg = (
                    f"{where}: the trees' {name} is {array.dtype} of shape {array.shape}, not "
                    f"{' or '.join(np.dtype(kind).name for kind in types)} of shape {shape}"
                )
                raise TreesError(msg)
        if self.below not in BELOW or self.combine not in COMBINE:
            msg = f"{where}: below={self.below!r}, combine={self.combine!r} is not understood"
            raise TreesError(msg)
        if len(self.offsets) < 2 or not outputs[0] or self.features < 1:
            msg = (
                f"{where}: {max(len(self.offsets) - 1, 0)} trees of {self.features} features and "
                f"{outputs[0]} outputs: there has to be one of each"
            )
            raise TreesError(msg)
        ends = self.offsets[0] == 0 and self.offsets[-1] == self.nodes
        if not ends or np.any(np.diff(self.offsets) < 1):
            msg = f"{where}: the trees do not lie one after the other in {self.nodes} nodes"
            raise TreesError(msg)
        if not np.isfinite(self.base).all():
            msg = f"{where}: a constant of the trees is not finite"
            raise TreesError(msg)

    def _check_links(self, where: str, inner: npt.NDArray[np.bool_]) -> None:
        begin = np.repeat(self.offsets[:-1], np.diff(self.offsets))
        size = np.repeat(np.diff(self.offsets), np.diff(self.offsets))
        for child in (self.left, self.right):
            self._refuse(where, inner & ((child < 1) | (child >= size)), "has a child of no tree")
        children = np.concatenate([(child + begin)[inner] for child in (self.left, self.right)])
        parents = np.bincount(children, minlength=self.nodes)
        roots = self.offsets[:-1]
        parents[roots] += 1
        self._refuse(where, parents != 1, "has no parent, or several")
        # A ring that hangs on no root passes until here: every node has to be met from a root.
        level, met = roots, 0
        for _ in range(DEEPEST):
            met += len(level)
            level = level[inner[level]]
            if not len(level):
                break
            level = np.concatenate([(child + begin)[level] for child in (self.left, self.right)])
        else:
            msg = f"{where}: a tree has more than {DEEPEST:,} levels"
            raise TreesError(msg)
        if met != self.nodes:
            msg = f"{where}: {self.nodes - met} nodes of the trees hang on each other in a ring"
            raise TreesError(msg)

    def _refuse(self, where: str, wrong: npt.NDArray[np.bool_], reason: str) -> None:
        if wrong.any():
            node = int(np.argmax(wrong))
            tree = int(self.tree[node])
            msg = f"{where}: node {node - self.offsets[tree]} of tree {tree} {reason}"
            raise TreesError(msg)


def single_thresholds(thresholds: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return float32 thresholds that decide x <= t for every float32 x as float64 ones do.

    Args:
        thresholds: The thresholds t, in float64.

    Returns:
        The largest float32 that is not above each; -inf below the lowest.
    """
    with np.errstate(over="ignore"):
        single = thresholds.astype(np.float32)
    above = single.astype(np.float64) > thresholds
    return np.where(above, np.nextafter(single, np.float32(-np.inf)), single)
