"""Which histograms show one and the same excess.

The same events sit in many histograms. Of the flags of a search, `bumpcast bumps whole` measures
which share their events; what it says is taken as it is. Of all other histograms, two belong
together here by what they are made of: they are of the same final state, share an object, and their
largest significances lie at nearby masses. The most significant histogram leads its group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.findings import Findings

NEAR: Final = 2.0
"""Masses count as near if they differ by no more than so many of the larger of the two widths."""

Integers = npt.NDArray[np.int64]


def groups(
    findings: Findings,
    states: Sequence[str],
    combinations: Sequence[str],
    measured: Mapping[str, int],
) -> Integers:
    """Return the number of each histogram's leader; its own number for a leader, -1 without z.

    Args:
        findings: What was found.
        states: Final state of each histogram.
        combinations: Objects of each, between commas.
        measured: Number of the group, for each histogram of which it is known which share its
            events, by name.
    """
    leaders = np.full(len(findings.table), -1, np.int64)
    names = findings.table["name"].tolist()
    first: dict[int, int] = {}
    of_state: dict[str, list[int]] = {}
    for histogram in findings.ranking.tolist():
        group = measured.get(names[histogram])
        if group is None:
            of_state.setdefault(states[histogram], []).append(histogram)
        else:
            leaders[histogram] = first.setdefault(group, histogram)
    numbers: dict[str, int] = {}
    masks = np.array([_mask(each, numbers) for each in combinations], dtype=object)
    mass = findings.table["mass_GeV"].to_numpy()
    width = findings.table["width_GeV"].to_numpy()
    for ranked in of_state.values():
        _by_names(np.array(ranked, np.int64), masks, mass, width, leaders)
    return leaders


def _by_names(
    members: Integers,
    masks: npt.NDArray[np.object_],
    mass: npt.NDArray[np.float64],
    width: npt.NDArray[np.float64],
    leaders: Integers,
) -> None:
    """Fill in the leaders of a final state's histograms, which are given in their ranking."""
    while len(members):
        leader = members[0]
        widest = np.fmax(width[members], width[leader])
        together = np.abs(mass[members] - mass[leader]) <= NEAR * widest
        together &= (masks[members] & masks[leader]) != 0
        together[0] = True
        leaders[members[together]] = leader
        members = members[~together]


def _mask(combination: str, numbers: dict[str, int]) -> int:
    """Return one bit an object."""
    mask = 0
    for word in combination.split(","):
        mask |= 1 << numbers.setdefault(word, len(numbers))
    return mask
