"""From awkward object lists to the flat arrays that compiled code reads."""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.massscan.kinds import KINDS

Columns = tuple[npt.NDArray[np.float64], ...]


@dataclass(frozen=True, slots=True)
class FlatObjects:
    """The objects of a chunk; each tuple holds one array per kind, in the order of KINDS.

    Attributes:
        offsets: Where each event's objects start, shape (events + 1,).
        pt, eta, phi, mass: One value an object; GeV and radians.
        e_charge, m_charge: The leptons' charges.
        met, met_phi: Shape (events,).
    """

    offsets: tuple[npt.NDArray[np.int64], ...]
    pt: Columns
    eta: Columns
    phi: Columns
    mass: Columns
    e_charge: npt.NDArray[np.float64]
    m_charge: npt.NDArray[np.float64]
    met: npt.NDArray[np.float64]
    met_phi: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.met)


def flatten(objects: ak.Array) -> FlatObjects:
    """Return the flat arrays of objects, without a copy where they are float64 already.

    Args:
        objects: Objects as in ARCHITECTURE.md, each list ordered by falling pt.
    """
    lists = {kind: _list_layout(objects[kind]) for kind in KINDS}

    def columns(field: str) -> Columns:
        return tuple(_column(lists[kind][1], field) for kind in KINDS)

    return FlatObjects(
        tuple(lists[kind][0] for kind in KINDS),
        columns("pt"),
        columns("eta"),
        columns("phi"),
        columns("mass"),
        _column(lists["e"][1], "charge"),
        _column(lists["m"][1], "charge"),
        np.ascontiguousarray(ak.to_numpy(objects["met"]["pt"]), dtype=np.float64),
        np.ascontiguousarray(ak.to_numpy(objects["met"]["phi"]), dtype=np.float64),
    )


def _list_layout(array: ak.Array) -> tuple[npt.NDArray[np.int64], ak.contents.Content]:
    """Return a list's offsets, from 0, and the content that they cut."""
    layout = ak.to_layout(ak.materialize(array)).to_ListOffsetArray64(True)
    offsets = np.asarray(layout.offsets.data, dtype=np.int64)
    return offsets, layout.content[: offsets[-1]]


def _column(content: ak.contents.Content, field: str) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(ak.to_numpy(content[field]), dtype=np.float64)
