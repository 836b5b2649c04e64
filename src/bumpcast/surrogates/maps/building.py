"""A map of one's own, from events with the search's own decision."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bumpcast.surrogates.llps import Floats, Integers, LlpPairs
from bumpcast.surrogates.maps.binning import PUBLISHED, LlpBinning
from bumpcast.surrogates.maps.efficiency_map import (
    EfficiencyMap,
    EfficiencyMapError,
    check_classes,
)

_ROUNDING = 1e-9
"""So large a part of the sum of |weights| may be missing to a probability from 0 to 1."""


class MapBuildingError(EfficiencyMapError):
    """No map can be made of these events."""


def build_map(
    pairs: LlpPairs,
    decision: Integers,
    classes: Sequence[str],
    binning: LlpBinning = PUBLISHED,
    *,
    name: str,
    description: str = "",
    relative_uncertainty: tuple[float, ...] | None = None,
    where: str = "the events",
) -> EfficiencyMap:
    """Build a map.

    A class's probability in a pair of bins is its share of the sum of weights there, whichever LLP
    is the first. With p the probability and w the weights, its variance is (sum of w^2 (1 - p)^2
    over the class's events + sum of w^2 p^2 over the others) / (sum of w)^2, which for equal
    weights is p (1 - p) / N; so it is zero where none or all of the events are of the class.

    Weights may have both signs, as at next-to-leading order, as long as each share is from 0 to 1.

    Args:
        pairs: The events, decayed.
        decision: Number of each event's class; (events,).
        classes: The classes, first 'not selected'.
        binning: Of each LLP.
        name: What the map is to be called.
        description: Of what search it is, and of what events.
        relative_uncertainty: Of the selected classes' efficiencies. None: not known.
        where: What the events were read from, for messages.

    Raises:
        MapBuildingError: There are no events, a decision is none of the classes, or the weights of
            a pair of bins are such that a share is not from 0 to 1.
        LlpBinningError: It is not known where the LLPs decay, or there is no bin of what they decay
            to.
    """
    check_classes(classes)
    _check_decision(decision, len(classes), len(pairs), where)
    bins = len(binning)
    numbers = binning.indices(pairs, where)
    cells = numbers.max(axis=1) * bins + numbers.min(axis=1)
    used, cell = np.unique(cells, return_inverse=True)

    def sums(weights: Floats) -> Floats:
        """Return sums by class and used cell."""
        places = decision * len(used) + cell
        flat = np.bincount(places, weights, minlength=len(classes) * len(used))
        return flat.astype(np.float64).reshape((len(classes), len(used)))

    weights, squares, sizes = (
        sums(values) for values in (pairs.weight, pairs.weight**2, np.abs(pairs.weight))
    )
    reached = sizes.sum(axis=0) > 0
    total = weights.sum(axis=0)
    slack = _ROUNDING * sizes.sum(axis=0)
    wrong = reached & ((total <= slack) | (weights < -slack).any(axis=0))
    if wrong.any():
        counts = np.bincount(cell, minlength=len(used))
        raise MapBuildingError(_of_weights(used, wrong, weights, counts, classes, binning, where))
    if not reached.any():
        msg = f"{where}: all weights are zero, which makes no map"
        raise MapBuildingError(msg)
    weights = np.maximum(weights, 0.0)
    total = weights.sum(axis=0)
    share = np.divide(weights, total, out=np.zeros_like(weights), where=reached)
    others = squares.sum(axis=0) - squares
    variance = np.maximum(squares * (1 - share) ** 2 + others * share**2, 0.0)
    errors = np.divide(np.sqrt(variance), total, out=np.zeros_like(weights), where=reached)

    def spread(values: Floats) -> Floats:
        """Return values by cell as a symmetric table."""
        table = np.zeros((*values.shape[:-1], bins, bins))
        table[..., used // bins, used % bins] = values
        table[..., used % bins, used // bins] = values
        return table

    return EfficiencyMap(
        name=name,
        classes=tuple(classes),
        binning=binning,
        table=spread(share[1:]),
        description=description,
        errors=spread(errors[1:]),
        filled=spread(reached.astype(np.float64)) > 0,
        relative_uncertainty=relative_uncertainty,
    )


def _check_decision(decision: Integers, classes: int, events: int, where: str) -> None:
    if decision.shape != (events,) or not events:
        msg = f"{where}: {events:,} events with {decision.size:,} decisions make no map"
        raise MapBuildingError(msg)
    wrong = (decision < 0) | (decision >= classes)
    if wrong.any():
        event = int(np.argmax(wrong))
        msg = (
            f"{where}: the decision is {decision[event]} in event {event}, and there are classes 0 "
            f"to {classes - 1}"
        )
        raise MapBuildingError(msg)


def _of_weights(
    used: Integers,
    wrong: Integers,
    weights: Floats,
    counts: Integers,
    classes: Sequence[str],
    binning: LlpBinning,
    where: str,
) -> str:
    """Return what to say of weights that give no probability."""
    # The one with most events is the one that more events are least likely to mend.
    worst = int(np.argmax(np.where(wrong, counts, 0)))
    a, b = divmod(int(used[worst]), len(binning))
    shown = ", ".join(
        f"{value:g} of {name!r}" for name, value in zip(classes, weights[:, worst], strict=True)
    )
    return (
        f"{where}: in {np.count_nonzero(wrong):,} of {len(used):,} pairs of bins the weights, some "
        f"of which are negative, give no probability from 0 to 1. Most events, {counts[worst]:,}, "
        f"are in bins {a} ({binning.label(a)}) and {b} ({binning.label(b)}), with sums of weights "
        f"{shown}. Take more events or wider bins; or weights without their signs, since a "
        "probability within a pair of bins hardly depends on how often its events occur"
    )
