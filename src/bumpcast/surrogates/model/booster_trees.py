"""The trees of an XGBoost model, read from the JSON in which it saves itself."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.model.trees import LEAF, Trees, TreesError

if TYPE_CHECKING:
    import xgboost

_MULTI_CLASS: Final = ("multi:softprob", "multi:softmax")
_TWO_CLASSES: Final = ("binary:logistic",)


def trees_of_booster(
    booster: xgboost.Booster, iteration_range: tuple[int, int] | None = None
) -> Trees:
    """Return a model's trees, which give margins: their softmax are the classes' probabilities.

    A model of two classes has two margins, too: 0 and what XGBoost gives.

    Args:
        booster: Trained for ``multi:softprob`` or ``binary:logistic``.
        iteration_range: The first round and the one after the last, as XGBoost has it; None: all
            rounds, those after an early stop's best one included.

    Returns:
        The trees; outputs are classes.

    Raises:
        TreesError: The model was trained for something else, or has what is not known here:
            linear terms, dropped trees, categorical features.
    """
    where = "the XGBoost model"
    if iteration_range is not None:
        begin, end = iteration_range
        rounds = booster.num_boosted_rounds()
        if not 0 <= begin < end <= rounds:
            msg = f"{where}: rounds {begin} to {end} are not among its {rounds}"
            raise TreesError(msg)
        booster = booster[begin:end]
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    kind = learner["gradient_booster"]["name"]
    if kind != "gbtree":
        msg = f"{where} is a {kind!r}; only plain trees, 'gbtree', are understood"
        raise TreesError(msg)
    first, base = _margins(learner, where)
    model = learner["gradient_booster"]["model"]
    if not model["trees"]:
        msg = f"{where} has no trees: it was not trained"
        raise TreesError(msg)
    trees = [_tree(tree, where) for tree in model["trees"]]
    value = [
        _values(tree, first + of, len(base))
        for tree, of in zip(trees, model["tree_info"], strict=True)
    ]
    joined = {
        name: np.concatenate([tree[name] for tree in trees]) for name in trees[0] if name != "leaf"
    }
    sizes = [len(tree["left"]) for tree in trees]
    return Trees(
        feature=joined["feature"].astype(np.int32),
        threshold=joined["threshold"].astype(np.float32),
        left=joined["left"].astype(np.int32),
        right=joined["right"].astype(np.int32),
        value=np.concatenate(value),
        missing_left=joined["missing_left"].astype(np.bool_),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        features=int(learner["learner_model_param"]["num_feature"]),
        below="less",
        combine="sum",
        base=base,
    ).checked(where)


def _margins(learner: dict[str, Any], where: str) -> tuple[int, npt.NDArray[np.float64]]:
    """Return the first class that has trees, and what each class's margin begins with."""
    objective = learner["objective"]["name"]
    written = json.loads(learner["learner_model_param"]["base_score"])
    scores = written if isinstance(written, list) else [written]
    if objective in _TWO_CLASSES and len(scores) == 1:
        # Here alone it is written as a probability.
        return 1, np.array([0.0, -math.log(1 / scores[0] - 1)])
    if objective in _MULTI_CLASS:
        classes = int(learner["learner_model_param"]["num_class"])
        # Before XGBoost 3 all classes shared one.
        return 0, np.broadcast_to(np.array(scores, float), (classes,)).copy()
    msg = (
        f"{where} was trained for {objective!r}; what gives probabilities of classes is "
        f"{', '.join((*_MULTI_CLASS, *_TWO_CLASSES))}"
    )
    raise TreesError(msg)


def _tree(tree: dict[str, Any], where: str) -> dict[str, npt.NDArray[Any]]:
    """Return one tree's nodes; those that pruning has left without a parent are gone."""
    if tree["categories_nodes"]:
        msg = f"{where} asks for categories of a feature; only thresholds are understood"
        raise TreesError(msg)
    left = np.array(tree["left_children"], np.int64)
    right = np.array(tree["right_children"], np.int64)
    kept = _reached(left, right)
    number = np.full(len(left), LEAF, np.int64)
    number[kept] = np.arange(len(kept))
    inner = left[kept] != LEAF
    return {
        "feature": np.array(tree["split_indices"], np.int64)[kept] * inner,
        "threshold": np.array(tree["split_conditions"], np.float64)[kept].astype(np.float32),
        "leaf": _of_leaves(tree, where)[kept],
        "left": np.where(inner, number[left[kept]], LEAF),
        "right": np.where(inner, number[right[kept]], LEAF),
        "missing_left": np.array(tree["default_left"], np.int64)[kept],
    }


def _reached(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> Sequence[int]:
    reached, level = [0], [0]
    while level and len(reached) <= len(left):
        level = [int(c[node]) for node in level for c in (left, right) if left[node] != LEAF]
        reached += level
    return sorted(reached)


def _of_leaves(tree: dict[str, Any], where: str) -> npt.NDArray[np.float32]:
    """Return what leaves give, one value or one for each class; (nodes, values)."""
    outputs = int(tree["tree_param"].get("size_leaf_vector") or 1)
    if outputs == 1:
        # A leaf's value stands where other nodes have their threshold.
        return np.array(tree["split_conditions"], np.float64).astype(np.float32)[:, None]
    if "leaf_weights" not in tree:
        msg = (
            f"{where} has leaves of several values (multi_strategy 'multi_output_tree') as XGBoost "
            "wrote them before 3.2: load and save it with a newer one"
        )
        raise TreesError(msg)
    weights = np.array(tree["leaf_weights"], np.float64).astype(np.float32).reshape(-1, outputs)
    # The number of a leaf stands where other nodes have their right child.
    leaf = np.array(tree["left_children"], np.int64) == LEAF
    value = np.zeros((len(leaf), outputs), np.float32)
    value[leaf] = weights[np.array(tree["right_children"], np.int64)[leaf]]
    return value


def _values(tree: dict[str, npt.NDArray[Any]], of: int, classes: int) -> npt.NDArray[np.float32]:
    """Return what leaves give each class: trees of one value are of one class."""
    leaf = (tree["left"] == LEAF)[:, None]
    if tree["leaf"].shape[1] == classes > 1:
        return np.where(leaf, tree["leaf"], np.float32(0))
    value = np.zeros((len(leaf), classes), np.float32)
    value[:, of] = np.where(leaf, tree["leaf"], np.float32(0))[:, 0]
    return value
