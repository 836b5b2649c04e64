"""Trimmed, pruned and soft-dropped four-momenta of one jet from its members."""

from __future__ import annotations

import math

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.clustering import (
    CAMBRIDGE_AACHEN,
    KT,
    NO_VETO,
    cluster,
    distance2,
    rapidity,
)

_WHOLE_EVENT = 1000.0


@compiled
def _pt2(nodes, i):  # type: ignore[no-untyped-def]
    return nodes[i, 0] * nodes[i, 0] + nodes[i, 1] * nodes[i, 1]


@compiled
def trim(nodes, parents, child, number, radius, pt_fraction, jet_pt, groomed):  # type: ignore[no-untyped-def]
    """Fill the trimmed four-momentum and return the number of subjets that were kept.

    Args:
        nodes: px, py, pz, E in GeV of the members in the first rows; the others are overwritten.
        parents: Overwritten.
        child: Overwritten.
        number: Of members.
        radius: Of the kT subjets.
        pt_fraction: Least share of the jet's transverse momentum.
        jet_pt: In GeV.
        groomed: Filled: px, py, pz, E in GeV.
    """
    made = cluster(nodes, parents, child, number, KT, radius, NO_VETO, 0.0)
    kept = 0
    groomed[:] = 0.0
    for i in range(made):
        if child[i] < 0 and _pt2(nodes, i) >= (pt_fraction * jet_pt) ** 2:
            groomed += nodes[i]
            kept += 1
    return kept


@compiled
def prune(  # type: ignore[no-untyped-def]
    nodes, parents, child, number, radius, z_cut, radius_factor, jet_pt, jet_mass, groomed
):
    """Fill the pruned four-momentum and return the number of its branches: 2, or 0 for one member.

    Args:
        nodes: As for `trim`.
        parents: Overwritten.
        child: Overwritten.
        number: Of members.
        radius: Of the Cambridge/Aachen clustering.
        z_cut: Least share of the softer branch.
        radius_factor: Largest distance of a soft branch over 2 m / pT.
        jet_pt: In GeV.
        jet_mass: In GeV.
        groomed: Filled: px, py, pz, E in GeV.
    """
    widest = radius_factor * 2.0 * jet_mass / jet_pt
    made = cluster(nodes, parents, child, number, CAMBRIDGE_AACHEN, radius, widest * widest, z_cut)
    hardest = -1
    for i in range(made):
        if child[i] < 0 and (hardest < 0 or _pt2(nodes, i) > _pt2(nodes, hardest)):
            hardest = i
    groomed[:] = nodes[hardest]
    return 2 if parents[hardest, 0] >= 0 else 0


@compiled
def soft_drop(nodes, parents, child, number, beta, symmetry_cut, radius, groomed):  # type: ignore[no-untyped-def]
    """Fill the soft-dropped four-momentum and return the number of its branches, 2 or 0.

    Args:
        nodes: As for `trim`.
        parents: Overwritten.
        child: Overwritten.
        number: Of members.
        beta: Exponent of the angle.
        symmetry_cut: Least share of the softer branch.
        radius: Angle in units of which the cut is given.
        groomed: Filled: px, py, pz, E in GeV.
    """
    made = cluster(nodes, parents, child, number, CAMBRIDGE_AACHEN, _WHOLE_EVENT, NO_VETO, 0.0)
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
