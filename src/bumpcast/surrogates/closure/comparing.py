"""Efficiencies by a model beside those by the search's own decisions, on the same events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from bumpcast.surrogates.closure.errors import ClosureError
from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.llps import Booleans, Floats, Integers

COLUMNS: Final = (
    "mass_point",
    "ctau_m",
    "class",
    "events",
    "search",
    "search_error",
    "model",
    "model_error",
    "difference",
    "difference_error",
    "outside",
)

MOST_LIFETIMES: Final = 1000
"""A mass point with more has one for each event, which is no lifetime to compare at."""


def compare(
    events: LabelledEvents,
    probabilities: Floats,
    classes: Sequence[str],
    outside: Booleans | None = None,
) -> pd.DataFrame:
    """Return a row for each mass point, lifetime and selected class.

    Args:
        events: Labelled events; a group is a mass point at one lifetime, where lifetimes are known.
        probabilities: By the model; (events, classes). NaN where it has no such class.
        classes: All of them, first 'not selected'.
        outside: Which events are outside the model's domain; absent: not known.

    Returns:
        Columns:

        * mass_point, ctau_m (NaN where it is not known), class, events (how many)
        * search: efficiency sum(w d) / sum(w), where d is 1 for events of the class and else 0;
          search_error: its standard deviation
        * model: sum(w p) / sum(w); model_error: its standard deviation from the number of events
        * difference: (model - search) / search; NaN where the search selects nothing
        * difference_error: standard deviation of that, sqrt(sum(w^2 (d - p)^2)) / sum(w d): events
          are the same, so that only what was decided by chance is left
        * outside: share of the events outside the domain; NaN where it is not known

    Raises:
        ClosureError: A group's weights do not add up to more than nothing, or lifetimes cannot be
            grouped by; see `groups_of`.
    """
    rows = []
    for point, ctau, chosen in groups_of(events):
        weight = events.pairs.weight[chosen]
        total = weight.sum()
        if not total > 0:
            at = "" if np.isnan(ctau) else f" at c tau = {ctau:g} m"
            msg = (
                f"{events.mass_points[point]}{at}: the weights of {len(weight):,} events add up "
                f"to {total:g}, and an efficiency needs a sum above zero"
            )
            raise ClosureError(msg)
        out = np.nan if outside is None else float(weight @ outside[chosen] / total)
        for number, name in enumerate(classes):
            if number == 0:
                continue
            decided = (events.decision[chosen] == number).astype(np.float64)
            probable = probabilities[chosen, number]
            search, model = weight @ decided / total, weight @ probable / total
            there = search > 0
            rows.append(
                {
                    "mass_point": events.mass_points[point],
                    "ctau_m": ctau,
                    "class": name,
                    "events": len(weight),
                    "search": float(search),
                    "search_error": _deviation(weight, decided - search) / total,
                    "model": float(model),
                    "model_error": _deviation(weight, probable - model) / total,
                    "difference": float(model / search - 1) if there else np.nan,
                    "difference_error": _deviation(weight, decided - probable) / total / search
                    if there
                    else np.nan,
                    "outside": out,
                }
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def typical_differences(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, float]:
    """Return how far a model is off, by selected class: relative, chance included.

    It is the root mean square of the relative differences, each counted as many times as the search
    selected events there.

    Args:
        table: From `compare`.
        classes: All of them, first 'not selected'.
    """
    typical = {}
    for name in classes[1:]:
        rows = table[(table["class"] == name) & table["difference"].notna()]
        counts = (rows["search"] * rows["events"]).to_numpy()
        squares = (rows["difference"] ** 2).to_numpy()
        typical[name] = float(np.sqrt(np.average(squares, weights=counts))) if len(rows) else np.nan
    return typical


def groups_of(events: LabelledEvents) -> list[tuple[int, float, Integers]]:
    """Return mass point, lifetime in m (NaN: not known) and indices of the events of each group.

    Args:
        events: Labelled events.

    Raises:
        ClosureError: A mass point has a lifetime for each event, or one that is not above zero.
    """
    groups = []
    for point in np.unique(events.mass_point):
        of_point = np.flatnonzero(events.mass_point == point)
        if events.ctau_m is None:
            groups.append((int(point), float("nan"), of_point))
            continue
        lifetimes, number = np.unique(events.ctau_m[of_point], return_inverse=True)
        if not lifetimes[0] > 0:
            msg = f"{events.mass_points[point]}: a lifetime of {lifetimes[0]:g} m is not above zero"
            raise ClosureError(msg)
        if len(lifetimes) > MOST_LIFETIMES:
            msg = (
                f"{events.mass_points[point]}: {len(of_point):,} events have {len(lifetimes):,} "
                "different lifetimes, and efficiencies are compared at each; at most "
                f"{MOST_LIFETIMES:,} make sense. Compare events that were made at a few lifetimes, "
                "or do without lifetimes"
            )
            raise ClosureError(msg)
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number))[:-1]
        groups += [
            (int(point), float(ctau), of_point[part])
            for ctau, part in zip(lifetimes, np.split(order, ends), strict=True)
        ]
    return groups


def _deviation(weight: Floats, apart: Floats) -> float:
    return float(np.sqrt(np.sum((weight * apart) ** 2)))
