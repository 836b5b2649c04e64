"""Why events are outside a model's domain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bumpcast.surrogates.closure.comparing import groups_of
from bumpcast.surrogates.domain import Domain, mean_decay
from bumpcast.surrogates.features import FEATURES
from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.llps import Floats


@dataclass(frozen=True, eq=False)
class FarMean:
    """A sample whose mean decay is where no sample of the training had it.

    Attributes:
        sample: Its name.
        ctau_m: Its lifetime in m; NaN: not known.
        what: A sentence each.
    """

    sample: str
    ctau_m: float
    what: tuple[str, ...]


def reasons_outside(domain: Domain, events: LabelledEvents) -> pd.DataFrame:
    """Return which share of each sample's events is beyond each end of each range.

    Args:
        domain: Of the model.
        events: Labelled events.

    Returns:
        Columns sample, feature, low, high (the range), below, above (shares of the sum of weights);
        of what LLPs decay to, `above` is the share of events with another decay, and low and high
        are NaN. Rows where both are zero are left out.
    """
    pairs = events.pairs
    size = np.bincount(events.mass_point, pairs.weight, len(events.mass_points))

    def shares(which: Any) -> Floats:
        """Return the share of each mass point."""
        sums = np.bincount(events.mass_point, pairs.weight * which, len(size))
        return np.divide(sums, size, out=np.zeros_like(sums), where=size > 0)

    rows = []
    for name, (low, high) in domain.ranges.items():
        column = FEATURES[name].of(pairs) if name in FEATURES else pairs.more.get(name)
        if column is None:
            continue
        rows += [
            (sample, name, low, high, below, above)
            for sample, below, above in zip(
                events.mass_points, shares(column < low), shares(column > high), strict=True
            )
        ]
    if domain.children is not None:
        other = ~np.isin(pairs.child, domain.children).all(axis=1)
        rows += [
            (sample, "child_pdgId", np.nan, np.nan, 0.0, share)
            for sample, share in zip(events.mass_points, shares(other), strict=True)
        ]
    table = pd.DataFrame(rows, columns=["sample", "feature", "low", "high", "below", "above"])
    return table[(table["below"] != 0) | (table["above"] != 0)].reset_index(drop=True)


def far_means(domain: Domain, events: LabelledEvents) -> list[FarMean]:
    """Return which groups have mean decays where no sample of the training had them.

    Args:
        domain: Of the model.
        events: Labelled events, decayed.
    """
    if not events.pairs.decayed or (domain.mean_lxy_m is None and domain.mean_lz_m is None):
        return []
    found = []
    for point, ctau, chosen in groups_of(events):
        what = domain.far_means(*mean_decay(events.pairs.select(chosen)))
        if what:
            found.append(FarMean(events.mass_points[point], ctau, tuple(what)))
    return found
