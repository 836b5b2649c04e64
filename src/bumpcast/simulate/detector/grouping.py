"""Flat columns that belong to events: selecting entries, and joining several groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Offsets


def joined(groups: Sequence[Offsets]) -> tuple[Offsets, Offsets]:
    """Join groups of objects event by event, in the order of the groups.

    Args:
        groups: Offsets of each group; event i has offsets[i] to offsets[i + 1].

    Returns:
        The offsets of the whole, and for each of its entries the place in the groups' columns,
        one group's after the other's.
    """
    all_groups = np.stack(groups)
    order = np.empty(int(all_groups[:, -1].sum()), dtype=np.int64)
    _join(all_groups, order)
    return all_groups.sum(axis=0), order


def selected(offsets: Offsets, keep: NDArray[np.bool_]) -> Offsets:
    """Return the offsets of the entries that are kept."""
    before = np.concatenate([[0], np.cumsum(keep, dtype=np.int64)])
    kept: Offsets = before[offsets]
    return kept


def momenta_where(momenta: Momenta, keep: NDArray[np.bool_]) -> Momenta:
    """Return only some of the momenta."""
    return Momenta(
        selected(momenta.offsets, keep),
        momenta.px[keep],
        momenta.py[keep],
        momenta.pz[keep],
        momenta.energy[keep],
        momenta.origin[keep],
    )


@compiled
def _join(groups, order):  # type: ignore[no-untyped-def]
    at = 0
    for event in range(groups.shape[1] - 1):
        before = 0
        for group in range(groups.shape[0]):
            for i in range(groups[group, event], groups[group, event + 1]):
                order[at] = before + i
                at += 1
            before += groups[group, -1]
