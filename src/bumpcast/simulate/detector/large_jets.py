"""Substructure of large-radius jets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.detector_jets import LargeJets
from bumpcast.simulate.detector.clustering import Clusters
from bumpcast.simulate.detector.grooming import prune, soft_drop, trim
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.subjettiness import MOST_AXES, n_subjettiness
from bumpcast.simulate.events import Floats, Integers


@dataclass(frozen=True, slots=True)
class Substructure:
    """Of each large jet.

    Attributes:
        trimmed: Four-momenta after trimming.
        pruned: After pruning.
        soft_dropped: After soft drop.
        subjets: Numbers of subjets of the three, shape (jets, 3).
        tau: N-subjettiness for N = 1 to 5, shape (jets, 5).
    """

    trimmed: Momenta
    pruned: Momenta
    soft_dropped: Momenta
    subjets: Integers
    tau: Floats


@compiled
def _substructure(  # type: ignore[no-untyped-def]
    first, members, px, py, pz, energy, jet_pt, jet_mass, trimming, pruning, dropping, shape, refine
):
    jets = len(first) - 1
    groomed = np.zeros((jets, 3, 4))
    subjets = np.zeros((jets, 3), dtype=np.int32)
    tau = np.zeros((jets, MOST_AXES))
    most = 0
    for jet in range(jets):
        most = max(most, first[jet + 1] - first[jet])
    nodes = np.empty((2 * most, 4))
    parents = np.empty((2 * most, 2), dtype=np.int64)
    child = np.empty(2 * most, dtype=np.int64)
    for jet in range(jets):
        number = first[jet + 1] - first[jet]
        for i in range(number):
            member = members[first[jet] + i]
            nodes[i, 0], nodes[i, 1] = px[member], py[member]
            nodes[i, 2], nodes[i, 3] = pz[member], energy[member]
        pt, mass = jet_pt[jet], jet_mass[jet]
        subjets[jet, 0] = trim(
            nodes, parents, child, number, trimming[0], trimming[1], pt, groomed[jet, 0]
        )
        subjets[jet, 1] = prune(
            nodes, parents, child, number, pruning[0], pruning[1], pruning[2], pt, mass,
            groomed[jet, 1],
        )  # fmt: skip
        subjets[jet, 2] = soft_drop(
            nodes, parents, child, number, dropping[0], dropping[1], dropping[2], groomed[jet, 2]
        )
        n_subjettiness(nodes, parents, child, number, shape[0], shape[1], refine, tau[jet])
    return groomed, subjets, tau


def substructure(jets: Clusters, inputs: Momenta, settings: LargeJets) -> Substructure:
    """Groom jets and count their prongs.

    Args:
        jets: Large jets.
        inputs: What they were made of.
        settings: Of the grooming and of the axes.
    """
    first, members = jets.members()
    momenta = jets.momenta
    mass2 = momenta.energy**2 - momenta.px**2 - momenta.py**2 - momenta.pz**2
    trimming, pruning, dropping = settings.trimming, settings.pruning, settings.soft_drop
    groomed, subjets, tau = _substructure(
        first,
        members,
        inputs.px,
        inputs.py,
        inputs.pz,
        inputs.energy,
        momenta.pt,
        np.sqrt(np.maximum(mass2, 0.0)),
        (trimming.radius, trimming.pt_fraction),
        (pruning.radius, pruning.z_cut, pruning.radius_factor),
        (dropping.beta, dropping.symmetry_cut, dropping.radius),
        (settings.n_subjettiness.beta, settings.radius),
        settings.n_subjettiness.refine_axes,
    )
    trimmed, pruned, dropped = (_momenta(groomed[:, i], momenta) for i in range(3))
    return Substructure(trimmed, pruned, dropped, subjets, tau)


def _momenta(groomed: Floats, jets: Momenta) -> Momenta:
    px, py, pz, energy = np.ascontiguousarray(groomed.T)
    return Momenta(jets.offsets, px, py, pz, energy, jets.origin)
