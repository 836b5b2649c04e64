"""Four-momenta of a block of events: tracks, towers, candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.simulate.events import Floats, Offsets


@dataclass(frozen=True, slots=True)
class Momenta:
    """Four-momenta, flat; those of event i are offsets[i] to offsets[i + 1].

    Attributes:
        offsets: One entry more than there are events.
        px: In GeV.
        py: In GeV.
        pz: In GeV.
        energy: In GeV.
        origin: Place of the particle that each stems from, counted through the whole block; -1
            where it stems from several or none.
    """

    offsets: Offsets
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    origin: Offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def pt(self) -> Floats:
        """Transverse momentum in GeV."""
        return np.hypot(self.px, self.py)
