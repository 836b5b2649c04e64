"""Kinematic cuts."""

from __future__ import annotations

import numpy as np

from bumpcast.config.objects import ObjectCuts
from bumpcast.objects.lists import ObjectLists


def apply_cuts(objects: ObjectLists, cuts: ObjectCuts) -> ObjectLists:
    """Return the objects within the cuts; one exactly at a bound of pt or |eta| counts.

    Args:
        objects: Lists with ``pt`` in GeV and ``eta``.
        cuts: A table such as [objects.electron]; gaps leave out low <= |eta| <= high.
    """
    abs_eta = np.abs(objects["eta"])
    chosen = (objects["pt"] >= cuts.pt_min_GeV) & (abs_eta <= cuts.abs_eta_max)
    for low, high in cuts.abs_eta_gaps:
        chosen &= (abs_eta < low) | (abs_eta > high)
    return objects.where(chosen)
