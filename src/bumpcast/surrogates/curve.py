"""Efficiency against lifetime, from one sample of a model's events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from bumpcast.surrogates.efficiency import Efficiency, EfficiencySums, Model, Seen, efficiency_of
from bumpcast.surrogates.lifetime import (
    LifetimeError,
    check_lifetimes,
    decayed,
    lifetime_weights,
    unit_decays,
)
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs

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
        LifetimeError: There is no lifetime, one is not above zero, or that of the sample is
            missing; or a choice cannot be.
    """

    ctau_m: tuple[float, ...]
    by: By = "draws"
    ctau_of_sample_m: float | None = None
    draws: int = 1
    name: str = "1"

    def __post_init__(self) -> None:
        if not self.ctau_m:
            msg = "no lifetime (ctau_m) is given, and at least one is needed"
            raise LifetimeError(msg)
        if self.by not in get_args(By) or self.draws < 1:
            msg = f"by = {self.by!r}, draws = {self.draws}: 'draws' or 'weights', and 1 or more"
            raise LifetimeError(msg)
        check_lifetimes(np.array(self.ctau_m))
        if self.by == "weights":
            if self.ctau_of_sample_m is None:
                msg = (
                    "weights need the mean proper decay length with which the sample was made; "
                    "draws do not"
                )
                raise LifetimeError(msg)
            check_lifetimes(self.ctau_of_sample_m)


@dataclass(frozen=True, eq=False)
class AtLifetime:
    """Events at one lifetime, and what a model makes of them.

    Attributes:
        ctau_m: Mean proper decay length in m.
        weight: Weights of the events at this lifetime; (events,).
        draws: The events with the decays of each draw, and what the model makes of these.
    """

    ctau_m: float
    weight: Floats
    draws: tuple[tuple[LlpPairs, Seen], ...]

    @property
    def sums(self) -> EfficiencySums:
        """Sums over the events, of the mean of all draws."""
        (_, first), *others = self.draws
        return EfficiencySums.of(self.weight, first.mean_with([seen for _, seen in others]))


def at_lifetimes(
    model: Model,
    pairs: LlpPairs,
    numbers: Integers,
    lifetimes: Lifetimes,
    *,
    where: str = "the events",
) -> Iterator[AtLifetime]:
    """Yield some events at each lifetime.

    Args:
        model: What tells how probable it is that an event is selected.
        pairs: The events.
        numbers: Each event's number in its sample; (events,).
        lifetimes: At which, and how.
        where: What the events were read from, for messages.

    Raises:
        SurrogateError: The events lack a feature, or do not allow another lifetime.
    """
    if lifetimes.by == "weights":
        assert lifetimes.ctau_of_sample_m is not None
        seen = Seen.by(model, pairs, where)
        for ctau in lifetimes.ctau_m:
            factors = lifetime_weights(pairs, lifetimes.ctau_of_sample_m, ctau)
            yield AtLifetime(ctau, pairs.weight * factors, ((pairs, seen),))
        return
    # The same draws at each lifetime, so that a curve is smooth.
    lengths = [
        unit_decays(numbers, pairs.copied, name=lifetimes.name, draw=draw)
        for draw in range(lifetimes.draws)
    ]
    for ctau in lifetimes.ctau_m:
        drawn = (decayed(pairs, length, ctau) for length in lengths)
        draws = tuple((events, Seen.by(model, events, where)) for events in drawn)
        yield AtLifetime(ctau, pairs.weight, draws)


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
    for at in at_lifetimes(model, pairs, numbers, lifetimes, where=where):
        sums.append(at.sums)
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
