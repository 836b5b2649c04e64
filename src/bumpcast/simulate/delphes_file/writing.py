"""A block of events as a ROOT file in the layout of Delphes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bumpcast.simulate.delphes_file.columns import (
    KINDS,
    CollectionError,
    branch_name,
    file_columns,
)
from bumpcast.simulate.delphes_file.provenance import KEY, Provenance
from bumpcast.simulate.delphes_file.trees import ENTRIES_A_BASKET, DelphesTree, new_file
from bumpcast.simulate.events import Collection, CrossSection, EventInfo


def write_block(path: Path, collections: Mapping[str, Collection], provenance: Provenance) -> None:
    """Write a block of events.

    Args:
        path: The file; replaced if it exists.
        collections: By their names in a Delphes file, all of the same events; 'Event' is needed.
        provenance: Where the events come from.

    Raises:
        CollectionError: A collection does not fit a Delphes file, or they have different numbers of
            events, or not as many as the provenance says.
        DiskError: The file cannot be written; the path is as it was before.
    """
    if "Event" not in collections:
        msg = "the collection 'Event' is missing: a Delphes file has one"
        raise CollectionError(msg)
    events = provenance.events
    for name, collection in collections.items():
        if len(collection) != events:
            msg = f"{name} has {len(collection)} events; the block has {events}"
            raise CollectionError(msg)
    ordered = [name for name in KINDS if name in collections]
    ordered += [name for name in collections if name not in KINDS]
    columns = {
        name: (
            collections[name].offsets,
            {
                branch_name(name, column): values
                for column, values in file_columns(name, collections[name]).items()
            },
        )
        for name in ordered
    }
    with new_file(path) as file:
        tree = DelphesTree(file)
        # a block without events still has its branches
        for start in range(0, max(events, 1), ENTRIES_A_BASKET):
            stop = min(start + ENTRIES_A_BASKET, events)
            part = {}
            for name, (offsets, values) in columns.items():
                first, last = offsets[start], offsets[stop]
                part[name] = (
                    offsets[start : stop + 1] - first,
                    {branch: column[first:last] for branch, column in values.items()},
                )
            tree.extend(part)
        file[KEY] = provenance.to_json()


def event_collection(info: EventInfo, cross_section: CrossSection, first: int = 1) -> Collection:
    """Return the branch 'Event' of a block.

    Args:
        info: What the generator says of each event.
        cross_section: Of the block.
        first: Number of its first event.

    Returns:
        One object an event; its CrossSection is that of the stored events in pb, which is what
        passed the filters.
    """
    events = len(info.weight)
    efficiency = cross_section.kept / cross_section.accepted if cross_section.accepted else 1.0
    nothing = np.zeros(events, np.float32)
    return Collection.one_each(
        {
            "Number": np.arange(first, first + events, dtype=np.int64),
            # times would make two runs of the same events differ
            "ReadTime": nothing,
            "ProcTime": nothing,
            "ProcessID": info.process,
            "MPI": info.interactions,
            "Weight": info.weight,
            "CrossSection": np.full(events, cross_section.value * efficiency),
            "CrossSectionError": np.full(events, cross_section.error * efficiency),
            "Scale": info.scale,
            "AlphaQED": info.alpha_qed,
            "AlphaQCD": info.alpha_qcd,
            "ID1": info.parton1,
            "ID2": info.parton2,
            "X1": info.x1,
            "X2": info.x2,
            "ScalePDF": info.scale_pdf,
            "PDF1": info.pdf1,
            "PDF2": info.pdf2,
        }
    )


def weight_collection(info: EventInfo) -> Collection:
    """Return the branch 'Weight' of a block: one weight an event."""
    return Collection.one_each({"Weight": info.weight})
