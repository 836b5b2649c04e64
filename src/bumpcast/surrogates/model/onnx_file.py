"""A model of trees as an ONNX graph: from an event's features to the classes' probabilities."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.trees import Trees

INPUT: Final = "features"
OUTPUT: Final = "probabilities"

_OPERATORS: Final = 17
_TREE_OPERATORS: Final = 3
_FORMAT: Final = 8
"""Old enough for every ONNX Runtime that this package allows."""

_MOST_BYTES: Final = 2**31 - 1
"""What a protocol buffer can be."""


class OnnxFileError(SurrogateError):
    """A model cannot be written as ONNX."""


@dataclass
class _Graph:
    """Nodes and constants in the order in which they are needed."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, operator: str, output: str, *inputs: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output


def onnx_of(
    trees: Trees,
    *,
    features: Sequence[str],
    classes: Sequence[str],
    softmax: bool,
    scale_mean: npt.ArrayLike | None = None,
    scale_std: npt.ArrayLike | None = None,
    calibration: Calibration | None = None,
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """Return a model as ONNX, for any number of events.

    Its input ``features`` is float32 (events, features), its output ``probabilities`` float32
    (events, classes). Names of both, and what else is to be kept, are its metadata. The trees are
    added up in the precision of their values.

    Args:
        trees: The ensemble; an output for each class.
        features: The features' names, in order.
        classes: The classes' names, in order.
        softmax: Whether probabilities are the softmax of what the trees give, as XGBoost has it;
            else they are what the trees give, as of a random forest.
        scale_mean: What is subtracted from features before the trees see them; (features,).
        scale_std: What they are divided by after that; (features,).
        calibration: Of the probabilities, where they are a softmax.
        metadata: Other texts by name.

    Raises:
        OnnxFileError: Names do not fit the trees, or the model is larger than ONNX can be.
    """
    _check_names(trees, features, classes)
    graph = _Graph()
    state = _scaled(graph, INPUT, len(features), scale_mean, scale_std)
    if trees.value.dtype == np.float64:
        # ONNX Runtime adds up in the precision of what it is given; a forest has many trees.
        state = graph.add("Cast", "events", state, to=TensorProto.DOUBLE)
    state = graph.add(
        "TreeEnsembleRegressor", "trees", state, domain="ai.onnx.ml", **_ensemble(trees)
    )
    if np.any(trees.base):
        # Not as the ensemble's base_values: ONNX Runtime leaves these out for a class of which no
        # leaf that an event reaches says anything.
        base = np.broadcast_to(np.asarray(trees.base, np.float32), (len(classes),))
        state = graph.add("Add", "with_base", state, graph.constant("base", base))
    if calibration is not None:
        state = _calibrated(graph, state, calibration)
    # ONNX's Softmax takes the largest margin away first, so that no exponential overflows.
    graph.add("Softmax" if softmax else "Identity", OUTPUT, state, **_axis(softmax))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "bumpcast surrogate",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["events", len(features)])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["events", len(classes)])],
            graph.constants,
        ),
        producer_name="bumpcast",
        opset_imports=[
            helper.make_opsetid("", _OPERATORS),
            helper.make_opsetid("ai.onnx.ml", _TREE_OPERATORS),
        ],
        ir_version=_FORMAT,
    )
    texts = {"features": json.dumps(list(features)), "classes": json.dumps(list(classes))}
    helper.set_model_props(model, {**(metadata or {}), **texts})
    size = model.ByteSize()
    if size > _MOST_BYTES:
        msg = (
            f"the model is {size / 2**30:.1f} GiB as ONNX, which cannot be more than 2: "
            f"{len(trees):,} trees of {trees.nodes:,} nodes"
        )
        raise OnnxFileError(msg)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _check_names(trees: Trees, features: Sequence[str], classes: Sequence[str]) -> None:
    for names, number, word in (
        (features, trees.features, "features"),
        (classes, trees.outputs, "classes"),
    ):
        if len(names) != number:
            msg = f"{len(names)} {word} are named ({', '.join(names)}); the trees have {number}"
            raise OnnxFileError(msg)


def _axis(softmax: bool) -> dict[str, int]:
    return {"axis": 1} if softmax else {}


