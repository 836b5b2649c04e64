"""Efficiencies against lifetime as a table, which `bumpcast surrogate limit` reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bumpcast.surrogates.efficiency import Efficiency

CTAU = "ctau_m"


def efficiency_table(
    ctau_m: Sequence[float] | None, efficiencies: Sequence[Efficiency]
) -> pd.DataFrame:
    """Return a row for each lifetime.

    Args:
        ctau_m: Mean proper decay lengths in m; None: the decays are the sample's own, and the table
            has no such column.
        efficiencies: At each.

    Returns:
        Columns ctau_m; for each class X efficiency_X, efficiency_X_error (statistical) and
        efficiency_X_model_error, absolute; events; outside (share of the events outside the model's
        domain), outside_X (share of the efficiency that is from them); mean_Lxy_m, mean_Lz_m.
    """
    columns: dict[str, list[float]] = {}
    if ctau_m is not None:
        columns[CTAU] = [float(value) for value in ctau_m]
    for number, name in enumerate(efficiencies[0].classes):
        columns[f"efficiency_{name}"] = [float(one.value[number]) for one in efficiencies]
        columns[f"efficiency_{name}_error"] = [
            float(one.statistical[number]) for one in efficiencies
        ]
        # A model whose card says nothing of its uncertainty has no such column.
        if np.isfinite([one.model[number] for one in efficiencies]).all():
            columns[f"efficiency_{name}_model_error"] = [
                float(one.model[number]) for one in efficiencies
            ]
    table = pd.DataFrame(columns)
    table["events"] = [one.events for one in efficiencies]
    table["outside"] = [one.outside for one in efficiencies]
    for number, name in enumerate(efficiencies[0].classes):
        table[f"outside_{name}"] = [float(one.outside_of_selected[number]) for one in efficiencies]
    table["mean_Lxy_m"] = [one.mean_lxy_m for one in efficiencies]
    table["mean_Lz_m"] = [one.mean_lz_m for one in efficiencies]
    return table
