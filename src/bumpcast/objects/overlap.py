"""Objects that lie near others, by the distance Delta R in pseudorapidity and azimuth."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.objects.lists import Candidates

ROUNDING: Final = 1e-9
"""More than the rounding of a difference of two azimuths, in radians."""


def is_near(objects: Candidates, others: Candidates, delta_r: float) -> npt.NDArray[np.bool_]:
    """Return for each object whether one of the others is near; an object is not near itself.

    Args:
        objects: Candidates with ``eta`` and ``phi``; those that are out are not near anything.
        others: The same, of the same events; nothing is near those that are out.
        delta_r: The distance sqrt(delta eta^2 + delta phi^2) below which they are near.
    """
    near: npt.NDArray[np.bool_] = _near(
        objects.lists.offsets,
        objects["eta"],
        objects["phi"],
        objects.chosen,
        others.lists.offsets,
        others["eta"],
        others["phi"],
        others.chosen,
        delta_r,
        objects.lists is others.lists,
    )
    return near


def remove_near(objects: Candidates, others: Candidates, delta_r: float) -> Candidates:
    """Return the objects that have no other within a distance.

    Args:
        objects: What is thinned out.
        others: What must not be near, of the same events.
        delta_r: Objects nearer than it go; see ``is_near``.
    """
    return objects.only(~is_near(objects, others, delta_r))


@compiled
def _near(  # type: ignore[no-untyped-def]
    offsets,
    eta,
    phi,
    chosen,
    other_offsets,
    other_eta,
    other_phi,
    other_chosen,
    delta_r,
    same,
):
    near = np.zeros(len(eta), np.bool_)
    wide = delta_r + ROUNDING
    for event in range(len(offsets) - 1):
        for other in range(other_offsets[event], other_offsets[event + 1]):
            if not other_chosen[other]:
                continue
            for item in range(offsets[event], offsets[event + 1]):
                if not chosen[item] or near[item] or (same and item == other):
                    continue
                d_eta = eta[item] - other_eta[other]
                d_phi = abs(phi[item] - other_phi[other])
                if abs(d_eta) >= delta_r or wide < d_phi < 2.0 * math.pi - wide:
                    continue  # far, and spared the remainder, which is a slow operation
                d_phi = abs((d_phi + math.pi) % (2.0 * math.pi) - math.pi)
                near[item] = d_eta * d_eta + d_phi * d_phi < delta_r * delta_r
    return near
