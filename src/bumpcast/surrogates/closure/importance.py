"""Which features a model needs: how much worse it gets when one of them is shuffled.

Permutation importance (L. Breiman, Mach. Learn. 45 (2001) 5; A. Fisher et al., arXiv:1801.01489):
one feature is exchanged among the events, all else stays, and the cross-entropy grows by as much as
the model had of it. It needs nothing of the model but its probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bumpcast.surrogates.features import FEATURES, Matrix
from bumpcast.surrogates.llps import Floats, Integers
from bumpcast.surrogates.training.boosting import cross_entropy

MOST_EVENTS: Final = 50_000
REPEATS: Final = 3


@dataclass(frozen=True)
class Importance:
    """What one quantity is worth.

    Attributes:
        quantity: Such as 'Lxy', of both LLPs; or an event's own feature.
        features: Which are shuffled together.
        increase: Of the cross-entropy, mean of the repeats.
        deviation: Standard deviation of that mean.
    """

    quantity: str
    features: tuple[str, ...]
    increase: float
    deviation: float


def importances(
    probabilities_of: Callable[[Matrix], Floats],
    features: Matrix,
    names: Sequence[str],
    decision: Integers,
    weight: Floats,
    *,
    seed: int,
    repeats: int = REPEATS,
    events: int = MOST_EVENTS,
) -> list[Importance]:
    """Return what each quantity is worth, most first.

    A quantity of both LLPs is shuffled as one, both values of an event staying together: which of
    two LLPs is the first usually means nothing, so that each half would look half as important.

    Args:
        probabilities_of: The model: features to probabilities (events, classes).
        features: Of the compared events; (events, features).
        names: Of the features.
        decision: The class of each event; (events,).
        weight: (events,)
        seed: Of what is shuffled, and of which events are taken.
        repeats: How many times each is shuffled.
        events: At most so many of the events are taken, drawn at random.
    """
    generator = np.random.default_rng(seed)
    if len(features) > events:
        chosen = np.sort(generator.choice(len(features), events, replace=False))
        features, decision, weight = features[chosen], decision[chosen], weight[chosen]
    orders = [generator.permutation(len(features)) for _ in range(repeats)]
    plain = cross_entropy(probabilities_of(features), decision, weight)
    found = []
    for quantity, columns in _quantities(names).items():
        increases = []
        for order in orders:
            shuffled = features.copy()
            shuffled[:, columns] = features[order][:, columns]
            increases.append(cross_entropy(probabilities_of(shuffled), decision, weight) - plain)
        found.append(
            Importance(
                quantity,
                tuple(names[column] for column in columns),
                float(np.mean(increases)),
                float(np.std(increases, ddof=1) / np.sqrt(repeats)) if repeats > 1 else np.nan,
            )
        )
    return sorted(found, key=lambda one: -one.increase)


def _quantities(names: Sequence[str]) -> dict[str, list[int]]:
    """Return the columns of each quantity."""
    columns: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        feature = FEATURES.get(name)
        quantity = None if feature is None else feature.quantity
        columns.setdefault(name if quantity is None else quantity.name, []).append(number)
    return columns
