"""The network as an ONNX graph, made of its weights without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from bumpcast.bumps.network.fits.columns import BIN_FEATURES, HISTOGRAM_FEATURES, OTHER_Z
from bumpcast.bumps.network.layout import (
    FARTHEST,
    HIDDEN,
    LEAST_Z,
    MOST_Z,
    NEAR,
    SEEN_Z,
    Layout,
)

_OPERATORS = 17
_FORMAT = 8
"""Old enough for every ONNX Runtime that this package allows."""


class _Graph:
    """Nodes and constants in the order in which they are needed."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, npt.NDArray[np.generic]] = {}

    def constant(self, name: str, value: npt.ArrayLike, dtype: type = np.float32) -> str:
        self.constants[name] = np.asarray(value, dtype)
        return name

    def add(self, operator: str, output: str, *inputs: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def limit(self, output: str, source: str, low: float, high: float) -> str:
        """Keep values between two."""
        limits = [self.constant(f"{output}_{k}", v) for k, v in (("low", low), ("high", high))]
        return self.add("Clip", output, source, *limits)

    def features(self, output: str, source: str, begin: int, end: int) -> str:
        """Cut features begin to end - 1 out of the second axis."""
        limits = [
            self.constant(f"{output}_{k}", [v], np.int64)
            for k, v in (("begin", begin), ("end", end), ("axis", 1))
        ]
        return self.add("Slice", output, source, *limits)


def onnx_model(layout: Layout, weights: Mapping[str, npt.NDArray[np.float32]]) -> onnx.ModelProto:
    """Return the network as ONNX, for any number of histograms and bins.

    Its inputs are `bins` (histograms, features, bins), `histograms` (histograms, features) and
    `mask` (histograms, 1, bins); its outputs `z` and `shift` (histograms, bins).

    Args:
        layout: Its shape.
        weights: By the names of the layout.
    """
    graph = _Graph()
    for name, value in weights.items():
        transposed = name.endswith("context") or name == "histogram.weight"
        graph.constant(name, value.T if transposed else value)
    state = _first_layer(graph)
    graph.constant("axis_bins", [2], np.int64)
    graph.constant("axis_features", [1], np.int64)
    for k, dilation in enumerate(layout.dilations):
        state = _layer(graph, f"layer{k}", state, dilation, layout.kernel)
    graph.add("Conv", "last_before", state, "last.weight", "last.bias")
    graph.add("Relu", "last", "last_before")
    graph.add("Conv", "heads", "last", "heads.weight", "heads.bias")
    graph.features("logits", "heads", 0, OTHER_Z + 1)
    graph.add("Softmax", "gates", "logits", axis=1)
    graph.features("other_gates", "gates", 1, OTHER_Z + 1)
    graph.add("Mul", "gated", "other_gates", "limited")
    graph.add("ReduceSum", "moved", "gated", "axis_features", keepdims=0)
    graph.features("correction_wide", "heads", OTHER_Z + 1, OTHER_Z + 2)
    graph.features("shift_wide", "heads", OTHER_Z + 2, OTHER_Z + 3)
    graph.add("Squeeze", "correction", "correction_wide", "axis_features")
    graph.add("Squeeze", "shift", "shift_wide", "axis_features")
    graph.add("Squeeze", "z_first", "z_given", "axis_features")
    graph.add("Add", "z_mixed", "z_first", "moved")
    graph.add("Add", "z", "z_mixed", "correction")
    made = helper.make_graph(
        graph.nodes,
        "bumpcast network",
        [
            _tensor("bins", ["histograms", len(BIN_FEATURES), "bins"]),
            _tensor("histograms", ["histograms", len(HISTOGRAM_FEATURES)]),
            _tensor("mask", ["histograms", 1, "bins"]),
        ],
        [_tensor("z", ["histograms", "bins"]), _tensor("shift", ["histograms", "bins"])],
        [numpy_helper.from_array(v, k) for k, v in graph.constants.items()],
    )
    model = helper.make_model(
        made,
        producer_name="bumpcast",
        opset_imports=[helper.make_opsetid("", _OPERATORS)],
        ir_version=_FORMAT,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _tensor(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _first_layer(graph: _Graph) -> str:
    graph.features("z_any", "bins", 0, 1)
    graph.features("z_other", "bins", 1, 1 + OTHER_Z)
    graph.features("rest", "bins", 1 + OTHER_Z, len(BIN_FEATURES))
    graph.limit("z_given", "z_any", LEAST_Z, MOST_Z)
    graph.add("Sub", "apart", "z_other", "z_given")
    graph.limit("limited", "apart", -FARTHEST, FARTHEST)
    graph.limit("z_seen", "z_given", LEAST_Z, SEEN_Z)
    graph.add("Mul", "z_scaled", "z_seen", graph.constant("fifth", 0.2))
    graph.limit("apart_near", "apart", -NEAR, NEAR)
    graph.add("Mul", "limited_scaled", "apart_near", graph.constant("third", 1 / 3))
    graph.add("Tanh", "apart_tanh", "apart")
    graph.add("Concat", "seen", "z_scaled", "limited_scaled", "apart_tanh", "rest", axis=1)
    graph.add("Conv", "first_bins", "seen", "bins.weight", "bins.bias")
    graph.add("MatMul", "whole", "histograms", "histogram.weight")
    graph.add("Unsqueeze", "whole_wide", "whole", graph.constant("axis_last", [2], np.int64))
    graph.add("Add", "first_sum", "first_bins", "whole_wide")
    graph.add("Relu", "first_relu", "first_sum")
    graph.add("Mul", "first", "first_relu", "mask")
    graph.add("ReduceSum", "number_any", "mask", "axis_last", keepdims=0)
    graph.add("Max", "number", "number_any", graph.constant("one", 1.0))
    graph.add("Sub", "no_bin", "one", "mask")
    graph.add("Mul", "hidden", "no_bin", graph.constant("far_below", HIDDEN))
    return "first"


def _layer(graph: _Graph, name: str, state: str, dilation: int, kernel: int) -> str:
    graph.add("ReduceSum", f"{name}_sum", state, "axis_bins", keepdims=0)
    graph.add("Div", f"{name}_mean", f"{name}_sum", "number")
    graph.add("Add", f"{name}_shown", state, "hidden")
    graph.add("ReduceMax", f"{name}_largest", f"{name}_shown", axes=[2], keepdims=0)
    graph.add("Concat", f"{name}_pooled", f"{name}_mean", f"{name}_largest", axis=1)
    graph.add("MatMul", f"{name}_told", f"{name}_pooled", f"{name}.context")
    graph.add("Unsqueeze", f"{name}_told_wide", f"{name}_told", "axis_last")
    reach = dilation * (kernel // 2)
    graph.add(
        "Conv",
        f"{name}_conv",
        state,
        f"{name}.weight",
        f"{name}.bias",
        dilations=[dilation],
        pads=[reach, reach],
    )
    graph.add("Add", f"{name}_both", f"{name}_conv", f"{name}_told_wide")
    graph.add("Relu", f"{name}_change", f"{name}_both")
    graph.add("Add", f"{name}_raw", state, f"{name}_change")
    return graph.add("Mul", f"{name}_state", f"{name}_raw", "mask")
