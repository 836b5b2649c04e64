"""Sequential recombination of four-momenta: anti-kT, Cambridge/Aachen and kT.

Two objects are d_ij = min(kT_i^2p, kT_j^2p) dR_ij^2 / R^2 apart and each is kT_i^2p from the beam;
the closest pair is merged by adding its four-momenta until all are jets (arXiv:0802.1189: p = -1;
hep-ph/9707323: 0; hep-ph/9305266: 1). Each object keeps its nearest neighbour (hep-ph/0512210); a
tournament keeps the closest pair.
"""

from __future__ import annotations

import math

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.jets.neighbours import (
    distance2,
    nearest_of,
    rapidity,
    row_beside,
    tile_of,
    tiling,
)

ANTI_KT = -1
CAMBRIDGE_AACHEN = 0
KT = 1

NO_VETO = -1.0
"""For `cluster`: no pruning."""

WHOLE_EVENT = 1000.0
"""Radius that no two objects are apart."""

_TINY_KT2 = 1e-300


@compiled
def _weight(kt2, power):  # type: ignore[no-untyped-def]
    if power == CAMBRIDGE_AACHEN:
        return 1.0
    if power == KT:
        return kt2
    return 1.0 / kt2 if kt2 > _TINY_KT2 else 1.0 / _TINY_KT2


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
    size, tile_rows, tile_columns = tiling(radius)
    head = np.full(tile_rows * tile_columns, -1)
    visited = np.full(tile_rows * tile_columns, -1)
    reach = 1 if tile_rows > 1 else 0

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
        tile[i] = tile_of(rap[i], phi[i], size, tile_rows, tile_columns)
        following[i] = head[tile[i]]
        if head[tile[i]] >= 0:
            before[head[tile[i]]] = i
        head[tile[i]] = i
    for i in range(number):
        nearest[i], nearest2[i] = nearest_of(
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
            tile[kept] = tile_of(rap[kept], phi[kept], size, tile_rows, tile_columns)
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
                for step in range(-reach, reach + 1):
                    there = next_column * tile_rows + row_beside(row, step, tile_rows)
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
                            nearest[i], nearest2[i] = nearest_of(
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
