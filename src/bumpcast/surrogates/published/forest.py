"""The trees of a scikit-learn forest, of the arrays in which it keeps them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.model.trees import LEAF, Trees, single_thresholds
from bumpcast.surrogates.published.errors import PickleContentError
from bumpcast.surrogates.published.pickle_reading import ForestRecord, TreeRecord

_FIELDS: Final = {"left_child": "iu", "right_child": "iu", "feature": "iu", "threshold": "f"}
_MISSING: Final = "missing_go_to_left"
"""Where events without a value go; scikit-learn has it since version 1.3."""


def trees_of_forest(forest: ForestRecord, where: str) -> Trees:
    """Return a forest's trees, which give probabilities.

    The probability of a class is the mean over the trees of its share in the leaf where the event
    ends, as scikit-learn's ``predict_proba`` has it.

    Args:
        forest: As it was read.
        where: Where it is from, for messages.

    Raises:
        PickleContentError: The arrays are not those of trees that classify.
        TreesError: They are, but their nodes lead astray.
    """
    classes = len(forest.labels)
    parts = [
        _tree(tree, forest.trees[0].features, classes, f"{where}: tree {number}")
        for number, tree in enumerate(forest.trees)
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    sizes = [len(part["left"]) for part in parts]
    return Trees(
        **joined,
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        features=forest.trees[0].features,
        below="less-or-equal",
        combine="mean",
        base=np.zeros(classes),
    ).checked(where)


def _tree(tree: TreeRecord, features: int, classes: int, where: str) -> dict[str, Any]:
    nodes, values = tree.nodes, tree.values
    names = nodes.dtype.names or ()
    for name, kinds in _FIELDS.items():
        if name not in names or nodes.dtype[name].kind not in kinds:
            msg = f"{where}: its nodes have no {name}: {', '.join(names) or nodes.dtype}"
            raise PickleContentError(msg)
    if nodes.ndim != 1 or values.shape != (len(nodes), 1, classes) or values.dtype.kind != "f":
        msg = (
            f"{where}: nodes of shape {nodes.shape} and values of shape {values.shape}, "
            f"{values.dtype}, are not those of {classes} classes"
        )
        raise PickleContentError(msg)
    if tree.features != features:
        msg = f"{where}: has {tree.features} features, and the first tree {features}"
        raise PickleContentError(msg)
    left = _integers(nodes["left_child"], where)
    leaf = left == LEAF
    missing = nodes[_MISSING] if _MISSING in names else np.zeros(len(nodes), np.bool_)
    return {
        "feature": np.where(leaf, 0, _integers(nodes["feature"], where)).astype(np.int32),
        "threshold": np.where(
            leaf, 0, single_thresholds(nodes["threshold"].astype(np.float64))
        ).astype(np.float32),
        "left": left,
        "right": _integers(nodes["right_child"], where),
        "value": _shares(values[:, 0, :].astype(np.float64), leaf, where),
        "missing_left": missing != 0,
    }


def _integers(column: npt.NDArray[Any], where: str) -> npt.NDArray[np.int32]:
    if np.any((column < np.iinfo(np.int32).min) | (column > np.iinfo(np.int32).max)):
        msg = f"{where}: a node or feature has a number beyond all that there are"
        raise PickleContentError(msg)
    return column.astype(np.int32)


def _shares(
    values: npt.NDArray[np.float64], leaf: npt.NDArray[np.bool_], where: str
) -> npt.NDArray[np.float64]:
    """Return each class's share in each leaf; before scikit-learn 1.3 they are sums of weights."""
    at_leaves = values[leaf]
    total = at_leaves.sum(axis=1, keepdims=True)
    if not (np.isfinite(at_leaves).all() and (at_leaves >= 0).all() and (total > 0).all()):
        msg = f"{where}: a leaf's classes do not have shares that add up to something above zero"
        raise PickleContentError(msg)
    shares = np.zeros_like(values)
    shares[leaf] = at_leaves / total
    return shares
