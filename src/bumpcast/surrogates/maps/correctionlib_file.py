"""Efficiency maps as correctionlib JSON, schema version 2, which other programs evaluate.

The file is a set of corrections:

* ``llp_bin``: the number of an LLP's bin, of its eta, Lxy, Lz, pT and child_pdgId;
* ``probability``: of the same of both LLPs and the name of a class, 'not selected' included;
* ``statistical_error``: likewise, for the selected classes, where it is known;
* ``reached``: 1 where training events were, else 0, where that is known;
* ``relative_uncertainty``: of a class's efficiency, where it is known;
* ``sample_inside``: 1 for means of a sample's decays for which the map is to be used, else 0, where
  that is known.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from correctionlib.schemav2 import CorrectionSet
from pydantic import ValidationError

from bumpcast.diskio import write_atomically
from bumpcast.surrogates.maps import correctionlib_nodes as nodes
from bumpcast.surrogates.maps.correctionlib_nodes import BOTH, MEANS, Node
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap, EfficiencyMapError

SUFFIXES: Final = (".json", ".json.gz")
"""How such a file's name ends; with .gz it is compressed."""

VERSION: Final = 1
"""Of the layout."""


class MapDocumentError(EfficiencyMapError):
    """A file does not hold an efficiency map of this layout."""


