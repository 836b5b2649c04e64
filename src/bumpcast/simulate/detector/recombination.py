"""Sequential recombination of four-momenta: anti-kT, Cambridge/Aachen and kT.

Two objects are d_ij = min(kT_i^2p, kT_j^2p) dR_ij^2 / R^2 apart and each is kT_i^2p from the beam;
the closest pair is merged by adding its four-momenta until all are jets (arXiv:0802.1189: p = -1;
hep-ph/9707323: 0; hep-ph/9305266: 1). Each object keeps its nearest neighbour (hep-ph/0512210); a
tournament keeps the closest pair.
"""

from __future__ import annotations

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.neighbours import (
    MOST_TILES,
    distance2,
    enter,
    find_nearest,
    leave,
    no_neighbours,
    tiles_around,
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
def _weight(px, py, power):  # type: ignore[no-untyped-def]
    if power == CAMBRIDGE_AACHEN:
        return 1.0
    kt2 = px * px + py * py
    if power == KT:
        return kt2
    return 1.0 / kt2 if kt2 > _TINY_KT2 else 1.0 / _TINY_KT2


@compiled
def _start(of_objects):  # type: ignore[no-untyped-def]
    """Hold a tournament for the least measure.

    Returns:
        The measures, infinite for places that nobody has, and the winners of all matches: entry 1
        is the place of the least measure of all.
    """
    leaves = 1
    while leaves < len(of_objects):
        leaves *= 2
    measure = np.full(leaves, np.inf)
    measure[: len(of_objects)] = of_objects
    winner = np.empty(2 * leaves, dtype=np.int64)
    for i in range(leaves):
        winner[leaves + i] = i
    for match in range(leaves - 1, 0, -1):
        _play(match, winner, measure)
    return measure, winner


@compiled
def _play(match, winner, measure):  # type: ignore[no-untyped-def]
    left, right = winner[2 * match], winner[2 * match + 1]
    winner[match] = left if measure[left] <= measure[right] else right


@compiled
def _tell(i, value, winner, measure):  # type: ignore[no-untyped-def]
    """Change the measure of one of them."""
    measure[i] = value
    match = (len(winner) // 2 + i) >> 1
    while match >= 1:
        _play(match, winner, measure)
        match >>= 1


@compiled
def _measure_of(i, objects, weight):  # type: ignore[no-untyped-def]
    near = objects.nearest[i]
    least = weight[i] if near < 0 else min(weight[i], weight[near])
    return objects.nearest2[i] * least


@compiled
def _too_soft(nodes, one, two, fraction):  # type: ignore[no-untyped-def]
    """Return which of two nodes carries less than a share of their joint pT; -1 for none."""
    x, y = nodes[one, 0] + nodes[two, 0], nodes[one, 1] + nodes[two, 1]
    pt2_one = nodes[one, 0] ** 2 + nodes[one, 1] ** 2
    pt2_two = nodes[two, 0] ** 2 + nodes[two, 1] ** 2
    if min(pt2_one, pt2_two) >= fraction * fraction * (x * x + y * y):
        return -1
    return one if pt2_one < pt2_two else two


@compiled
def _look_again(i, kept, gone, objects, weight, winner, measure):  # type: ignore[no-untyped-def]
    """Let an object see that one is gone and another one, if any, changed."""
    changed = objects.nearest[i] == gone or (kept >= 0 and objects.nearest[i] == kept)
    if changed:
        find_nearest(objects, i)
    if kept >= 0:
        apart2 = distance2(
            objects.rapidity[i], objects.phi[i], objects.rapidity[kept], objects.phi[kept]
        )
        if apart2 < objects.nearest2[kept]:
            objects.nearest[kept], objects.nearest2[kept] = i, apart2
        if apart2 < objects.nearest2[i]:
            objects.nearest[i], objects.nearest2[i], changed = kept, apart2, True
    if changed:
        _tell(i, _measure_of(i, objects, weight), winner, measure)


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
    objects = no_neighbours(number, radius)
    weight = np.empty(number)
    node = np.arange(number)  # of each object: a merged one stays in the place of the first
    for i in range(number):
        enter(objects, i, nodes[i, 0], nodes[i, 1], nodes[i, 2], nodes[i, 3])
        weight[i] = _weight(nodes[i, 0], nodes[i, 1], power)
        parents[i, 0] = parents[i, 1] = child[i] = -1
    of_objects = np.empty(number)
    for i in range(number):
        find_nearest(objects, i)
    for i in range(number):
        of_objects[i] = _measure_of(i, objects, weight)
    measure, winner = _start(of_objects)

    made = number
    places = np.empty(3 * MOST_TILES, dtype=np.int64)
    visited = np.full(len(objects.head), -1)
    for step in range(number):
        kept, gone = winner[1], objects.nearest[winner[1]]
        if gone < 0:
            kept, gone = -1, kept
        elif veto_distance2 >= 0.0 and objects.nearest2[kept] > veto_distance2:
            soft = _too_soft(nodes, node[kept], node[gone], veto_fraction)
            if soft >= 0:
                kept, gone = -1, kept if soft == node[kept] else gone

        # Only what is in tiles around the two and around what they become has to be looked at.
        around = tiles_around(objects, objects.tile[gone], places)
        leave(objects, gone)
        _tell(gone, np.inf, winner, measure)
        if kept >= 0:
            around += tiles_around(objects, objects.tile[kept], places[around:])
            leave(objects, kept)
            one, two = node[kept], node[gone]
            for k in range(4):
                nodes[made, k] = nodes[one, k] + nodes[two, k]
            parents[made, 0], parents[made, 1] = one, two
            child[one] = child[two] = made
            child[made] = -1
            node[kept] = made
            enter(objects, kept, nodes[made, 0], nodes[made, 1], nodes[made, 2], nodes[made, 3])
            weight[kept] = _weight(nodes[made, 0], nodes[made, 1], power)
            objects.nearest[kept], objects.nearest2[kept] = -1, objects.radius2
            around += tiles_around(objects, objects.tile[kept], places[around:])
            made += 1

        for tile in places[:around]:
            if visited[tile] == step:
                continue
            visited[tile] = step
            i = objects.head[tile]
            while i >= 0:
                if i != kept:
                    _look_again(i, kept, gone, objects, weight, winner, measure)
                i = objects.following[i]
        if kept >= 0:
            _tell(kept, _measure_of(kept, objects, weight), winner, measure)
    return made
