"""Boosted W or Z, top, and high-mass jets: jets classed by their mass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.config.objects import MassClasses
from bumpcast.errors import BumpcastError
from bumpcast.objects.lists import Candidates
from bumpcast.objects.overlap import remove_near


class MissingLargeJetsError(BumpcastError):
    """Jets are to be classed by the mass of large-radius jets that are not there."""

    permanent = True


@dataclass(frozen=True, slots=True)
class ClassedJets:
    """Jets after classing: the four classes of jets, and what is left of them."""

    jets: Candidates
    Wh: Candidates
    T: Candidates
    HM: Candidates


def class_by_mass(
    jets: Candidates, large_jets: Candidates | None, config: MassClasses
) -> ClassedJets:
    """Class jets by mass (arXiv:2501.05603, section 2).

    A jet that lies in two windows belongs to the first of Wh, T, HM. With source 'large_jet' the
    small-radius jets near a classed jet are part of it and leave; large-radius jets outside every
    window leave no trace. With source 'jet' the classed jets themselves leave the jets.

    Args:
        jets: Small-radius jets with ``btag``.
        large_jets: Large-radius jets, where the record has them.
        config: The table [objects.mass_classes].

    Raises:
        MissingLargeJetsError: The source is 'large_jet' and there are none in the record.
    """
    source = jets
    if config.source == "large_jet":
        if large_jets is None:
            msg = (
                "objects.mass_classes.source = 'large_jet', but the record has no large-radius "
                "jets: name their collection in the format's table (large_jets = 'FatJet'), or "
                "set the source to 'jet' or 'none'"
            )
            raise MissingLargeJetsError(msg)
        source = large_jets
    mass = source["mass"]
    may_be_classed = np.full(len(mass), config.source != "none")
    if config.source == "jet" and not config.b_tagged:
        may_be_classed = source["btag"] == 0
    free = may_be_classed.copy()
    classed = []
    for low, high in (config.Wh_GeV, config.T_GeV, config.HM_GeV):
        chosen = free & (mass >= low) & (mass < high)
        free &= ~chosen
        classed.append(source.only(chosen))
    if config.source == "jet":
        jets = jets.only(free | ~may_be_classed)
    elif config.absorb_delta_r is not None:
        in_a_class = may_be_classed & ~free
        jets = remove_near(jets, source.only(in_a_class), config.absorb_delta_r)
    return ClassedJets(jets, *classed)
