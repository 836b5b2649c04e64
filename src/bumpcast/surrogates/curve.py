"""Efficiency against lifetime, from one sample of a model's events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from bumpcast.surrogates.drawing import uniforms
from bumpcast.surrogates.efficiency import (
    Efficiency,
    EfficiencySums,
    Model,
    Seen,
    efficiency_of,
    mean_of,
)
from bumpcast.surrogates.lifetime import (
    LifetimeError,
    check_lifetimes,
    decayed,
    mixture_weights,
    proper_lengths,
    unit_decays,
    weights_of_lengths,
)
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs

By = Literal["draws", "weights", "mixture"]


@dataclass(frozen=True)
class Lifetimes:
    """At which lifetimes a sample is looked at, and how.

    Attributes:
        ctau_m: Mean proper decay lengths in m.
        by: 'draws' draws decays anew for each; 'weights' weights the sample's own; 'mixture' draws
            decays once for all, each at a lifetime that is drawn among these, and weights them.
        ctau_of_sample_m: With which the sample was made, in m; for weights.
        draws: How many times each event decays: at each lifetime, for draws; in all, for a mixture.
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
            msg = f"by = {self.by!r}, draws = {self.draws}: {', '.join(get_args(By))}; 1 or more"
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
class Draw:
    """Events that have decayed once, and what a model makes of them.

    Attributes:
        pairs: The events.
        seen: What the model makes of them.
        share: Of each event's weight, how much is this draw's; (events,).
    """

    pairs: LlpPairs
    seen: Seen
    share: Floats


@dataclass(frozen=True, eq=False)
class AtLifetime:
    """Events at one lifetime.

    Attributes:
        ctau_m: Mean proper decay length in m.
        weight: Weights of the events at this lifetime; (events,).
        draws: The events with the decays of each draw.
    """

    ctau_m: float
    weight: Floats
    draws: tuple[Draw, ...]

    @property
    def sums(self) -> EfficiencySums:
        """Sums over the events, of the mean of all draws."""
        seen = mean_of([draw.seen for draw in self.draws], [draw.share for draw in self.draws])
        return EfficiencySums.of(self.weight, seen)


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
    match lifetimes.by:
        case "draws":
            return _by_draws(model, pairs, numbers, lifetimes, where)
        case "weights":
            return _by_weights(model, pairs, lifetimes, where)
        case "mixture":
            return _by_mixture(model, pairs, numbers, lifetimes, where)


def _by_draws(
    model: Model, pairs: LlpPairs, numbers: Integers, lifetimes: Lifetimes, where: str
) -> Iterator[AtLifetime]:
    # The same draws at each lifetime, so that a curve is smooth.
    lengths = [
        unit_decays(numbers, pairs.copied, name=lifetimes.name, draw=draw)
        for draw in range(lifetimes.draws)
    ]
    share = np.full(len(pairs), 1 / lifetimes.draws)
    for ctau in lifetimes.ctau_m:
        drawn = (decayed(pairs, length, ctau) for length in lengths)
        draws = tuple(Draw(events, Seen.by(model, events, where), share) for events in drawn)
        yield AtLifetime(ctau, pairs.weight, draws)


def _by_weights(
    model: Model, pairs: LlpPairs, lifetimes: Lifetimes, where: str
) -> Iterator[AtLifetime]:
    assert lifetimes.ctau_of_sample_m is not None
    draw = Draw(pairs, Seen.by(model, pairs, where), np.ones(len(pairs)))
    lengths = proper_lengths(pairs)
    for ctau in lifetimes.ctau_m:
        factors = weights_of_lengths(lengths, pairs.copied, lifetimes.ctau_of_sample_m, ctau)
        yield AtLifetime(ctau, pairs.weight * factors, (draw,))


def _by_mixture(
    model: Model, pairs: LlpPairs, numbers: Integers, lifetimes: Lifetimes, where: str
) -> Iterator[AtLifetime]:
    """Yield events of which each draw is of one lifetime, weighted by the balance heuristic.

    A draw is of a lifetime chosen at random, so that its lengths follow the mean of the densities
    of all; at one lifetime it counts as much as the density of this one is above that mean (Veach
    and Guibas, SIGGRAPH 1995, doi:10.1145/218380.218498).
    """
    ctau_m = np.array(lifetimes.ctau_m)
    draws, factors = [], []
    for number in range(lifetimes.draws):
        chosen = uniforms(numbers, 1, name=f"lifetimes {lifetimes.name}", draw=number)[:, 0]
        ctau = ctau_m[(chosen * len(ctau_m)).astype(np.int64)][:, None]
        lengths = unit_decays(numbers, pairs.copied, name=lifetimes.name, draw=number)
        events = decayed(pairs, lengths, ctau)
        draws.append((events, Seen.by(model, events, where)))
        factors.append(mixture_weights(lengths * ctau, pairs.copied, ctau_m))
    for place, value in enumerate(lifetimes.ctau_m):
        own = [factor[place] for factor in factors]
        total = own[0] if len(own) == 1 else np.sum(own, axis=0)
        # Where all draws are impossible at a lifetime the event counts nothing there.
        shares = [np.divide(one, total, out=np.zeros_like(one), where=total > 0) for one in own]
        yield AtLifetime(
            value,
            pairs.weight * total / lifetimes.draws,
            tuple(Draw(*draw, share) for draw, share in zip(draws, shares, strict=True)),
        )


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
