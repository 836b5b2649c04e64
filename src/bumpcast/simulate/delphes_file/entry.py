"""The data-set entry of a simulated file, as a run configuration takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bumpcast.config.datasets import DatasetKind
from bumpcast.config.dump import dumps
from bumpcast.simulate.delphes_file.provenance import Provenance

FORMAT_NAME = "simulated"
"""The name of the table [formats.NAME] that goes with it."""


def dataset_entry(
    name: str,
    files: Sequence[str],
    provenance: Provenance,
    *,
    kind: DatasetKind,
    cross_section_pb: float | None,
    k_factor: float | None = None,
    label: str | None = None,
    large_jets: bool = False,
    large_jet_mass: str = "Mass",
) -> str:
    """Return the tables [datasets.NAME] and [formats.simulated] of simulated files as TOML.

    A run configuration takes them as they are: pasted into it, or by its `extends`.

    Args:
        name: The data set's.
        files: Paths; relative ones are relative to the file that the entry is written to.
        provenance: What the files say of themselves, all together.
        kind: What it is in the analysis.
        cross_section_pb: Before filters, in pb; None: nobody says it, and it is left out, so that a
            run asks for it.
        k_factor: Higher-order correction to it; None: none is made.
        label: How plots call it.
        large_jets: Whether the files have large-radius jets.
        large_jet_mass: Which of their masses is read.
    """
    dataset: dict[str, Any] = {"files": list(files), "format": FORMAT_NAME, "kind": kind}
    if label is not None:
        dataset["label"] = label
    if kind != "data":
        if cross_section_pb is not None:
            dataset["cross_section_pb"] = cross_section_pb
        if k_factor is not None:
            dataset["k_factor"] = k_factor
        if provenance.filter_efficiency < 1:
            dataset["filter_efficiency"] = provenance.filter_efficiency
    table: dict[str, Any] = {"kind": "delphes", "b_tag_bit": 0, "weight": "Event.Weight"}
    if large_jets:
        table |= {"large_jets": "FatJet", "large_jet_mass": large_jet_mass}
    return dumps({"datasets": {name: dataset}, "formats": {FORMAT_NAME: table}})
