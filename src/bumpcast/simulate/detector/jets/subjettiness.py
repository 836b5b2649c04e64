"""N-subjettiness: how well N axes describe a jet (arXiv:1011.2268, arXiv:1108.2701).

tau_N = sum_i pT_i min_k dR_ik^beta / sum_i pT_i R^beta. The axes start from the exclusive kT
subjets; Lloyd's algorithm then moves them to a minimum, as Delphes does by default.
"""

from __future__ import annotations

import math

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.jets.neighbours import distance2, rapidity

MOST_AXES = 5

_ACCURACY = 1e-4
_MOST_STEPS = 1000


@compiled
def _refine(number, pt, rap, phi, axes, axis_rap, axis_phi, beta):  # type: ignore[no-untyped-def]
    """Move axes to a minimum of tau."""
    weight, along, around = np.empty(axes), np.empty(axes), np.empty(axes)
    for _ in range(_MOST_STEPS):
        weight[:] = 0.0
        along[:] = 0.0
        around[:] = 0.0
        for i in range(number):
            nearest, least2 = 0, np.inf
            for k in range(axes):
                apart = distance2(rap[i], phi[i], axis_rap[k], axis_phi[k])
                if apart < least2:
                    nearest, least2 = k, apart
            share = pt[i] * (least2 + _ACCURACY * _ACCURACY) ** (0.5 * beta - 1.0)
            weight[nearest] += share
            along[nearest] += share * rap[i]
            step = phi[i] - axis_phi[nearest]
            if step > math.pi:
                step -= 2.0 * math.pi
            elif step < -math.pi:
                step += 2.0 * math.pi
            around[nearest] += share * step
        moved = 0.0
        for k in range(axes):
            if weight[k] > 0.0:
                next_rap = along[k] / weight[k]
                step = around[k] / weight[k]
                moved += math.sqrt((next_rap - axis_rap[k]) ** 2 + step * step)
                axis_rap[k] = next_rap
                axis_phi[k] = axis_phi[k] + step
                if axis_phi[k] > math.pi:
                    axis_phi[k] -= 2.0 * math.pi
                elif axis_phi[k] < -math.pi:
                    axis_phi[k] += 2.0 * math.pi
        if moved / axes <= _ACCURACY:
            break


@compiled
def n_subjettiness(nodes, child, number, made, beta, radius, refine, taus):  # type: ignore[no-untyped-def]
    """Fill tau_1 to tau_5 of one jet.

    Args:
        nodes: px, py, pz, E in GeV of the kT clustering of the whole jet, its members first.
        child: What each was merged into.
        number: Of members.
        made: Number of nodes.
        beta: Exponent of the angle.
        radius: Of the jet.
        refine: Whether the axes are moved to a minimum.
        taus: Filled; 0 for more axes than members.
    """
    pt, rap, phi = np.empty(number), np.empty(number), np.empty(number)
    total = 0.0
    for i in range(number):
        pt[i] = math.hypot(nodes[i, 0], nodes[i, 1])
        rap[i] = rapidity(nodes[i, 0], nodes[i, 1], nodes[i, 2], nodes[i, 3])
        phi[i] = math.atan2(nodes[i, 1], nodes[i, 0])
        total += pt[i] * radius**beta
    axis_rap, axis_phi = np.empty(MOST_AXES), np.empty(MOST_AXES)
    for axes in range(1, MOST_AXES + 1):
        taus[axes - 1] = 0.0
        if number <= axes:
            continue
        until = made - axes + 1
        found = 0
        for i in range(until):
            if child[i] < 0 or child[i] >= until:
                axis_rap[found] = rapidity(nodes[i, 0], nodes[i, 1], nodes[i, 2], nodes[i, 3])
                axis_phi[found] = math.atan2(nodes[i, 1], nodes[i, 0])
                found += 1
        if refine:
            _refine(number, pt, rap, phi, axes, axis_rap, axis_phi, beta)
        for i in range(number):
            least2 = np.inf
            for k in range(axes):
                least2 = min(least2, distance2(rap[i], phi[i], axis_rap[k], axis_phi[k]))
            taus[axes - 1] += pt[i] * least2 ** (0.5 * beta) / total
