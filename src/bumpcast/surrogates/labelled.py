"""Labelled events: what a search decided of each, and to which mass point it belongs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs, concatenated


class LabelledEventsError(SurrogateError):
    """Labelled events do not fit together, or are not enough."""


@dataclass(frozen=True, eq=False)
class LabelledEvents:
    """Events with a search's own decision.

    Attributes:
        pairs: The events, decayed.
        decision: The class of each, as a number; (events,).
        mass_point: The mass point of each, as a number; (events,).
        mass_points: Their names.
        ctau_m: Mean proper decay length in m with which each was made; None: not known.
    """

    pairs: LlpPairs
    decision: Integers
    mass_point: Integers
    mass_points: tuple[str, ...]
    ctau_m: Floats | None = None

    def __len__(self) -> int:
        return len(self.decision)

    def select(self, which: npt.NDArray[np.bool_] | Integers | slice) -> Self:
        """Return some of the events, with the same names of mass points."""
        return type(self)(
            self.pairs.select(which),
            self.decision[which],
            self.mass_point[which],
            self.mass_points,
            None if self.ctau_m is None else self.ctau_m[which],
        )

    def of_mass_point(self, number: int) -> Self:
        """Return the events of one mass point."""
        return self.select(self.mass_point == number)


def labelled(
    parts: Sequence[tuple[str, LlpPairs, Integers, Floats | None]],
) -> LabelledEvents:
    """Put events of several mass points together.

    Args:
        parts: Mass point, events, decisions and, where they are known, lifetimes in m; a mass
            point may come several times.

    Raises:
        LabelledEventsError: There is nothing, or decisions do not go with events.
    """
    if not parts:
        msg = "there are no events"
        raise LabelledEventsError(msg)
    names: dict[str, int] = {}
    numbers = []
    for name, pairs, decision, _ in parts:
        if len(pairs) != len(decision):
            msg = f"{name}: {len(pairs):,} events, but {len(decision):,} decisions"
            raise LabelledEventsError(msg)
        numbers.append(np.full(len(pairs), names.setdefault(name, len(names)), np.int64))
    known = [ctau for *_, ctau in parts if ctau is not None]
    return LabelledEvents(
        concatenated([pairs for _, pairs, _, _ in parts]),
        np.concatenate([decision for _, _, decision, _ in parts]),
        np.concatenate(numbers),
        tuple(names),
        np.concatenate(known) if len(known) == len(parts) else None,
    )


def check_classes(events: LabelledEvents, classes: Sequence[str]) -> None:
    """Do nothing if there are events of every class, in several mass points.

    Args:
        events: All that are trained on.
        classes: The names of the classes.

    Raises:
        LabelledEventsError: A class has no events, or weights that do not add up to more than
            nothing.
    """
    for number, name in enumerate(classes):
        chosen = events.decision == number
        total = float(events.pairs.weight[chosen].sum())
        if not chosen.any() or not total > 0:
            msg = (
                f"class {name!r} has {int(chosen.sum())} events with a sum of weights of "
                f"{total:g}: nothing can be learnt of it"
            )
            raise LabelledEventsError(msg)
    if np.any(events.pairs.weight < 0):
        first = int(np.argmin(events.pairs.weight))
        msg = (
            f"event {first} has a weight of {events.pairs.weight[first]:g}: trees are grown with "
            "weights that are not negative"
        )
        raise LabelledEventsError(msg)
