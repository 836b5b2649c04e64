"""Which particles a tower is made of: the removal of overlaps asks for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.propagation import Propagated
from bumpcast.simulate.detector.tables import CalorimeterTable, fraction_of, tower_at
from bumpcast.simulate.events import Offsets, Particles

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Members:
    """Particles of each object.

    Attributes:
        first: Where those of each object start; one entry more than there are objects.
        particles: Their places, counted through the whole block.
    """

    first: Offsets
    particles: Offsets


def single(origin: Offsets) -> Members:
    """Return the members of objects each of which is one particle; -1 stands for none."""
    known = origin >= 0
    first = np.concatenate([[0], np.cumsum(known)]).astype(np.int64)
    return Members(first, origin[known])


def members_of_cells(
    propagated: Propagated,
    particles: Particles,
    table: CalorimeterTable,
    offsets: Offsets,
    cells: Offsets,
) -> Members:
    """Return the particles that left energy in the cells of a calorimeter.

    Args:
        propagated: Where the particles arrive.
        particles: The generated events.
        table: Of the calorimeter.
        offsets: Objects of each event; one entry more than there are events.
        cells: The cell of each object; several may have the same one. -1 is none.
    """
    hits = _hits(
        propagated.origin,
        propagated.eta,
        propagated.phi,
        particles.pid,
        table.eta_edges,
        table.phi_counts,
        table.first,
        table.pids,
        table.fractions,
        table.other_fraction,
    )
    # Cells of all events, one after the other: each event has a range of numbers of its own.
    number = int(table.first[-1])
    events = np.arange(len(offsets) - 1)
    hit_keys = np.repeat(events, np.diff(propagated.offsets)) * number + hits
    is_hit = hits >= 0
    order = np.argsort(hit_keys[is_hit], kind="stable")
    keys = hit_keys[is_hit][order]
    owners = propagated.origin[is_hit][order]
    wanted = np.where(cells < 0, -1, np.repeat(events, np.diff(offsets)) * number + cells)
    low = np.searchsorted(keys, wanted, side="left")
    counts = np.searchsorted(keys, wanted, side="right") - low
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    places = np.arange(first[-1]) - np.repeat(first[:-1] - low, counts)
    return Members(first, owners[places])


@compiled
def _hits(  # type: ignore[no-untyped-def]
    origin, eta, phi, pid, edges, phi_counts, first, pids, fractions, other_fraction
):
    """Return the cell that each particle leaves energy in; -1 for none."""
    cells = np.empty(len(origin), dtype=np.int64)
    for i in range(len(origin)):
        cells[i] = -1
        if fraction_of(pids, fractions, other_fraction, abs(pid[origin[i]])) > _NOTHING:
            cells[i] = tower_at(edges, phi_counts, first, eta[i], phi[i])
    return cells
