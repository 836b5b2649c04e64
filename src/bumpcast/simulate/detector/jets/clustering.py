"""Jets of events, and how groups of four-momenta were merged.

The clustering is our own: grooming and N-subjettiness go on from its history inside compiled loops
and pruning has a veto in the merging itself, for none of which the fastjet package has columns.
Small jets come from the same code because it is no slower: 0.22 ms an event of top pairs with 240
towers against 0.25 to 0.32 ms of fastjet, 0.49 against 0.68 ms with 500 generated particles (jets
of R = 1: 0.34 and 0.84 against 0.34 and 0.80). fastjet is what it is tested against.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.jets.recombination import NO_VETO, cluster
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats, Offsets

_DIRECTIONS = 8
_ROUNDING = 1e-9


@compiled
def _cluster_groups(  # type: ignore[no-untyped-def]
    first, members, wanted, px, py, pz, energy, power, radius, veto_distance2, veto_fraction
):
    nodes = np.empty((2 * len(members), 4))
    parents = np.empty((2 * len(members), 2), dtype=np.int64)
    child = np.empty(2 * len(members), dtype=np.int64)
    made = np.zeros(len(first) - 1, dtype=np.int64)
    for group in range(len(made)):
        if not wanted[group]:
            continue
        begin, end = first[group], first[group + 1]
        place = slice(2 * begin, 2 * end)
        for i in range(begin, end):
            member = members[i]
            nodes[begin + i, 0], nodes[begin + i, 1] = px[member], py[member]
            nodes[begin + i, 2], nodes[begin + i, 3] = pz[member], energy[member]
        made[group] = cluster(
            nodes[place], parents[place], child[place], end - begin, power, radius,
            veto_distance2[group], veto_fraction,
        )  # fmt: skip
    return nodes, parents, child, made


@dataclass(frozen=True, slots=True)
class Histories:
    """How groups of four-momenta, such as events or the members of jets, were merged.

    The nodes of group g start at 2 * first[g]: its members come first, then what they were merged
    into, in that order.

    Attributes:
        first: Where each group's members start; one entry more than there are groups.
        nodes: px, py, pz, E in GeV, shape (twice the members, 4).
        parents: The two that each node was merged from, -1 for members; numbered in the group.
        child: What each was merged into, -1 for jets.
        made: Number of nodes of each group; 0 if it was not clustered.
    """

    first: Offsets
    nodes: Floats
    parents: Offsets
    child: Offsets
    made: Offsets


def histories(
    groups: tuple[Offsets, Offsets],
    momenta: Momenta,
    power: int,
    radius: float,
    veto: tuple[Floats, float] | None = None,
    wanted: NDArray[np.bool_] | None = None,
) -> Histories:
    """Cluster groups of four-momenta.

    Args:
        groups: Where each group's members start, and the members.
        momenta: Of all that can be a member.
        power: `ANTI_KT`, `CAMBRIDGE_AACHEN` or `KT`.
        radius: R.
        veto: Squared distance up to which nothing is vetoed, of each group, and the least share
            of the joint pT of what is further apart; the softer one of a pair with less is lost.
        wanted: Which groups are clustered; all of them without.
    """
    first, members = groups
    if wanted is None:
        wanted = np.ones(len(first) - 1, dtype=np.bool_)
    distance, fraction = (np.full(len(first) - 1, NO_VETO), 0.0) if veto is None else veto
    found = _cluster_groups(
        first, members, wanted, momenta.px, momenta.py, momenta.pz, momenta.energy, power,
        float(radius), distance, fraction,
    )  # fmt: skip
    return Histories(first, *found)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Jets of a block of events, by falling pT in each event.

    Attributes:
        momenta: The jets' four-momenta.
        jet_of: For each object that was clustered, its jet, counted through the block; -1 for
            none above the least pT.
    """

    momenta: Momenta
    jet_of: Offsets

    def members(self) -> tuple[Offsets, Offsets]:
        """Return where each jet's members start, and the members, jet by jet."""
        order = np.argsort(self.jet_of, kind="stable")
        first = np.searchsorted(self.jet_of[order], np.arange(len(self.momenta.px) + 1))
        return (first - first[0]).astype(np.int64), order[first[0] :]


