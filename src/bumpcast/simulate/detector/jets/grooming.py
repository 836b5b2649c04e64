"""Trimmed, pruned and soft-dropped four-momenta of one jet from how its members merge."""

from __future__ import annotations

import math

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.jets.neighbours import distance2, rapidity


@compiled
def _pt2(nodes, i):  # type: ignore[no-untyped-def]
    return nodes[i, 0] * nodes[i, 0] + nodes[i, 1] * nodes[i, 1]


@compiled
def trim(nodes, child, made, least_pt, groomed):  # type: ignore[no-untyped-def]
    """Fill the trimmed four-momentum and return the number of subjets that were kept.

    Args:
        nodes: px, py, pz, E in GeV of the kT clustering with the radius of the subjets.
        child: What each was merged into.
        made: Number of nodes.
        least_pt: Of a subjet, in GeV.
        groomed: Filled: px, py, pz, E in GeV.
    """
    kept = 0
    groomed[:] = 0.0
    for i in range(made):
        if child[i] < 0 and _pt2(nodes, i) >= least_pt * least_pt:
            groomed += nodes[i]
            kept += 1
    return kept


@compiled
def prune(nodes, parents, child, made, groomed):  # type: ignore[no-untyped-def]
    """Fill the pruned four-momentum and return the number of its branches: 2, or 0 for one member.

    Args:
        nodes: px, py, pz, E in GeV of the Cambridge/Aachen clustering with a veto.
        parents: What each was merged from.
        child: What each was merged into.
        made: Number of nodes.
        groomed: Filled: px, py, pz, E in GeV.
    """
    hardest = -1
    for i in range(made):
        if child[i] < 0 and (hardest < 0 or _pt2(nodes, i) > _pt2(nodes, hardest)):
            hardest = i
    groomed[:] = nodes[hardest]
    return 2 if parents[hardest, 0] >= 0 else 0


@compiled
def soft_drop(nodes, parents, made, beta, symmetry_cut, radius, groomed):  # type: ignore[no-untyped-def]
    """Fill the soft-dropped four-momentum and return the number of its branches, 2 or 0.

    Args:
        nodes: px, py, pz, E in GeV of the Cambridge/Aachen clustering of the whole jet.
        parents: What each was merged from.
        made: Number of nodes.
        beta: Exponent of the angle.
        symmetry_cut: Least share of the softer branch.
        radius: Angle in units of which the cut is given.
        groomed: Filled: px, py, pz, E in GeV.
    """
    here = made - 1
    while parents[here, 0] >= 0:
        harder, softer = parents[here, 0], parents[here, 1]
        if _pt2(nodes, harder) < _pt2(nodes, softer):
            harder, softer = softer, harder
        low, high = math.sqrt(_pt2(nodes, softer)), math.sqrt(_pt2(nodes, harder))
        apart2 = distance2(
            rapidity(nodes[harder, 0], nodes[harder, 1], nodes[harder, 2], nodes[harder, 3]),
            math.atan2(nodes[harder, 1], nodes[harder, 0]),
            rapidity(nodes[softer, 0], nodes[softer, 1], nodes[softer, 2], nodes[softer, 3]),
            math.atan2(nodes[softer, 1], nodes[softer, 0]),
        )
        if low / (low + high) > symmetry_cut * (apart2 / radius**2) ** (0.5 * beta):
            break
        here = harder
    groomed[:] = nodes[here]
    return 2 if parents[here, 0] >= 0 else 0
