"""Efficiencies of a sample: sums over its events, which add up, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final, Protocol, Self

import numpy as np

from bumpcast.surrogates.domain import Domain, decay_terms, mean_of_sums
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Booleans, Floats, LlpPairs

LARGE_SHARE_OUTSIDE: Final = 0.1
"""From this share of an efficiency on, events outside the domain are warned of."""


class EfficiencyError(SurrogateError):
    """An efficiency cannot be had of what there is."""


class Model(Protocol):
    """What tells how probable it is that a search selects an event: a surrogate, or a map."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in the order of the probabilities, first 'not selected'."""

    @property
    def uncertainty(self) -> Floats:
        """Relative uncertainties of the selected classes' efficiencies; (classes - 1,)."""

    @property
    def domain(self) -> Domain:
        """Where the training had events."""

    def probabilities(self, pairs: LlpPairs, where: str = "the events") -> Floats:
        """Return how probable each class is; (events, classes)."""

    def outside(self, pairs: LlpPairs) -> Booleans:
        """Return which events the training had nothing like; (events,)."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model made of events, each perhaps the mean of several draws of its decays.

    Attributes:
        selected: Probabilities of the selected classes; (events, classes).
        outside: How often an event is outside the model's domain; (events,).
        selected_outside: Probabilities where it is, and zero where not; (events, classes).
        decays: From `domain.decay_terms`; (events, 4).
    """

    selected: Floats
    outside: Floats
    selected_outside: Floats
    decays: Floats

    @classmethod
    def by(cls, model: Model, pairs: LlpPairs, where: str = "the events") -> Self:
        """Return what a model makes of events.

        Args:
            model: A surrogate, or a map.
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Raises:
            SurrogateError: The events lack what the model reads.
        """
        selected = np.ascontiguousarray(model.probabilities(pairs, where)[:, 1:])
        outside = model.outside(pairs).astype(np.float64)
        return cls(selected, outside, selected * outside[:, None], decay_terms(pairs))

    @cached_property
    def selected_squared(self) -> Floats:
        """Squares of the probabilities of the selected classes; (events, classes)."""
        return self.selected * self.selected


def mean_of(seen: Sequence[Seen], shares: Sequence[Floats]) -> Seen:
    """Return the mean of what a model made of several draws of the same events.

    Args:
        seen: Of each draw.
        shares: How much each counts, one altogether; (events,) each.
    """
    if len(seen) == 1:
        return seen[0]

    def mean_part(name: str) -> Floats:
        parts = zip((getattr(one, name) for one in seen), shares, strict=True)
        mean: Floats = np.sum([(part.T * share).T for part, share in parts], axis=0)
        return mean

    return Seen(*(mean_part(one.name) for one in fields(Seen)))


@dataclass(frozen=True, eq=False)
class EfficiencySums:
    """Sums over a sample's events; those of parts of it add up.

    Classes are the selected ones.

    Attributes:
        events: How many.
        weight: Sum of weights.
        squared: Sum of squared weights.
        selected: Sums of weight * probability; (classes,).
        mixed: Sums of weight^2 * probability; (classes,).
        spread: Sums of weight^2 * probability^2; (classes,).
        outside: Sum of weights of events outside the domain.
        selected_outside: Sums of weight * probability of these; (classes,).
        decays: Sums of weight * `domain.decay_terms`; (4,).
    """

    events: int
    weight: float
    squared: float
    selected: Floats
    mixed: Floats
    spread: Floats
    outside: float
    selected_outside: Floats
    decays: Floats

    @classmethod
    def of(cls, weights: Floats, seen: Seen) -> Self:
        """Return the sums of some events.

        Args:
            weights: Of the events; (events,).
            seen: What a model made of them.
        """
        squares = weights * weights
        return cls(
            events=len(weights),
            weight=float(weights.sum()),
            squared=float(squares.sum()),
            selected=weights @ seen.selected,
            mixed=squares @ seen.selected,
            spread=squares @ seen.selected_squared,
            outside=float(weights @ seen.outside),
            selected_outside=weights @ seen.selected_outside,
            decays=weights @ seen.decays,
        )

    def __add__(self, other: EfficiencySums) -> EfficiencySums:
        """Return the sums of both parts' events."""
        added: dict[str, Any] = {
            one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)
        }
        return EfficiencySums(**added)


@dataclass(frozen=True, eq=False)
class Efficiency:
    """How large a part of a sample a search selects, as a model has it.

    Attributes:
        classes: The selected ones.
        value: Their efficiencies; (classes,).
        statistical: Standard deviations of these from the number of events; (classes,).
        model: Their uncertainties as the model's card says them; (classes,).
        events: How many events there are.
        outside: Share of the sample outside the model's domain.
        outside_of_selected: Share of each efficiency that is from events outside; (classes,).
        mean_lxy_m: Of LLPs with |eta| < 1.5, in m.
        mean_lz_m: Of the others, in m.
        warnings: What has to be said, a sentence each.
    """

    classes: tuple[str, ...]
    value: Floats
    statistical: Floats
    model: Floats
    events: int
    outside: float
    outside_of_selected: Floats
    mean_lxy_m: float
    mean_lz_m: float
    warnings: tuple[str, ...]


def efficiency_of(sums: EfficiencySums, model: Model) -> Efficiency:
    """Return the efficiencies that sums stand for.

    With weights w and probabilities p, the efficiency is sum(w p) / sum(w), and its variance
    sum(w^2 (p - efficiency)^2) / sum(w)^2.

    Args:
        sums: Of all events of a sample.
        model: What gave the probabilities.

    Raises:
        EfficiencyError: There are no events, or their weights add up to nothing.
    """
    if not sums.events or not sums.weight > 0:
        msg = (
            f"{sums.events} events with a sum of weights of {sums.weight:g} have no efficiency: "
            "it has to be above zero"
        )
        raise EfficiencyError(msg)
    value = sums.selected / sums.weight
    variance = sums.spread - 2 * value * sums.mixed + value * value * sums.squared
    share = np.divide(
        sums.selected_outside,
        sums.selected,
        out=np.zeros_like(value),
        where=sums.selected > 0,
    )
    mean_lxy, mean_lz = mean_of_sums(sums.decays)
    warnings = model.domain.far_means(mean_lxy, mean_lz)
    classes = model.classes[1:]
    far = [
        f"{part:.0%} of {name}"
        for name, part in zip(classes, share, strict=True)
        if part > LARGE_SHARE_OUTSIDE
    ]
    if far:
        warnings.append(
            f"events that are not like those of the training make {', '.join(far)} "
            f"({sums.outside / sums.weight:.0%} of all events are such)"
        )
    return Efficiency(
        classes=classes,
        value=value,
        statistical=np.sqrt(np.maximum(variance, 0.0)) / sums.weight,
        model=value * model.uncertainty,
        events=sums.events,
        outside=sums.outside / sums.weight,
        outside_of_selected=share,
        mean_lxy_m=mean_lxy,
        mean_lz_m=mean_lz,
        warnings=tuple(warnings),
    )
