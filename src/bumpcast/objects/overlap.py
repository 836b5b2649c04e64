"""Objects that lie near others, by the distance Delta R in pseudorapidity and azimuth."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.objects.lists import ObjectLists


def is_near(objects: ObjectLists, others: ObjectLists, delta_r: float) -> npt.NDArray[np.bool_]:
    """Return for each object whether one of the others is near; an object is not near itself.

    Args:
        objects: Lists with ``eta`` and ``phi``.
        others: The same, of the same events.
        delta_r: The distance sqrt(delta eta^2 + delta phi^2) below which they are near.
    """
    near: npt.NDArray[np.bool_] = _near(
        objects.offsets,
        objects["eta"],
        objects["phi"],
        others.offsets,
        others["eta"],
        others["phi"],
        delta_r,
        objects is others,
    )
    return near


def remove_near(objects: ObjectLists, others: ObjectLists, delta_r: float) -> ObjectLists:
    """Return the objects that have no other within a distance.

    Args:
        objects: What is thinned out.
        others: What must not be near, of the same events.
        delta_r: Objects nearer than it go; see ``is_near``.
    """
    return objects.where(~is_near(objects, others, delta_r))


@compiled
def _near(  # type: ignore[no-untyped-def]
    offsets, eta, phi, other_offsets, other_eta, other_phi, delta_r, same
):
    near = np.zeros(len(eta), np.bool_)
    for event in range(len(offsets) - 1):
        for item in range(offsets[event], offsets[event + 1]):
            for other in range(other_offsets[event], other_offsets[event + 1]):
                if same and item == other:
                    continue
                d_eta = eta[item] - other_eta[other]
                d_phi = abs(phi[item] - other_phi[other])
                d_phi = abs((d_phi + math.pi) % (2.0 * math.pi) - math.pi)
                if d_eta * d_eta + d_phi * d_phi < delta_r * delta_r:
                    near[item] = True
                    break
    return near
