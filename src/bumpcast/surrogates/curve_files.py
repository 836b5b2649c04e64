"""Efficiencies against lifetime as tables, in the columns that limits are read from."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.diskio import write_atomically
from bumpcast.surrogates.sample_curve import SampleCurve

ALL: Final = "efficiencies"
"""Name of the files with all data sets, without their endings."""

Columns = dict[str, list[float]]


def efficiency_columns(curve: SampleCurve) -> Columns:
    """Return the columns that `bumpcast surrogate limit` reads, of (lifetimes,) each.

    They are ``ctau_m`` and, for each class X, ``efficiency_X`` with its absolute uncertainties:
    ``efficiency_X_error`` from the number of events, and ``efficiency_X_model_error`` of the model,
    which is left out where a model does not know it.

    Args:
        curve: Efficiencies of a data set.
    """
    columns: dict[str, Any] = {"ctau_m": curve.ctau_m}
    value, statistical, of_model = map(curve.stacked, ("value", "statistical", "model"))
    for place, name in enumerate(curve.classes):
        columns[f"efficiency_{name}"] = value[:, place]
        columns[f"efficiency_{name}_error"] = statistical[:, place]
        if np.isfinite(of_model[:, place]).all():
            columns[f"efficiency_{name}_model_error"] = of_model[:, place]
    return {name: column.tolist() for name, column in columns.items()}


def all_columns(curve: SampleCurve) -> Columns:
    """Return the columns of `efficiency_columns` and what else is known at each lifetime.

    That are expected numbers of events ``events_X``, the share ``outside`` of the sample that is
    outside the model's domain, such shares ``outside_of_X`` of each efficiency, and the mean decay
    positions in m.

    Args:
        curve: Efficiencies of a data set.
    """
    columns = efficiency_columns(curve)
    value, outside_of = curve.stacked("value"), curve.stacked("outside_of_selected")
    if curve.produced is not None:
        for place, name in enumerate(curve.classes):
            columns[f"events_{name}"] = (value[:, place] * curve.produced).tolist()
    columns["outside"] = curve.stacked("outside").tolist()
    for place, name in enumerate(curve.classes):
        columns[f"outside_of_{name}"] = outside_of[:, place].tolist()
    for name in ("mean_lxy_m", "mean_lz_m"):
        columns[name] = curve.stacked(name).tolist()
    return columns


def write_curves(curves: Sequence[SampleCurve], folder: Path) -> list[Path]:
    """Write the efficiencies of data sets.

    Args:
        curves: One of each data set.
        folder: The results folder.

    Returns:
        The files: DATASET.csv with the columns of `efficiency_columns` for each, and
        efficiencies.csv and efficiencies.json with those of `all_columns` for all together.

    Raises:
        DiskError: A file cannot be written.
    """
    written = []
    for curve in curves:
        written.append(folder / f"{curve.name}.csv")
        write_columns(written[-1], efficiency_columns(curve))
    together = {curve.name: all_columns(curve) for curve in curves}
    written.append(folder / f"{ALL}.csv")
    write_atomically(written[-1], _csv_of_all(together).encode())
    document = {
        curve.name: {
            **{
                name: [value if math.isfinite(value) else None for value in column]
                for name, column in together[curve.name].items()
            },
            "events": [one.events for one in curve.efficiencies],
            "warnings": [list(one.warnings) for one in curve.efficiencies],
            "notes": list(curve.notes),
        }
        for curve in curves
    }
    written.append(folder / f"{ALL}.json")
    write_atomically(written[-1], (json.dumps(document, indent=1) + "\n").encode())
    return written


def write_columns(path: Path, columns: Mapping[str, Sequence[float]]) -> None:
    """Write a table.

    Args:
        path: A .csv file; replaced if it exists.
        columns: Of the same length.

    Raises:
        DiskError: The file cannot be written.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(columns)
    rows.writerows(zip(*columns.values(), strict=True))
    write_atomically(path, text.getvalue().encode())


def _csv_of_all(together: Mapping[str, Columns]) -> str:
    """Return the tables of all data sets below each other, empty where one lacks a column."""
    names = list(dict.fromkeys(name for columns in together.values() for name in columns))
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["dataset", *names])
    for dataset, columns in together.items():
        for place in range(len(columns["ctau_m"])):
            values = (columns[name][place] if name in columns else math.nan for name in names)
            rows.writerow([dataset, *(value if math.isfinite(value) else "" for value in values)])
    return text.getvalue()
