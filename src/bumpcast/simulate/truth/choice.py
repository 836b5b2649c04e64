"""Which particles are stored as the truth."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.truth.kinds import heaviest_quark, is_hadron, is_heavy

PHOTON_MIN_PT_GEV: Final = 5.0
"""Photons from hadrons below this transverse momentum are not stored."""


@compiled
def choose(
    offsets: Any, pid: Any, status: Any, mother1: Any, mother2: Any, px: Any, py: Any, chosen: Any
) -> None:
    """Write into `chosen` which particles are stored."""
    least = PHOTON_MIN_PT_GEV * PHOTON_MIN_PT_GEV
    last = np.ones(len(pid), np.bool_)
    for event in range(len(offsets) - 1):
        begin = offsets[event]
        for i in range(begin, offsets[event + 1]):
            for mother in (mother1[i], mother2[i]):
                if mother >= 0 and begin + mother != i and pid[begin + mother] == pid[i]:
                    last[begin + mother] = False
        for i in range(begin, offsets[event + 1]):
            number = abs(pid[i])
            mother = mother1[i]
            keep = 21 <= abs(status[i]) <= 29
            if 11 <= number <= 16:
                keep = keep or status[i] == 1 or (number == 15 and last[i])
            elif number == 4 or number == 5:
                keep = keep or last[i]
            elif number == 22 and status[i] == 1:
                keep = keep or (
                    mother < 0
                    or not is_hadron(pid[begin + mother])
                    or px[i] * px[i] + py[i] * py[i] >= least
                )
            elif not keep:
                keep = (is_heavy(pid[i]) and last[i]) or heaviest_quark(pid[i]) != 0
            if not keep and mother >= 0:
                parent = pid[begin + mother]
                keep = last[begin + mother] and (
                    abs(parent) == 15 or is_heavy(parent) or heaviest_quark(parent) != 0
                )
            chosen[i] = keep
