"""Which histograms show one and the same excess, by what they are made of.

The same events sit in many histograms. Two belong together here if they are of the same final
state, share an object, and their excesses lie at nearby masses. The most significant histogram
leads its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.findings import Findings

NEAR: Final = 2.0
"""Masses count as near if they differ by less than so many of the larger of the two widths."""


def groups(
    findings: Findings, states: Sequence[str], combinations: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return the number of each histogram's leader; its own number for a leader, -1 without z.

    The column `group` of the findings says it, where a search has filled it: its most significant
    histogram leads a group.

    Args:
        findings: What was found.
        states: Final state of each histogram.
        combinations: Objects of each, between commas.
    """
    ranking = findings.ranking
    leaders = np.full(len(findings.table), -1, np.int64)
    if "group" in findings.table:
        first: dict[object, int] = {}
        labels = findings.table["group"].tolist()
        for histogram in ranking.tolist():
            leaders[histogram] = first.setdefault(labels[histogram], histogram)
        return leaders
    of_state: dict[str, list[int]] = {}
    for histogram in ranking.tolist():
        of_state.setdefault(states[histogram], []).append(histogram)
    numbers: dict[str, int] = {}
    masks = np.array([_mask(each, numbers) for each in combinations], dtype=object)
    mass = findings.table["mass_GeV"].to_numpy()
    width = findings.table["width_GeV"].to_numpy()
    for ranked in of_state.values():
        members = np.array(ranked, np.int64)
        while len(members):
            leader = members[0]
            near = np.abs(mass[members] - mass[leader]) <= NEAR * np.fmax(
                width[members], width[leader]
            )
            together = near & ((masks[members] & masks[leader]) != 0)
            together[0] = True
            leaders[members[together]] = leader
            members = members[~together]
    return leaders


def _mask(combination: str, numbers: dict[str, int]) -> int:
    """Return one bit an object."""
    mask = 0
    for word in combination.split(","):
        mask |= 1 << numbers.setdefault(word, len(numbers))
    return mask
