"""Efficiencies by a model beside those by the search's own decisions, on the same events."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bumpcast.surrogates.llps import Booleans, Floats
from bumpcast.surrogates.training.labelled import LabelledEvents

COLUMNS = (
    "mass_point",
    "ctau_m",
    "class",
    "events",
    "search",
    "search_error",
    "model",
    "difference",
    "difference_error",
    "outside",
)


def compare(
    events: LabelledEvents,
    probabilities: Floats,
    classes: Sequence[str],
    outside: Booleans | None = None,
) -> pd.DataFrame:
    """Return a row for each mass point, lifetime and selected class.

    Args:
        events: Labelled events; a group is a mass point at one lifetime, where lifetimes are known.
        probabilities: By the model; (events, classes).
        classes: All of them, first 'not selected'.
        outside: Which events are outside the model's domain; absent: not known.

    Returns:
        Columns:

        * mass_point, ctau_m (NaN where it is not known), class, events (how many)
        * search: efficiency sum(w d) / sum(w), where d is 1 for events of the class and else 0;
          search_error: its standard deviation
        * model: sum(w p) / sum(w)
        * difference: (model - search) / search; NaN where the search selects nothing
        * difference_error: standard deviation of that, sqrt(sum(w^2 (d - p)^2)) / sum(w d): events
          are the same, so that only what was decided by chance is left
        * outside: share of the events outside the domain; NaN where it is not known
    """
    rows = []
    for point, ctau, chosen in _groups(events):
        weight = events.pairs.weight[chosen]
        total = weight.sum()
        out = np.nan if outside is None else float(weight @ outside[chosen] / total)
        for number, name in enumerate(classes):
            if number == 0:
                continue
            decided = (events.decision[chosen] == number).astype(np.float64)
            probable = probabilities[chosen, number]
            search, model = weight @ decided / total, weight @ probable / total
            error = np.sqrt(np.sum((weight * (decided - search)) ** 2)) / total
            chance = np.sqrt(np.sum((weight * (decided - probable)) ** 2)) / total
            there = search > 0
            rows.append(
                {
                    "mass_point": events.mass_points[point],
                    "ctau_m": ctau,
                    "class": name,
                    "events": len(weight),
                    "search": float(search),
                    "search_error": float(error),
                    "model": float(model),
                    "difference": float(model / search - 1) if there else np.nan,
                    "difference_error": float(chance / search) if there else np.nan,
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


def _groups(events: LabelledEvents) -> list[tuple[int, float, np.ndarray]]:
    """Return mass point, lifetime and indices of the events of each group."""
    groups = []
    for point in np.unique(events.mass_point):
        of_point = np.flatnonzero(events.mass_point == point)
        if events.ctau_m is None:
            groups.append((int(point), float("nan"), of_point))
            continue
        lifetimes = events.ctau_m[of_point]
        groups += [
            (int(point), float(ctau), of_point[lifetimes == ctau]) for ctau in np.unique(lifetimes)
        ]
    return groups
