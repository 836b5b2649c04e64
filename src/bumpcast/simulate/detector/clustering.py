"""Sequential recombination of four-momenta: anti-kT, Cambridge/Aachen and kT.

Two objects are d_ij = min(kT_i^2p, kT_j^2p) dR_ij^2 / R^2 apart and each is kT_i^2p from the beam;
the closest pair is merged by adding its four-momenta until all are jets (arXiv:0802.1189: p = -1;
hep-ph/9707323: 0; hep-ph/9305266: 1). Each object keeps its nearest neighbour (hep-ph/0512210),
which is looked for in tiles of rapidity and azimuth; a tournament keeps the closest pair.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats, Offsets

ANTI_KT = -1
CAMBRIDGE_AACHEN = 0
KT = 1

NO_VETO = -1.0
"""For `cluster`: no pruning."""

WHOLE_EVENT = 1000.0
"""Radius that no two objects are apart."""

_MOST_RAPIDITY = 1e5
_TINY_KT2 = 1e-300
_TILED_RAPIDITY = 5.0
_LEAST_TILE = 0.3


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
def rapidity(px, py, pz, energy):  # type: ignore[no-untyped-def]
    """Return the rapidity; of what has no transverse momentum and no mass, a huge one."""
    kt2 = px * px + py * py
    if kt2 == 0.0 and energy == abs(pz):
        return math.copysign(_MOST_RAPIDITY + abs(pz), pz)
    along = energy + abs(pz)
    mass2 = max(0.0, (energy + pz) * (energy - pz) - kt2)
    return math.copysign(0.5 * math.log(along * along / (kt2 + mass2)), pz)


@compiled
def distance2(rapidity1, phi1, rapidity2, phi2):  # type: ignore[no-untyped-def]
    """Return the squared distance in rapidity and azimuth."""
    across = abs(phi1 - phi2)
    if across > math.pi:
        across = 2.0 * math.pi - across
    along = rapidity1 - rapidity2
    return along * along + across * across


@compiled
def _weight(kt2, power):  # type: ignore[no-untyped-def]
    if power == 0:
        return 1.0
    if power == 1:
        return kt2
    return 1.0 / kt2 if kt2 > _TINY_KT2 else 1.0 / _TINY_KT2


@compiled
def _nearest_of(  # type: ignore[no-untyped-def]
    i, radius2, rap, phi, tile, tile_rows, tile_columns, head, following
):
    """Return the nearest neighbour (-1: none within the radius) and its squared distance."""
    found, least2 = -1, radius2
    column, row = tile[i] // tile_rows, tile[i] % tile_rows
    rows = 3 if tile_rows > 1 else 1
    for next_column in range(max(column - 1, 0), min(column + 2, tile_columns)):
        for step in range(rows):
            j = head[next_column * tile_rows + (row + step + tile_rows - rows // 2) % tile_rows]
            while j >= 0:
                if j != i:
                    apart = distance2(rap[i], phi[i], rap[j], phi[j])
                    if apart < least2:
                        found, least2 = j, apart
                j = following[j]
    return found, least2


@compiled
def _tile_of(rap, phi, size, tile_rows, tile_columns):  # type: ignore[no-untyped-def]
    """Return the tile of a place; the outermost tiles reach to infinity."""
    # Compared as a float first: a huge rapidity is no integer.
    along = min(max((rap + _TILED_RAPIDITY) / size, 0.0), tile_columns - 1.0)
    around = (phi + math.pi) / (2.0 * math.pi) * tile_rows
    return int(along) * tile_rows + min(int(around), tile_rows - 1)


@compiled
def _replay(i, winner, leaves, measure):  # type: ignore[no-untyped-def]
    """Tell the tournament for the least measure that one of them changed."""
    match = (leaves + i) >> 1
    while match >= 1:
        left, right = winner[2 * match], winner[2 * match + 1]
        winner[match] = left if measure[left] <= measure[right] else right
        match >>= 1


@compiled
def cluster(  # type: ignore[no-untyped-def]
    nodes, parents, child, number, power, radius, veto_distance2, veto_fraction
):
    """Cluster one event or jet, keeping the history.

    With a veto, a merging of two that are further apart than allowed, the softer of which carries
    less than a share of their joint pT, loses the softer one instead, which becomes a jet.

    Args:
        nodes: px, py, pz, E in GeV, shape (at least twice the number, 4); the first rows are what
            is clustered, the others are filled in the order of merging.
        parents: Filled for each node: the two that it was merged from, -1 for what was given.
        child: Filled for each node: what it was merged into, -1 for a jet.
        number: Of objects given.
        power: `ANTI_KT`, `CAMBRIDGE_AACHEN` or `KT`.
        radius: R.
        veto_distance2: Squared distance up to which nothing is vetoed, or `NO_VETO`.
        veto_fraction: Least share of the joint pT.

    Returns:
        The number of nodes.
    """
    if number == 0:
        return 0
    radius2 = radius * radius
    size = max(radius, _LEAST_TILE)
    tile_rows = int(2.0 * math.pi / size)
    if tile_rows < 3:
        tile_rows = 1
    tile_columns = max(int(2.0 * _TILED_RAPIDITY / size), 1)
    head = np.full(tile_rows * tile_columns, -1)
    visited = np.full(tile_rows * tile_columns, -1)
    rows = 3 if tile_rows > 1 else 1

    node = np.arange(number)
    rap, phi = np.empty(number), np.empty(number)
    weight = np.empty(number)
    nearest, nearest2 = np.empty(number, dtype=np.int64), np.empty(number)
    tile = np.empty(number, dtype=np.int64)
    before, following = np.full(number, -1), np.full(number, -1)
    leaves = 1
    while leaves < number:
        leaves *= 2
    measure = np.full(leaves, np.inf)
    winner = np.empty(2 * leaves, dtype=np.int64)
    for i in range(number):
        x, y = nodes[i, 0], nodes[i, 1]
        rap[i] = rapidity(x, y, nodes[i, 2], nodes[i, 3])
        phi[i] = math.atan2(y, x)
        weight[i] = _weight(x * x + y * y, power)
        parents[i, 0] = parents[i, 1] = child[i] = -1
        tile[i] = _tile_of(rap[i], phi[i], size, tile_rows, tile_columns)
        following[i] = head[tile[i]]
        if head[tile[i]] >= 0:
            before[head[tile[i]]] = i
        head[tile[i]] = i
    for i in range(number):
        nearest[i], nearest2[i] = _nearest_of(
            i, radius2, rap, phi, tile, tile_rows, tile_columns, head, following
        )
        least = weight[i] if nearest[i] < 0 else min(weight[i], weight[nearest[i]])
        measure[i] = nearest2[i] * least
    for i in range(leaves):
        winner[leaves + i] = i
    for match in range(leaves - 1, 0, -1):
        left, right = winner[2 * match], winner[2 * match + 1]
        winner[match] = left if measure[left] <= measure[right] else right

    made = number
    around = np.empty(3, dtype=np.int64)
    for stamp in range(number):
        best = winner[1]
        other = nearest[best]
        kept, gone = -1, best
        x = y = 0.0
        if other >= 0:
            kept, gone = best, other
            one, two = node[kept], node[gone]
            x = nodes[one, 0] + nodes[two, 0]
            y = nodes[one, 1] + nodes[two, 1]
            if veto_distance2 >= 0.0 and nearest2[best] > veto_distance2:
                pt2_one = nodes[one, 0] ** 2 + nodes[one, 1] ** 2
                pt2_two = nodes[two, 0] ** 2 + nodes[two, 1] ** 2
                if min(pt2_one, pt2_two) < veto_fraction * veto_fraction * (x * x + y * y):
                    gone = kept if pt2_one < pt2_two else gone
                    kept = -1

        around[0], around[1], around[2] = tile[gone], -1, -1
        for leaving in (gone, kept):
            if leaving < 0:
                continue
            if before[leaving] >= 0:
                following[before[leaving]] = following[leaving]
            else:
                head[tile[leaving]] = following[leaving]
            if following[leaving] >= 0:
                before[following[leaving]] = before[leaving]
        measure[gone] = np.inf
        _replay(gone, winner, leaves, measure)
        if kept >= 0:
            around[1] = tile[kept]
            nodes[made, 0] = x
            nodes[made, 1] = y
            nodes[made, 2] = nodes[one, 2] + nodes[two, 2]
            nodes[made, 3] = nodes[one, 3] + nodes[two, 3]
            parents[made, 0], parents[made, 1] = one, two
            child[one] = child[two] = made
            child[made] = -1
            node[kept] = made
            rap[kept] = rapidity(x, y, nodes[made, 2], nodes[made, 3])
            phi[kept] = math.atan2(y, x)
            weight[kept] = _weight(x * x + y * y, power)
            tile[kept] = _tile_of(rap[kept], phi[kept], size, tile_rows, tile_columns)
            before[kept], following[kept] = -1, head[tile[kept]]
            if head[tile[kept]] >= 0:
                before[head[tile[kept]]] = kept
            head[tile[kept]] = kept
            nearest[kept], nearest2[kept] = -1, radius2
            around[2] = tile[kept]
            made += 1

        for place in around:
            if place < 0:
                continue
            column, row = int(place) // tile_rows, int(place) % tile_rows
            for next_column in range(max(column - 1, 0), min(column + 2, tile_columns)):
                for step in range(rows):
                    next_row = (row + step + tile_rows - rows // 2) % tile_rows
                    there = next_column * tile_rows + next_row
                    if visited[there] == stamp:
                        continue
                    visited[there] = stamp
                    i = head[there]
                    while i >= 0:
                        if i == kept:
                            i = following[i]
                            continue
                        changed = nearest[i] == gone or (kept >= 0 and nearest[i] == kept)
                        if changed:
                            nearest[i], nearest2[i] = _nearest_of(
                                i, radius2, rap, phi, tile, tile_rows, tile_columns, head, following
                            )
                        if kept >= 0:
                            apart = distance2(rap[i], phi[i], rap[kept], phi[kept])
                            if apart < nearest2[kept]:
                                nearest2[kept], nearest[kept] = apart, i
                            if apart < nearest2[i]:
                                nearest2[i], nearest[i], changed = apart, kept, True
                        if changed:
                            least = weight[i]
                            if nearest[i] >= 0:
                                least = min(least, weight[nearest[i]])
                            measure[i] = nearest2[i] * least
                            _replay(i, winner, leaves, measure)
                        i = following[i]
        if kept >= 0:
            least = weight[kept]
            if nearest[kept] >= 0:
                least = min(least, weight[nearest[kept]])
            measure[kept] = nearest2[kept] * least
            _replay(kept, winner, leaves, measure)
    return made


@compiled
def _cluster_groups(  # type: ignore[no-untyped-def]
    first, members, px, py, pz, energy, power, radius, veto_distance2, veto_fraction
):
    nodes = np.empty((2 * len(members), 4))
    parents = np.empty((2 * len(members), 2), dtype=np.int64)
    child = np.empty(2 * len(members), dtype=np.int64)
    made = np.zeros(len(first) - 1, dtype=np.int64)
    for group in range(len(made)):
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
        made: Number of nodes of each group.
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
) -> Histories:
    """Cluster groups of four-momenta.

    Args:
        groups: Where each group's members start, and the members.
        momenta: Of all that can be a member.
        power: `ANTI_KT`, `CAMBRIDGE_AACHEN` or `KT`.
        radius: R.
        veto: Squared distance up to which nothing is vetoed, of each group, and the least share
            of the joint pT of what is further apart; the softer one of a pair with less is lost.
    """
    first, members = groups
    distance, fraction = (np.full(len(first) - 1, NO_VETO), 0.0) if veto is None else veto
    found = _cluster_groups(
        first, members, momenta.px, momenta.py, momenta.pz, momenta.energy, power, float(radius),
        distance, fraction,
    )  # fmt: skip
    return Histories(first, *found)


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


def find_clusters(momenta: Momenta, power: int, radius: float, pt_min: float) -> Clusters:
    """Find the jets of each event.

    Args:
        momenta: What is clustered.
        power: `ANTI_KT`, `CAMBRIDGE_AACHEN` or `KT`.
        radius: R.
        pt_min: Jets below are left out, in GeV.
    """
    every = np.arange(len(momenta.px), dtype=np.int64)
    merged = histories((momenta.offsets, every), momenta, power, radius)
    offsets, jets, jet_of = _jets_of(
        merged.first, merged.nodes, merged.child, merged.made, float(pt_min)
    )
    px, py, pz, energy = np.ascontiguousarray(jets.T)
    none = np.full(len(px), -1, dtype=np.int64)
    return Clusters(Momenta(offsets, px, py, pz, energy, none), jet_of)
