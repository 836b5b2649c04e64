"""Which particles are stored, and their links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.errors import BumpcastError
from bumpcast.simulate.events import Offsets, Particles
from bumpcast.simulate.truth.choice import choose
from bumpcast.simulate.truth.links import link

Keep = Literal["truth", "all"]


class ParticleLinkError(BumpcastError):
    """A particle's link leads out of its event."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Which particles are stored; one entry a stored particle, in the order of the file.

    Attributes:
        offsets: Those of event i are offsets[i] to offsets[i + 1].
        place: Place in the generator's flat columns.
        mother1: Place in the event, or -1, as are the other links.
        mother2: Of the second mother.
        daughter1: First daughter.
        daughter2: Last daughter.
    """

    offsets: Offsets
    place: npt.NDArray[np.int64]
    mother1: npt.NDArray[np.int32]
    mother2: npt.NDArray[np.int32]
    daughter1: npt.NDArray[np.int32]
    daughter2: npt.NDArray[np.int32]


def stored(particles: Particles, keep: Keep = "truth") -> Stored:
    """Return which particles are stored, and their links.

    Args:
        particles: The generator's.
        keep: "truth" or "all"; see the package's text.

    Raises:
        ParticleLinkError: A particle's mother is not in its event.
    """
    total = int(particles.offsets[-1])
    bad = int(_first_bad_link(particles.offsets, particles.mother1, particles.mother2))
    if bad >= 0:
        event = int(np.searchsorted(particles.offsets, bad, side="right")) - 1
        first, last = particles.offsets[event : event + 2]
        msg = (
            f"event {event}: particle {bad - first} of {last - first} "
            f"(PDG number {particles.pid[bad]}) has the mothers {particles.mother1[bad]} and "
            f"{particles.mother2[bad]}; places in the event, or -1, are expected"
        )
        raise ParticleLinkError(msg)
    chosen = np.ones(total, np.bool_)
    if keep == "truth":
        choose(
            particles.offsets,
            particles.pid,
            particles.status,
            particles.mother1,
            particles.mother2,
            particles.px,
            particles.py,
            chosen,
        )
    counts = np.add.reduceat(np.append(chosen, False).astype(np.int64), particles.offsets[:-1]) * (
        np.diff(particles.offsets) > 0
    )
    offsets = np.zeros(len(particles.offsets), np.int64)
    np.cumsum(counts, out=offsets[1:])
    place = np.empty(offsets[-1], np.int64)
    links = np.full((4, offsets[-1]), -1, np.int32)
    link(
        particles.offsets,
        particles.pid,
        particles.mother1,
        particles.mother2,
        chosen,
        offsets,
        place,
        links,
    )
    return Stored(offsets, place, *links)


@compiled
def _first_bad_link(offsets: Any, mother1: Any, mother2: Any) -> Any:
    for event in range(len(offsets) - 1):
        size = offsets[event + 1] - offsets[event]
        for i in range(offsets[event], offsets[event + 1]):
            if not (-1 <= mother1[i] < size and -1 <= mother2[i] < size):
                return i
    return -1
