"""Folds of whole mass points: what is left out is a mass that the training never saw."""

from __future__ import annotations

import numpy as np

from bumpcast.surrogates.labelled import LabelledEvents, LabelledEventsError
from bumpcast.surrogates.llps import Integers


def folds_of(events: LabelledEvents, folds: int) -> Integers:
    """Return in which fold each event is left out; (events,).

    Mass points are handed out one by one, the one with most selected events first, each to the fold
    that has the fewest so far.

    Args:
        events: All that are trained on.
        folds: How many.

    Raises:
        LabelledEventsError: There are fewer mass points than folds.
    """
    points = len(events.mass_points)
    if points < folds:
        msg = (
            f"{points} mass points ({', '.join(events.mass_points)}) cannot make {folds} folds, "
            "each of which leaves some out: give more samples, or set folds"
        )
        raise LabelledEventsError(msg)
    selected = np.bincount(events.mass_point[events.decision > 0], minlength=points)
    fold_of_point = np.zeros(points, np.int64)
    filled = np.zeros(folds)
    number = np.zeros(folds, np.int64)
    for point in np.argsort(-selected, kind="stable"):
        fold = int(np.lexsort((number, filled))[0])
        fold_of_point[point] = fold
        filled[fold] += selected[point]
        number[fold] += 1
    return fold_of_point[events.mass_point]
