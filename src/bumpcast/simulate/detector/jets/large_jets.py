"""Substructure of large-radius jets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.detector_jets import LargeJets
from bumpcast.simulate.detector.jets.clustering import Clusters, Histories, histories
from bumpcast.simulate.detector.jets.grooming import prune, soft_drop, trim
from bumpcast.simulate.detector.jets.recombination import CAMBRIDGE_AACHEN, KT, WHOLE_EVENT
from bumpcast.simulate.detector.jets.subjettiness import MOST_AXES, n_subjettiness
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Floats, Integers, Offsets


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
def _groom(first, trimming, pruning, dropping, least_pt, beta, symmetry_cut, radius):  # type: ignore[no-untyped-def]
    jets = len(first) - 1
    groomed = np.zeros((jets, 3, 4))
    subjets = np.zeros((jets, 3), dtype=np.int32)
    for jet in range(jets):
        place = slice(2 * first[jet], 2 * first[jet + 1])
        nodes, _, child, made = trimming
        subjets[jet, 0] = trim(
            nodes[place], child[place], made[jet], least_pt[jet], groomed[jet, 0]
        )
        nodes, parents, child, made = pruning
        subjets[jet, 1] = prune(
            nodes[place], parents[place], child[place], made[jet], groomed[jet, 1]
        )
        nodes, parents, _, made = dropping
        subjets[jet, 2] = soft_drop(
            nodes[place], parents[place], made[jet], beta, symmetry_cut, radius, groomed[jet, 2]
        )
    return groomed, subjets


@compiled
def _taus(first, nodes, child, made, beta, radius, refine):  # type: ignore[no-untyped-def]
    tau = np.zeros((len(first) - 1, MOST_AXES))
    for jet in range(len(tau)):
        place = slice(2 * first[jet], 2 * first[jet + 1])
        number = first[jet + 1] - first[jet]
        n_subjettiness(
            nodes[place], child[place], number, made[jet], beta, radius, refine, tau[jet]
        )
    return tau


def substructure(jets: Clusters, inputs: Momenta, settings: LargeJets) -> Substructure:
    """Groom jets and count their prongs.

    Args:
        jets: Large jets.
        inputs: What they were made of.
        settings: Of the grooming and of the axes.
    """
    groups = jets.members()
    momenta = jets.momenta
    trimming, pruning, dropping = settings.trimming, settings.pruning, settings.soft_drop
    mass2 = momenta.energy**2 - momenta.px**2 - momenta.py**2 - momenta.pz**2
    # A smaller radius than the jets' own would lose parts of a jet before it is pruned.
    own = settings.radius
    pruning_radius = own if pruning.radius is None else pruning.radius
    dropping_radius = own if dropping.radius is None else dropping.radius
    widest2 = (2.0 * pruning.radius_factor) ** 2 * np.maximum(mass2, 0.0) / momenta.pt**2
    groomed, subjets = _groom(
        groups[0],
        _parts(histories(groups, inputs, KT, trimming.radius)),
        _parts(
            histories(groups, inputs, CAMBRIDGE_AACHEN, pruning_radius, (widest2, pruning.z_cut))
        ),
        _parts(histories(groups, inputs, CAMBRIDGE_AACHEN, WHOLE_EVENT)),
        trimming.pt_fraction * momenta.pt,
        dropping.beta,
        dropping.symmetry_cut,
        dropping_radius,
    )
    axes = histories(groups, inputs, KT, WHOLE_EVENT)
    shape = settings.n_subjettiness
    tau = _taus(
        axes.first, axes.nodes, axes.child, axes.made, shape.beta, own,
        shape.refine_axes,
    )  # fmt: skip
    trimmed, pruned, dropped = (_momenta(groomed[:, i], momenta) for i in range(3))
    return Substructure(trimmed, pruned, dropped, subjets, tau)


def _momenta(groomed: Floats, jets: Momenta) -> Momenta:
    px, py, pz, energy = np.ascontiguousarray(groomed.T)
    return Momenta(jets.offsets, px, py, pz, energy, jets.origin)


def _parts(history: Histories) -> tuple[Floats, Offsets, Offsets, Offsets]:
    return history.nodes, history.parents, history.child, history.made