@compiled
def _jets_of(first, nodes, child, made, pt_min):  # type: ignore[no-untyped-def]
    jets = np.empty((first[-1], 4))
    jet_of = np.full(first[-1], -1)
    jet_offsets = np.zeros(len(first), dtype=np.int64)
    label = np.empty(len(child), dtype=np.int64)
    ordered = np.empty(first[-1], dtype=np.int64)
    found = 0
    for event in range(len(first) - 1):
        before, base = found, 2 * first[event]
        for i in range(base, base + made[event]):
            label[i] = -1
            pt2 = nodes[i, 0] ** 2 + nodes[i, 1] ** 2
            if child[i] >= 0 or pt2 < pt_min * pt_min:
                continue
            place = found  # by insertion: an event has few jets
            while place > before and (
                nodes[ordered[place - 1], 0] ** 2 + nodes[ordered[place - 1], 1] ** 2 < pt2
            ):
                ordered[place] = ordered[place - 1]
                place -= 1
            ordered[place] = i
            found += 1
        for jet in range(before, found):
            jets[jet] = nodes[ordered[jet]]
            label[ordered[jet]] = jet
        number = first[event + 1] - first[event]
        for i in range(made[event] - 1, -1, -1):
            if child[base + i] >= 0:
                label[base + i] = label[base + child[base + i]]
            if i < number:
                jet_of[first[event] + i] = label[base + i]
        jet_offsets[event + 1] = found
    return jet_offsets, jets[:found].copy(), jet_of


@compiled
def _can_hold(first, px, py, pt_min):  # type: ignore[no-untyped-def]
    """Tell which events can hold a jet, whatever is clustered with what.

    In any direction, a jet has no more momentum than all that goes that way has together. One of
    the directions looked at is at most half a step away from the jet's own.
    """
    can = np.empty(len(first) - 1, dtype=np.bool_)
    least = pt_min * math.cos(0.5 * math.pi / _DIRECTIONS) * (1.0 - _ROUNDING)
    for event in range(len(can)):
        can[event] = False
        for step in range(_DIRECTIONS):
            x = math.cos(math.pi * step / _DIRECTIONS)
            y = math.sin(math.pi * step / _DIRECTIONS)
            forward = backward = 0.0
            for i in range(first[event], first[event + 1]):
                along = px[i] * x + py[i] * y
                forward += max(along, 0.0)
                backward += max(-along, 0.0)
            if max(forward, backward) >= least:
                can[event] = True
                break
    return can


def find_clusters(momenta: Momenta, power: int, radius: float, pt_min: float) -> Clusters:
    """Find the jets of each event.

    Events that cannot hold a jet are not clustered: of top pairs half have no large jet for that
    reason, of W or Z bosons with jets nearly all.

    Args:
        momenta: What is clustered.
        power: `ANTI_KT`, `CAMBRIDGE_AACHEN` or `KT`.
        radius: R.
        pt_min: Jets below are left out, in GeV.
    """
    every = np.arange(len(momenta.px), dtype=np.int64)
    can_hold = _can_hold(momenta.offsets, momenta.px, momenta.py, float(pt_min))
    merged = histories((momenta.offsets, every), momenta, power, radius, wanted=can_hold)
    offsets, jets, jet_of = _jets_of(
        merged.first, merged.nodes, merged.child, merged.made, float(pt_min)
    )
    px, py, pz, energy = np.ascontiguousarray(jets.T)
    none = np.full(len(px), -1, dtype=np.int64)
    return Clusters(Momenta(offsets, px, py, pz, energy, none), jet_of)
