"""Objects that lie near others, by the distance Delta R in pseudorapidity and azimuth."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.objects.lists import ObjectLists


def remove_near(objects: ObjectLists, others: ObjectLists, delta_r: float) -> ObjectLists:
    """Return the objects that have no other within a distance.

    Args:
        objects: What is thinned out; an object is not near itself.
        others: What must not be near, of the same events.
        delta_r: The distance sqrt(delta eta^2 + delta phi^2); objects nearer than it go.
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
    return objects.where(~near)


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
