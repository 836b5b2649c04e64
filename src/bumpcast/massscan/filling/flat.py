"""From awkward object lists to the flat arrays that compiled code reads."""

from __future__ import annotations

from dataclasses import dataclass

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.massscan.naming.kinds import KINDS
from bumpcast.objects.lists import ObjectLists

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
    # Layouts: one high-level array for each field and kind would take milliseconds.
    layout = ak.to_layout(objects)
    lists = {kind: ObjectLists.from_layout(layout[kind]) for kind in KINDS}
    return FlatObjects(
        offsets=tuple(lists[kind].offsets for kind in KINDS),
        pt=tuple(lists[kind]["pt"] for kind in KINDS),
        eta=tuple(lists[kind]["eta"] for kind in KINDS),
        phi=tuple(lists[kind]["phi"] for kind in KINDS),
        mass=tuple(lists[kind]["mass"] for kind in KINDS),
        e_charge=lists["e"]["charge"],
        m_charge=lists["m"]["charge"],
        met=np.ascontiguousarray(ak.to_numpy(objects["met"]["pt"]), dtype=np.float64),
        met_phi=np.ascontiguousarray(ak.to_numpy(objects["met"]["phi"]), dtype=np.float64),
    )
