"""Tags of b-jets and of hadronic taus, drawn from efficiencies."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.config.detector_jets import (
    BTagEfficiencies,
    EfficiencyTable,
    JetEfficiency,
    LinearEfficiency,
    MatchedTau,
    TrackCountingTau,
)
from bumpcast.simulate.detector import kinematics
from bumpcast.simulate.detector.kinematics import azimuth_between
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.detector.randomness import start, uniform
from bumpcast.simulate.events import Floats, Integers

STAGE = 4
DRAWS = 5
"""Random numbers that each jet takes, whatever its tags: b (three definitions), tau, charge."""


@dataclass(frozen=True, slots=True)
class TauTags:
    """What the tau tagging says of each jet.

    Attributes:
        tag: 1 for a tag.
        charge: Of the tracks in the jet's core, or of the tau that was matched.
        flavour: 15 where a hadronic tau is near, as far as the method tells.
        weight: Efficiency, as far as the method tells.
    """

    tag: Integers
    charge: Integers
    flavour: Integers
    weight: Floats


@compiled
def _draw(offsets, key, numbers):  # type: ignore[no-untyped-def]
    drawn = np.empty((offsets[-1], numbers))
    for event in range(len(offsets) - 1):
        state = start(key, event, STAGE)
        for jet in range(offsets[event], offsets[event + 1]):
            for i in range(numbers):
                state, drawn[jet, i] = uniform(state)
    return drawn


def draw(jets: Momenta, key: np.uint64) -> Floats:
    """Return `DRAWS` random numbers a jet, shape (jets, DRAWS).

    Args:
        jets: Jets of a block.
        key: Of the block's random numbers.
    """
    drawn: Floats = _draw(jets.offsets, key, DRAWS)
    return drawn


def efficiency(settings: JetEfficiency, pt: Floats, eta: Floats) -> Floats:
    """Return the efficiency of each jet, from 0 to 1.

    Args:
        settings: A formula or a table.
        pt: In GeV.
        eta: Pseudorapidity.
    """
    if isinstance(settings, LinearEfficiency):
        value = settings.constant + settings.slope_per_GeV * pt
    elif isinstance(settings, EfficiencyTable):
        rows = np.searchsorted(settings.pt_edges_GeV, pt, side="right") - 1
        columns = np.searchsorted(settings.abs_eta_edges, np.abs(eta), side="right") - 1
        table = np.asarray(settings.values)
        inside = (rows >= 0) & (rows < table.shape[0]) & (columns < table.shape[1])
        inside &= columns >= 0
        value = np.where(inside, table[np.where(inside, rows, 0), np.where(inside, columns, 0)], 0)
    else:
        value = settings.plateau * np.tanh(settings.rise_per_GeV * pt) * settings.factor
        value = value / (1.0 + settings.fall_per_GeV * pt)
    return np.clip(value, 0.0, 1.0)


def b_tags(jets: Momenta, flavour: Integers, settings: BTagEfficiencies, drawn: Floats) -> Integers:
    """Return 1 for each jet with a b-tag.

    Args:
        jets: Calibrated jets.
        flavour: PDG numbers.
        settings: Efficiencies.
        drawn: A random number a jet, from 0 to 1.
    """
    pt, eta = jets.pt, kinematics.eta(jets)
    probability = np.where(
        flavour == 5,
        efficiency(settings.b, pt, eta),
        np.where(
            flavour == 4, efficiency(settings.c, pt, eta), efficiency(settings.light, pt, eta)
        ),
    )
    return (drawn < probability).astype(np.int32)


@compiled
def _tracks_near(  # type: ignore[no-untyped-def]
    jet_offsets, jet_eta, jet_phi, offsets, pt, eta, phi, charge, delta_r, pt_min
):
    number = np.zeros(len(jet_eta), dtype=np.int32)
    total = np.zeros(len(jet_eta), dtype=np.int32)
    for event in range(len(offsets) - 1):
        for track in range(offsets[event], offsets[event + 1]):
            if pt[track] < pt_min:
                continue
            for jet in range(jet_offsets[event], jet_offsets[event + 1]):
                along = eta[track] - jet_eta[jet]
                if abs(along) > delta_r:
                    continue
                across = azimuth_between(phi[track], jet_phi[jet])
                if math.sqrt(along**2 + across**2) <= delta_r:
                    number[jet] += 1
                    total[jet] += charge[track]
    return number, total


def tau_tags(
    jets: Momenta,
    tau_charge: Integers,
    tracks: DetectorObjects,
    settings: TrackCountingTau | MatchedTau,
    drawn: Floats,
) -> TauTags:
    """Tag hadronic taus.

    Args:
        jets: Calibrated jets.
        tau_charge: Charge of the hadronic tau near each jet, 0 for none.
        tracks: All tracks.
        settings: Method and efficiencies.
        drawn: Two random numbers a jet, shape (jets, 2): for the tag, and for a charge where none
            is known.
    """
    pt, eta = jets.pt, kinematics.eta(jets)
    matched = tau_charge != 0
    if isinstance(settings, MatchedTau):
        probability = np.where(
            matched, efficiency(settings.efficiency, pt, eta), efficiency(settings.mistag, pt, eta)
        )
        return TauTags(
            tag=(drawn[:, 0] < probability).astype(np.int32),
            charge=np.where(matched, tau_charge, np.where(drawn[:, 1] > 0.5, 1, -1)).astype(
                np.int32
            ),
            flavour=np.where(matched, 15, 0).astype(np.int32),
            weight=probability,
        )
    number, charge = _tracks_near(
        jets.offsets,
        eta,
        kinematics.phi(jets),
        tracks.momenta.offsets,
        tracks.momenta.pt,
        kinematics.eta(tracks.momenta),
        kinematics.phi(tracks.momenta),
        tracks.charge,
        settings.track_delta_r,
        settings.track_pt_min_GeV,
    )
    one = np.where(
        matched,
        efficiency(settings.one_prong, pt, eta),
        efficiency(settings.mistag_one_prong, pt, eta),
    )
    more = np.where(
        matched,
        efficiency(settings.multi_prong, pt, eta),
        efficiency(settings.mistag_multi_prong, pt, eta),
    )
    probability = np.where(number == 0, 0.0, np.where(number == 1, one, more))
    nothing = np.zeros(len(pt))
    return TauTags(
        tag=(drawn[:, 0] < probability).astype(np.int32),
        charge=charge,
        flavour=nothing.astype(np.int32),
        weight=nothing,
    )
