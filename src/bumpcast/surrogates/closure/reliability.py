"""Whether probabilities are frequencies: reliability curves and scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.llps import Floats

BINS: Final = 12
"""In a reliability curve, before the lowest is divided."""

LEAST_EXPECTED: Final = 25.0
"""Events of the class that a model expects in the lowest bins, after they are divided."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """Of one class: how often events are selected that a model gives some probability.

    Attributes:
        events: How many are in each bin; (bins,).
        predicted: Their mean probability; (bins,).
        observed: Which share of them the search puts into the class; (bins,).
        low: Lower end of its 68 % interval; (bins,).
        high: Upper end; (bins,).
        chi2: Sum over the bins of ((observed - predicted) / deviation)^2, where the deviation is
            what chance makes if the probabilities are true, sqrt(sum(w^2 p (1 - p))) / sum(w).
        degrees: Of how many bins.
        certain_events: To how many events the model gives the probability zero; these are in no
            bin.
        certain_selected: How many of these the search puts into the class.
        brier: Mean of (p - d)^2, where d is 1 for events of the class and else 0 (G. W. Brier,
            Mon. Weather Rev. 78 (1950) 1).
        brier_constant: The same of one probability for all events, the true frequency.
    """

    events: Floats
    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    chi2: float
    degrees: int
    certain_events: int
    certain_selected: int
    brier: float
    brier_constant: float


def reliability(decided: Floats, probable: Floats, weight: Floats, bins: int = BINS) -> Reliability:
    """Return the reliability of the probabilities of one class.

    Bins are such that the model expects as many events of the class in each, so that each says as
    much: of rare classes, bins with equal numbers of events would nearly all be of events that are
    never selected. The lowest is halved, and halved again, as long as the model expects
    `LEAST_EXPECTED` events there. Events of the same probability stay together.

    Args:
        decided: 1 for events of the class, else 0; (events,).
        probable: The model's probabilities; (events,).
        weight: (events,); where some are negative, their sizes decide the bins.
        bins: How many before the lowest is divided.
    """
    total = weight.sum()
    frequency = weight @ decided / total
    some = probable > 0
    order = np.flatnonzero(some)[np.argsort(probable[some], kind="stable")]
    sizes = np.abs(weight[order])
    sums = np.cumsum(sizes * probable[order])
    squares = float(sizes**2 @ probable[order])
    expected = float(sums[-1] ** 2 / squares) if squares > 0 else 0.0
    kept: list[tuple[float, float, float, float, float]] = []
    chi2, degrees = 0.0, 0
    for part in np.split(order, _ends(probable[order], sums, bins, expected)):
        here = weight[part].sum()
        if not len(part) or not here > 0:
            continue
        w, p, d = weight[part], probable[part], decided[part]
        predicted, observed = float(w @ p / here), float(w @ d / here)
        low, high = wilson(observed, float(here**2 / (w @ w)))
        kept.append((len(part), predicted, observed, low, high))
        variance = float(np.sum(w * w * p * (1 - p)) / here**2)
        if variance > 0:
            chi2 += (observed - predicted) ** 2 / variance
            degrees += 1
    columns = np.array(kept, np.float64).reshape((-1, 5)).T
    return Reliability(
        events=columns[0],
        predicted=columns[1],
        observed=columns[2],
        low=columns[3],
        high=columns[4],
        chi2=chi2,
        degrees=degrees,
        certain_events=int(np.count_nonzero(~some)),
        certain_selected=int(np.count_nonzero(decided[~some])),
        brier=float(weight @ (probable - decided) ** 2 / total),
        brier_constant=float(weight @ (frequency - decided) ** 2 / total),
    )


def reliabilities(
    events: LabelledEvents, probabilities: Floats, classes: Sequence[str], bins: int = BINS
) -> dict[str, Reliability]:
    """Return the reliability of each selected class that the model knows.

    Args:
        events: Labelled events.
        probabilities: (events, classes); NaN where the model has no such class.
        classes: All of them, first 'not selected'.
        bins: How many before the lowest is divided.
    """
    return {
        name: reliability(
            (events.decision == number).astype(np.float64),
            probabilities[:, number],
            events.pairs.weight,
            bins,
        )
        for number, name in enumerate(classes)
        if number and not np.isnan(probabilities[:, number]).any()
    }


def wilson(share: float, events: float) -> tuple[float, float]:
    """Return the 68 % interval of a probability (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209).

    It is never empty, not for a share of none or all either.

    Args:
        share: How large a part was seen; with weights of both signs it may be a little outside 0 to
            1, and counts as the end of this range.
        events: Of how many; (sum of weights)^2 / sum of squared weights, if these differ.
    """
    p = min(max(share, 0.0), 1.0)
    middle = (p + 0.5 / events) / (1 + 1 / events)
    half = np.sqrt(p * (1 - p) / events + 0.25 / events**2) / (1 + 1 / events)
    return max(float(middle - half), 0.0), min(float(middle + half), 1.0)


def cross_entropy_of(events: LabelledEvents, probabilities: Floats) -> float:
    """Return the mean of -ln(probability of what was decided).

    Infinite where the search decided what the model takes to be impossible; NaN where the model has
    not all classes.

    Args:
        events: Labelled events.
        probabilities: (events, classes).
    """
    if np.isnan(probabilities).any():
        return np.nan
    hit = probabilities[np.arange(len(events)), events.decision]
    weight = events.pairs.weight
    if np.any((hit <= 0) & (weight != 0)):
        return np.inf
    logs = np.log(hit, out=np.zeros_like(hit), where=hit > 0)
    return float(-(weight @ logs) / weight.sum())


def _ends(ordered: Floats, sums: Floats, bins: int, expected: float) -> list[int]:
    """Return where the second and further bins begin.

    Args:
        ordered: Probabilities that grow; (events,).
        sums: Of the events the model expects up to each; (events,).
        bins: How many before the lowest is divided.
        expected: Events of the class that the model expects in all of them.
    """
    if not len(ordered):
        return []
    shares = np.arange(1, bins) / bins
    half = 0.5 / bins
    while half * expected >= LEAST_EXPECTED:
        shares = np.append(half, shares)
        half /= 2
    places = np.minimum(np.searchsorted(sums, sums[-1] * shares), len(ordered) - 1)
    # Behind the last event of the same probability.
    ends = np.searchsorted(ordered, ordered[places], side="right")
    return [int(end) for end in np.unique(ends) if end < len(ordered)]
