"""Scalar sum of transverse momenta."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bumpcast.simulate.events import Collection, Floats, Offsets


def scalar_ht(events: int, objects: Iterable[tuple[Offsets, Floats]]) -> Collection:
    """Return the branch ScalarHT.

    Args:
        events: Number of events.
        objects: Of each kind of objects, where each event's start and their transverse momenta in
            GeV.
    """
    total = np.zeros(events)
    for offsets, pt in objects:
        event = np.repeat(np.arange(events), np.diff(offsets))
        total += np.bincount(event, weights=pt, minlength=events)
    return Collection.one_each({"HT": total.astype(np.float32)})
