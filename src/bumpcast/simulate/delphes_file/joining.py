"""Files of blocks into one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from bumpcast.simulate.delphes_file.columns import CollectionError
from bumpcast.simulate.delphes_file.provenance import (
    KEY,
    Provenance,
    ProvenanceError,
    combined,
    read_provenance,
)
from bumpcast.simulate.delphes_file.trees import ENTRIES_A_BASKET, TREE, DelphesTree, new_file
from bumpcast.simulate.events import Offsets

Part = dict[str, tuple[Offsets, dict[str, npt.NDArray[Any]]]]


def join(
    paths: Sequence[Path],
    output: Path,
    provenance: Provenance | None = None,
    *,
    cross_section_pb: float | None = None,
) -> Provenance:
    """Write the events of several files, in their order, to one file.

    Of each event, Number becomes its place in the file, from 1, and CrossSection and its error what
    all files found together. As many events as a basket holds are in memory at a time, and at least
    those of one file's baskets.

    Args:
        paths: Files of `write_block`, of the same branches.
        output: The file; replaced if it exists. It may be none of `paths`.
        provenance: What the file says of itself; absent: the files' own, combined.
        cross_section_pb: What the events say instead of what the files found, before filters.

    Returns:
        What the file says of itself.

    Raises:
        CollectionError: The files' branches differ, or the provenance has another number of events.
        ProvenanceError: A file does not say where it comes from, or they are not of one run.
        DiskError: The file cannot be written; the path is as it was before.
    """
    if provenance is None:
        provenance = combined([read_provenance(path) for path in paths])
    cross_section = provenance.cross_section.stated(cross_section_pb)
    per_event = {
        "Event/Event.CrossSection": cross_section.value * provenance.filter_efficiency,
        "Event/Event.CrossSectionError": cross_section.error * provenance.filter_efficiency,
    }
    done = 0
    with new_file(output) as file:
        tree = DelphesTree(file)
        for part in _baskets(paths):
            offsets, columns = part["Event"]
            events = len(offsets) - 1
            columns["Event/Event.Number"] = np.arange(
                done + 1, done + events + 1, dtype=columns["Event/Event.Number"].dtype
            )
            for branch, value in per_event.items():
                if branch in columns:
                    columns[branch] = np.full(events, value, columns[branch].dtype)
            tree.extend(part)
            done += events
        if done != provenance.events:
            msg = (
                f"{output}: the files hold {done} events, but {provenance.events} are said to "
                "come from the blocks"
            )
            raise CollectionError(msg)
        file[KEY] = provenance.to_json()
    return provenance


def _baskets(paths: Sequence[Path]) -> Iterator[Part]:
    """Give the events of all files in equal parts, whatever their number in each file."""
    if not paths:
        msg = "there are no files to join"
        raise ProvenanceError(msg)
    waiting: list[Part] = []
    held = 0
    given = False
    branches: dict[str, Any] | None = None
    for path in paths:
        with uproot.open(path) as file:
            tree = file[TREE]
            found = {key: tree[key].typename for key in tree.keys(recursive=True)}
            if branches is None:
                branches = found
            elif found != branches:
                differing = sorted(set(found.items()) ^ set(branches.items()))
                msg = f"{path}: its branches differ from those of {paths[0]}: {differing[0][0]}"
                raise CollectionError(msg)
            start = 0
            while start < tree.num_entries:
                stop = min(tree.num_entries, start + ENTRIES_A_BASKET - held)
                waiting.append(_read(tree, start, stop))
                held += stop - start
                start = stop
                if held == ENTRIES_A_BASKET:
                    yield _joined(waiting)
                    waiting, held, given = [], 0, True
            if path == paths[-1] and not waiting and not given:
                # files without any event still give a file with the branches
                waiting.append(_read(tree, 0, 0))
    if waiting:
        yield _joined(waiting)


def _read(tree: Any, start: int, stop: int) -> Part:
    part: Part = {}
    for key in tree.keys(recursive=True):
        if key.endswith("_size"):
            continue
        layout = tree[key].array(entry_start=start, entry_stop=stop).layout
        offsets = np.asarray(layout.offsets, dtype=np.int64)
        first, last = offsets[0], offsets[-1]
        values = np.asarray(ak.to_numpy(layout.content[first:last]))
        offsets = offsets - first
        name = key.split("/")[0]
        part.setdefault(name, (offsets, {}))[1][key] = values
    return part


def _joined(parts: Sequence[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    result: Part = {}
    for name, (_, columns) in parts[0].items():
        counts = np.concatenate([np.diff(part[name][0]) for part in parts])
        offsets = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        result[name] = (
            offsets,
            {
                branch: np.concatenate([part[name][1][branch] for part in parts])
                for branch in columns
            },
        )
    return result
