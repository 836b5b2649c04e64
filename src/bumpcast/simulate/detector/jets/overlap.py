"""Removal of what shares a particle with an object of a kind that comes before.

As in Delphes's UniqueObjectFinder: photons come first, then electrons, muons and jets. A jet has
the particles of all that it was made of. Objects of one kind do not remove one another: towers of
two jets often share a hadron.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.jets.clustering import Clusters
from bumpcast.simulate.detector.objects import DetectorObjects

Mask = NDArray[np.bool_]


@compiled
def _unique(member_first, members, first_particle, particles, taken):  # type: ignore[no-untyped-def]
    unique = np.ones(len(member_first) - 1, dtype=np.bool_)
    for i in range(len(unique)):
        for k in range(member_first[i], member_first[i + 1]):
            member = members[k]
            for p in range(first_particle[member], first_particle[member + 1]):
                if taken[particles[p]]:
                    unique[i] = False
    for i in range(len(unique)):
        if not unique[i]:
            continue
        for k in range(member_first[i], member_first[i + 1]):
            member = members[k]
            for p in range(first_particle[member], first_particle[member + 1]):
                taken[particles[p]] = True
    return unique


def unique_objects(objects: DetectorObjects, taken: Mask) -> Mask:
    """Return which objects share no particle with earlier kinds, and take their particles.

    Args:
        objects: Of one kind.
        taken: Of all particles of the block, those that are taken; changed.
    """
    number = len(objects.momenta.px)
    each: NDArray[Any] = np.arange(number + 1, dtype=np.int64)
    unique: Mask = _unique(each, each[:-1], objects.first_particle, objects.particles, taken)
    return unique


def unique_jets(jets: Clusters, inputs: DetectorObjects, taken: Mask) -> Mask:
    """Return which jets share no particle with earlier kinds, and take their particles.

    Args:
        jets: As they were found.
        inputs: What they were made of.
        taken: Of all particles of the block, those that are taken; changed.
    """
    first, members = jets.members()
    unique: Mask = _unique(first, members, inputs.first_particle, inputs.particles, taken)
    return unique
