"""Efficiency against lifetime, from one sample of a model's events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bumpcast.surrogates.efficiency import Efficiency, EfficiencySums, Model, Seen, efficiency_of
from bumpcast.surrogates.lifetime import (
    LifetimeError,
    check_lifetimes,
    decayed,
    lifetime_weights,
    unit_decays,
)
from bumpcast.surrogates.llps import Integers, LlpPairs

By = Literal["draws", "weights"]


@dataclass(frozen=True)
class Lifetimes:
    """At which lifetimes a sample is looked at, and how.

    Attributes:
        ctau_m: Mean proper decay lengths in m.
        by: 'draws' draws decays anew for each; 'weights' weights the sample's own.
        ctau_of_sample_m: With which the sample was made, in m; for weights.
        draws: How many times each event decays at each lifetime; for draws.
        name: Of the sample, with the seed: the same name gives the same draws.

    Raises:
        LifetimeError: A lifetime is not above zero, or that of the sample is missing.
    """

    ctau_m: tuple[float, ...]
    by: By = "draws"
    ctau_of_sample_m: float | None = None
    draws: int = 1
    name: str = "1"

    def __post_init__(self) -> None:
        check_lifetimes(np.array(self.ctau_m))
        if self.by == "weights":
            if self.ctau_of_sample_m is None:
                msg = (
                    "weights need the mean proper decay length with which the sample was made; "
                    "draws do not"
                )
                raise LifetimeError(msg)
            check_lifetimes(self.ctau_of_sample_m)


def curve_sums(
    model: Model,
    pairs: LlpPairs,
    numbers: Integers,
    lifetimes: Lifetimes,
    *,
    where: str = "the events",
    done: Callable[[], None] = lambda: None,
) -> list[EfficiencySums]:
    """Return the sums of some events at each lifetime; those of parts of a sample add up.

    Args:
        model: What tells how probable it is that an event is selected.
        pairs: The events.
        numbers: Each event's number in its sample; (events,).
        lifetimes: At which, and how.
        where: What the events were read from, for messages.
        done: Called after each lifetime.

    Raises:
        SurrogateError: The events lack a feature, or do not allow another lifetime.
    """
    sums = []
    if lifetimes.by == "weights":
        assert lifetimes.ctau_of_sample_m is not None
        seen = Seen.by(model, pairs, where)
        for ctau in lifetimes.ctau_m:
            factors = lifetime_weights(pairs, lifetimes.ctau_of_sample_m, ctau)
            sums.append(EfficiencySums.of(pairs.weight * factors, seen))
            done()
        return sums
    # The same draws at each lifetime, so that a curve is smooth.
    lengths = [
        unit_decays(numbers, pairs.copied, name=lifetimes.name, draw=draw)
        for draw in range(lifetimes.draws)
    ]
    for ctau in lifetimes.ctau_m:
        first, *others = (Seen.by(model, decayed(pairs, length, ctau), where) for length in lengths)
        sums.append(EfficiencySums.of(pairs.weight, first.mean_with(others)))
        done()
    return sums


def curve(
    model: Model,
    pairs: LlpPairs,
    lifetimes: Lifetimes,
    *,
    where: str = "the events",
    done: Callable[[], None] = lambda: None,
) -> list[Efficiency]:
    """Return the efficiencies of a sample at each lifetime.

    Args:
        model: What tells how probable it is that an event is selected.
        pairs: All events of the sample.
        lifetimes: At which, and how.
        where: What the events were read from, for messages.
        done: Called after each lifetime.

    Raises:
        SurrogateError: The events lack a feature, or do not allow another lifetime.
        EfficiencyError: There are no events, or their weights add up to nothing.
    """
    numbers = np.arange(len(pairs))
    sums = curve_sums(model, pairs, numbers, lifetimes, where=where, done=done)
    return [efficiency_of(one, model) for one in sums]
