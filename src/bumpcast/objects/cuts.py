"""Kinematic cuts."""

from __future__ import annotations

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.objects import ObjectCuts
from bumpcast.objects.lists import Candidates


def apply_cuts(objects: Candidates, cuts: ObjectCuts) -> Candidates:
    """Return the objects within the cuts; one exactly at a bound of pt or |eta| counts.

    Args:
        objects: Candidates with ``pt`` in GeV and ``eta``.
        cuts: A table such as [objects.electron]; gaps leave out low <= |eta| <= high.
    """
    gaps = np.array(cuts.abs_eta_gaps, dtype=np.float64).reshape(-1, 2)
    return objects.only(
        _passes(objects["pt"], objects["eta"], cuts.pt_min_GeV, cuts.abs_eta_max, gaps)
    )


@compiled
def _passes(pt, eta, pt_min, abs_eta_max, gaps):  # type: ignore[no-untyped-def]
    passes = np.empty(len(pt), np.bool_)
    for item in range(len(pt)):
        abs_eta = abs(eta[item])
        passes[item] = pt[item] >= pt_min and abs_eta <= abs_eta_max
        for gap in range(len(gaps)):
            passes[item] &= abs_eta < gaps[gap, 0] or abs_eta > gaps[gap, 1]
    return passes