def _scaled(
    graph: _Graph,
    state: str,
    features: int,
    mean: npt.ArrayLike | None,
    std: npt.ArrayLike | None,
) -> str:
    """Add (x - mean) / std, in double precision as NumPy and scikit-learn make it."""
    if mean is None and std is None:
        return state
    state = graph.add("Cast", "double", state, to=TensorProto.DOUBLE)
    for operator, name, given in (("Sub", "mean", mean), ("Div", "std", std)):
        if given is not None:
            value = np.broadcast_to(np.asarray(given, np.float64), (features,))
            state = graph.add(operator, f"by_{name}", state, graph.constant(name, value))
    return graph.add("Cast", "scaled", state, to=TensorProto.FLOAT)


def _calibrated(graph: _Graph, state: str, calibration: Calibration) -> str:
    """Add the shifts of the logarithms of probabilities.

    A line between points is a sum of ramps, max(x - point, 0), each with the change of slope there.
    """
    points = np.zeros((calibration.classes, max(len(one) for one in calibration.shift)))
    turns = np.zeros_like(points)
    for row, turn, place, shift in zip(
        points, turns, calibration.log_probability, calibration.shift, strict=True
    ):
        slopes = np.diff(shift) / np.diff(place)
        row[: len(place)] = place
        turn[: len(place)] = np.diff(slopes, prepend=0.0, append=0.0)
    first = np.array([shift[0] for shift in calibration.shift])
    logs = graph.add("LogSoftmax", "log_probabilities", state, axis=1)
    last = graph.constant("last_axis", np.array([2], np.int64))
    state = graph.add("Unsqueeze", "for_points", logs, last)
    for operator, name, value in (("Sub", "points", points), ("Mul", "turns", turns)):
        constant = graph.constant(name, value.astype(np.float32))
        state = graph.add(operator, f"by_{name}", state, constant)
        if operator == "Sub":
            state = graph.add("Relu", "ramps", state)
    state = graph.add("ReduceSum", "line", state, last, keepdims=0)
    state = graph.add(
        "Add", "shift", state, graph.constant("first_shift", first.astype(np.float32))
    )
    return graph.add("Add", "shifted", logs, state)


def _ensemble(trees: Trees) -> dict[str, Any]:
    """Return the attributes of ONNX's TreeEnsembleRegressor."""
    leaf, tree = trees.leaf, trees.tree
    number = np.arange(trees.nodes) - trees.offsets[tree]
    branch = "BRANCH_LT" if trees.below == "less" else "BRANCH_LEQ"
    # A leaf says nothing of classes for which it has 0, but has to say something.
    says = leaf[:, None] & (trees.value != 0)
    says[leaf & ~says.any(axis=1), 0] = True
    node, output = np.nonzero(says)
    # A mean is the sum of shares: ONNX Runtime would go a slower way for AVERAGE.
    share = len(trees) if trees.combine == "mean" else 1
    numbers = {
        "nodes_values": np.where(leaf, 0, trees.threshold),
        "target_weights": trees.value[node, output] / share,
    }
    return {
        "n_targets": trees.outputs,
        "aggregate_function": "SUM",
        "nodes_treeids": tree.tolist(),
        "nodes_nodeids": number.tolist(),
        "nodes_modes": np.where(leaf, "LEAF", branch).tolist(),
        "nodes_featureids": np.where(leaf, 0, trees.feature).tolist(),
        "nodes_truenodeids": np.where(leaf, 0, trees.left).tolist(),
        "nodes_falsenodeids": np.where(leaf, 0, trees.right).tolist(),
        "nodes_missing_value_tracks_true": (trees.missing_left & ~leaf).astype(int).tolist(),
        "target_treeids": tree[node].tolist(),
        "target_nodeids": number[node].tolist(),
        "target_ids": output.tolist(),
        **_numbers(numbers, trees.value.dtype),
    }


def _numbers(numbers: Mapping[str, npt.NDArray[Any]], dtype: np.dtype[Any]) -> dict[str, Any]:
    """Return numbers as the attributes that take them in single or in double precision."""
    if dtype == np.float32:
        return {name: values.tolist() for name, values in numbers.items()}
    return {
        f"{name}_as_tensor": numpy_helper.from_array(values.astype(np.float64), name)
        for name, values in numbers.items()
    }
