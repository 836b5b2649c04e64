"""Events with the stand-in's decisions, as tables to train on and to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bumpcast.surrogates.drawing import uniforms
from bumpcast.surrogates.lifetime import decayed, unit_decays
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs, concatenated
from bumpcast.surrogates.stand_in.selection import StandIn


@dataclass(frozen=True, eq=False)
class Labelled:
    """Decayed events and what the stand-in made of them.

    Attributes:
        pairs: The events.
        region: (events,).
        sum_of_dr: (events,).
        score: (events,).
        ctau_m: The mean proper decay length in m of each; (events,).
    """

    pairs: LlpPairs
    region: Integers
    sum_of_dr: Floats
    score: Floats
    ctau_m: Floats


def label_at(
    pairs: LlpPairs, stand_in: StandIn, lifetimes: Sequence[float], *, name: str
) -> Labelled:
    """Let events decay at each of some lifetimes, and decide of them.

    Args:
        pairs: The events; their own decays are forgotten.
        stand_in: What decides.
        lifetimes: Mean proper decay lengths in m.
        name: Of the sample, with the seed.

    Raises:
        LifetimeError: A lifetime is not above zero.
    """
    numbers = np.arange(len(pairs))
    parts = []
    for draw, ctau in enumerate(lifetimes):
        lengths = unit_decays(numbers, pairs.copied, name=name, draw=draw)
        parts.append(
            _decided(pairs, lengths, np.full(len(pairs), ctau), stand_in, numbers, name, draw)
        )
    return _joined(parts)


def label_spread(
    pairs: LlpPairs,
    stand_in: StandIn,
    distance_m: tuple[float, float],
    *,
    repeat: int,
    name: str,
) -> Labelled:
    """Let each event decay at a lifetime of its own, and decide of it: to train on.

    What is learnt is how probable a decision is for a decay at a place, so that decays may be where
    there is most to learn: lifetimes are such that the LLPs' mean distance from the centre is
    spread evenly in its logarithm.

    Args:
        pairs: The events; their own decays are forgotten.
        stand_in: What decides.
        distance_m: From and to which mean distance in m.
        repeat: How many times each event is used.
        name: Of the sample, with the seed.
    """
    numbers = np.arange(len(pairs))
    boost = (pairs.pt * np.cosh(pairs.eta) / pairs.mass).mean(axis=1)
    low, high = np.log(distance_m)
    parts = []
    for draw in range(repeat):
        share = uniforms(numbers, 1, name=f"lifetimes {name}", draw=draw)[:, 0]
        ctau = np.exp(low + (high - low) * share) / boost
        lengths = unit_decays(numbers, pairs.copied, name=name, draw=draw)
        parts.append(_decided(pairs, lengths, ctau, stand_in, numbers, name, draw))
    return _joined(parts)


def _decided(
    pairs: LlpPairs,
    lengths: Floats,
    ctau: Floats,
    stand_in: StandIn,
    numbers: Integers,
    name: str,
    draw: int,
) -> Labelled:
    placed = decayed(pairs, lengths, ctau[:, None])
    made = stand_in.decide(placed, numbers, name=name, draw=draw)
    return Labelled(placed, made.region, made.sum_of_dr, made.score, ctau)


def _joined(parts: Sequence[Labelled]) -> Labelled:
    return Labelled(
        concatenated([part.pairs for part in parts]),
        np.concatenate([part.region for part in parts]),
        np.concatenate([part.sum_of_dr for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.ctau_m for part in parts]),
    )
