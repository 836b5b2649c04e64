"""A map's bins and tables as nodes of correctionlib's schema, version 2, and back.

A transform gives one input another value for all that is below it, which is how an LLP's bin is
found once and then stands in the place of its Lxy. Of two bins a >= b, the cell a (a + 1) / 2 + b
is what a category looks up; the cells that have the default are not there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from bumpcast.surrogates.llps import Floats, Integers
from bumpcast.surrogates.maps.binning import LlpBinning

Node = dict[str, Any]

INFINITE: Final = "inf"
EVERYWHERE: Final = ("-inf", "inf")

BOTH: Final = ("llp1", "llp2")
MEANS: Final = ("mean_Lxy", "mean_Lz")


def with_bin(llp: str, binning: LlpBinning, content: Any) -> Node:
    """Return a node under which an LLP's Lxy is the number of its bin.

    Args:
        llp: What stands before the names of its inputs.
        binning: Its bins.
        content: What is evaluated with that.
    """
    eta, lxy, lz, pt = (f"{llp}_{name}" for name in ("eta", "Lxy", "Lz", "pT"))
    inner = len(binning.lxy) - 1
    position = {
        "nodetype": "binning",
        "input": eta,
        "edges": [0.0, binning.barrel],
        "content": [_numbered(lxy, binning.lxy, 0)],
        "flow": _numbered(lz, binning.lz, inner),
    }
    flavour = {
        "nodetype": "category",
        "input": f"{llp}_child_pdgId",
        "content": [
            {"key": number, "value": float(place)} for place, number in enumerate(binning.flavours)
        ],
    }
    index = f"{binning.per_position}*x+{len(binning.flavours)}*y+z"
    node = transformed(lxy, formula(index, lxy, pt, lz), content)
    node = transformed(pt, _numbered(pt, binning.pt, 0), node)
    # Lz has done its duty once the position is known, and takes the flavour.
    node = transformed(lz, flavour, node)
    node = transformed(lxy, position, node)
    return transformed(eta, formula("abs(x)", eta), node)


def binning_of(node: Node) -> LlpBinning:
    """Return the bins of a node of `with_bin`.

    Raises:
        LlpBinningError: They cannot be.
        KeyError, IndexError, TypeError, ValueError: The node is another one.
    """
    position, flavour, pt = (
        one["rule"]
        for one in (
            node["content"],
            node["content"]["content"],
            node["content"]["content"]["content"],
        )
    )
    return LlpBinning(
        lxy=_edges_of(position["content"][0]),
        lz=_edges_of(position["flow"]),
        pt=_edges_of(pt),
        flavours=tuple(item["key"] for item in flavour["content"]),
        barrel=position["edges"][1],
    )


def with_cell(binning: LlpBinning, content: Any) -> Node:
    """Return a node under which the first LLP's child_pdgId is the cell of both LLPs."""
    first, second = (f"{llp}_Lxy" for llp in BOTH)
    cell = formula("max(x,y)*(max(x,y)+1)/2+min(x,y)", first, second)
    node = transformed(_CELL, cell, content)
    for llp in reversed(BOTH):
        node = with_bin(llp, binning, node)
    return node


def content_of_cell(node: Node) -> Any:
    """Return what was given to `with_cell`."""
    for _ in range(2 * _TRANSFORMS + 1):
        node = node["content"]
    return node


def table(cells: Integers, values: Floats, default: float) -> Node:
    """Return a node that looks up a cell.

    Args:
        cells: Their numbers; (stored,).
        values: Theirs; (stored,).
        default: The value of all others.
    """
    return {
        "nodetype": "category",
        "input": _CELL,
        "content": [
            {"key": cell, "value": value}
            for cell, value in zip(cells.tolist(), values.tolist(), strict=True)
            if value != default
        ],
        "default": default,
    }


def table_of(node: Node, bins: int) -> Floats:
    """Return the symmetric table of a node of `table`; (bins, bins)."""
    values = np.full((bins, bins), node["default"])
    cells = np.array([item["key"] for item in node["content"]], np.int64)
    a = ((np.sqrt(8.0 * cells + 1) - 1) / 2).astype(np.int64)
    b = cells - a * (a + 1) // 2
    values[a, b] = values[b, a] = [item["value"] for item in node["content"]]
    return values


def by_class(contents: Mapping[str, Any]) -> Node:
    """Return a node that asks for the class."""
    return {
        "nodetype": "category",
        "input": "class",
        "content": [{"key": name, "value": content} for name, content in contents.items()],
    }


def contents_by_class(node: Node) -> dict[str, Any]:
    """Return what was given to `by_class`."""
    return {item["key"]: item["value"] for item in node["content"]}


def inside(ranges: Sequence[tuple[float, float] | None]) -> Node:
    """Return a node that is 1 where both means are in their ranges, else 0; None: any."""
    return {
        "nodetype": "multibinning",
        "inputs": list(MEANS),
        "edges": [list(EVERYWHERE if limits is None else limits) for limits in ranges],
        "content": [1.0],
        "flow": 0.0,
    }


def ranges_of(node: Node) -> list[tuple[float, float] | None]:
    """Return what was given to `inside`."""
    return [None if edges[0] == EVERYWHERE[0] else (edges[0], edges[1]) for edges in node["edges"]]


def formula(expression: str, *inputs: str) -> Node:
    """Return a formula of x, y, z, which are the inputs in this order."""
    return {
        "nodetype": "formula",
        "expression": expression,
        "parser": "TFormula",
        "variables": list(inputs),
    }


def transformed(name: str, rule: Node, content: Any) -> Node:
    """Return a node under which an input has the value of a rule."""
    return {"nodetype": "transform", "input": name, "rule": rule, "content": content}


_CELL: Final = "llp1_child_pdgId"
"""The input that makes room for the cell: a category needs a whole number."""

_TRANSFORMS: Final = 5
"""How many of them `with_bin` makes."""


def _numbered(name: str, edges: Sequence[float], first: int) -> Node:
    """Return a node that numbers the bins of an input; what is above them is in the last."""
    numbers = [float(first + number) for number in range(len(edges) - 1)]
    shown: list[float | str] = [*map(float, edges[:-1]), INFINITE]
    if math.isfinite(edges[-1]):
        shown = [*map(float, edges), INFINITE]
        numbers.append(numbers[-1])
    return {
        "nodetype": "binning",
        "input": name,
        "edges": shown,
        "content": numbers,
        # Nothing is below zero.
        "flow": "error",
    }


def _edges_of(node: Node) -> tuple[float, ...]:
    """Return the edges that `_numbered` was given."""
    edges, numbers = node["edges"], node["content"]
    finite = len(numbers) > 1 and numbers[-1] == numbers[-2]
    return (*edges[:-1],) if finite else (*edges[:-1], math.inf)