def write_map_correctionlib(path: Path, efficiency_map: EfficiencyMap) -> None:
    """Write a map.

    Args:
        path: A file whose name ends in .json or .json.gz; replaced if it exists.
        efficiency_map: The map.

    Raises:
        MapDocumentError: The name ends otherwise.
        DiskError: It cannot be written.
    """
    if not path.name.endswith(SUFFIXES):
        msg = f"{path}: correctionlib's files end in {' or '.join(SUFFIXES)}"
        raise MapDocumentError(msg)
    document = map_document(efficiency_map)
    CorrectionSet.model_validate(document)
    data = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    # Without the time of day, the same map is the same file.
    write_atomically(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def map_document(efficiency_map: EfficiencyMap) -> Node:
    """Return what the file of a map holds.

    Args:
        efficiency_map: The map.
    """
    binning, classes = efficiency_map.binning, efficiency_map.classes
    a, b = efficiency_map.stored()
    cells = a * (a + 1) // 2 + b
    kinematics = [_input(llp, name) for llp in BOTH for name in _INPUTS]
    # The very numbers that the map itself gives, that of 'not selected' included.
    probabilities = efficiency_map.of_bins(a, b)
    found = [
        _correction(
            "llp_bin",
            f"Number of an LLP's bin, 0 to {len(binning) - 1}: (position * "
            f"{len(binning.pt) - 1} + pT bin) * {len(binning.flavours)} + decay flavour.",
            [_input("llp", name) for name in _INPUTS],
            nodes.with_bin("llp", binning, nodes.formula("x", "llp_Lxy")),
        ),
        _correction(
            "probability",
            "Probability that the search puts an event with these LLPs in the class.",
            [*kinematics, _CLASS],
            nodes.with_cell(
                binning,
                nodes.by_class(
                    {
                        name: nodes.table(cells, probabilities[:, number], float(number == 0))
                        for number, name in enumerate(classes)
                    }
                ),
            ),
        ),
    ]
    if efficiency_map.errors is not None:
        errors = efficiency_map.errors[:, a, b]
        tables = {
            name: nodes.table(cells, errors[number], 0.0) for number, name in enumerate(classes[1:])
        }
        found.append(
            _correction(
                "statistical_error",
                "Standard deviation of the probability from the number of training events.",
                [*kinematics, _CLASS],
                nodes.with_cell(binning, nodes.by_class(tables)),
            )
        )
    if efficiency_map.filled is not None:
        filled = efficiency_map.filled[a, b].astype(np.float64)
        found.append(
            _correction(
                "reached",
                "1 where training events were, else 0.",
                kinematics,
                nodes.with_cell(binning, nodes.table(cells, filled, 0.0)),
            )
        )
    if efficiency_map.relative_uncertainty is not None:
        relative = dict(zip(classes[1:], efficiency_map.relative_uncertainty, strict=True))
        found.append(
            _correction(
                "relative_uncertainty",
                "Relative uncertainty of a sample's efficiency.",
                [_CLASS],
                nodes.by_class({name: float(value) for name, value in relative.items()}),
            )
        )
    ranges = (efficiency_map.mean_lxy_m, efficiency_map.mean_lz_m)
    if ranges != (None, None):
        found.append(
            _correction(
                "sample_inside",
                "1 for means of a sample's decays for which the map is to be used, else 0.",
                _MEANS,
                nodes.inside(ranges),
            )
        )
    return {
        "schema_version": 2,
        "description": f"{efficiency_map.name}\n{efficiency_map.description}",
        "corrections": found,
    }


def read_map_correctionlib(path: Path) -> EfficiencyMap:
    """Read a map that `write_map_correctionlib` wrote.

    Args:
        path: The file.

    Raises:
        MapDocumentError: It cannot be read, is not correctionlib's, or not of this layout.
        EfficiencyMapError: Its numbers make no map.
        LlpBinningError: Its bins cannot be.
    """
    try:
        data = path.read_bytes()
        document = json.loads(gzip.decompress(data) if path.name.endswith(".gz") else data)
        CorrectionSet.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        msg = f"{path} is not correctionlib JSON of schema version 2: {place}: {first['msg']}"
        raise MapDocumentError(msg) from error
    except (OSError, EOFError, ValueError) as error:
        msg = f"{path} cannot be read as correctionlib JSON: {error}"
        raise MapDocumentError(msg) from error
    try:
        efficiency_map = _map_of(document)
        again = map_document(efficiency_map)["corrections"]
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise MapDocumentError(_other_layout(path)) from error
    # What was not looked at is compared: with another formula it would be another map.
    if [one["data"] for one in again] != [one["data"] for one in document["corrections"]]:
        raise MapDocumentError(_other_layout(path))
    return efficiency_map


def _other_layout(path: Path) -> str:
    return (
        f"{path} is correctionlib's, but not an efficiency map as 'bumpcast surrogate map' writes "
        "it, and cannot be read back; correctionlib itself evaluates it"
    )


def _map_of(document: Node) -> EfficiencyMap:
    data = {one["name"]: one["data"] for one in document["corrections"]}
    binning = nodes.binning_of(data["llp_bin"])
    bins = len(binning)
    probability = nodes.contents_by_class(nodes.content_of_cell(data["probability"]))
    classes = tuple(probability)
    errors = filled = relative = None
    if "statistical_error" in data:
        tables = nodes.contents_by_class(nodes.content_of_cell(data["statistical_error"]))
        errors = np.array([nodes.table_of(tables[name], bins) for name in classes[1:]])
    if "reached" in data:
        filled = nodes.table_of(nodes.content_of_cell(data["reached"]), bins) > 0
    if "relative_uncertainty" in data:
        relative = tuple(nodes.contents_by_class(data["relative_uncertainty"]).values())
    ranges = nodes.ranges_of(data["sample_inside"]) if "sample_inside" in data else (None, None)
    name, _, description = document["description"].partition("\n")
    return EfficiencyMap(
        name=name,
        classes=classes,
        binning=binning,
        table=np.array([nodes.table_of(probability[name], bins) for name in classes[1:]]),
        description=description,
        errors=errors,
        filled=filled,
        relative_uncertainty=relative,
        mean_lxy_m=ranges[0],
        mean_lz_m=ranges[1],
    )


_INPUTS: Final = {
    "eta": ("real", "pseudorapidity"),
    "Lxy": ("real", "decay's distance from the beam axis in m"),
    "Lz": ("real", "decay's distance |z| from the centre along the beam in m"),
    "pT": ("real", "transverse momentum in GeV"),
    "child_pdgId": ("int", "|PDG number| of what comes of the decay, such as 5 for b quarks"),
}

_CLASS: Final[Node] = {
    "name": "class",
    "type": "string",
    "description": "name of a class of the search's decision",
}

_MEANS: Final[list[Node]] = [
    {"name": name, "type": "real", "description": f"weighted mean {name[5:]} in m of LLPs {which}"}
    for name, which in zip(
        MEANS, ("below the |eta| of the barrel's end", "from there on"), strict=True
    )
]


def _input(llp: str, name: str) -> Node:
    kind, meaning = _INPUTS[name]
    of = {"llp1": " of the first LLP", "llp2": " of the second LLP"}.get(llp, "")
    return {"name": f"{llp}_{name}", "type": kind, "description": meaning + of}


def _correction(name: str, description: str, inputs: Sequence[Node], data: Node) -> Node:
    return {
        "name": name,
        "description": description,
        "version": VERSION,
        "inputs": list(inputs),
        "output": {"name": name, "type": "real"},
        "data": data,
    }
