"""Synthetic histograms and fitted curves in HDF5 files.

A file of histograms has the datasets of `Histograms` by name, `offsets` among them, and the
attributes `recipe` (JSON), `seed`, `part` and `first`. One of curves has `names` and `logs`.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from bumpcast.bumps.synthetic.histograms import Histograms
from bumpcast.bumps.synthetic.recipe import POINTS, Curves, Part, Recipe
from bumpcast.diskio import replacing
from bumpcast.errors import BumpcastError

_FORMAT: Final = "bumpcast synthetic histograms 1"
_CURVES_FORMAT: Final = "bumpcast curves 1"
_COLUMNS: Final = (
    "offsets",
    "counts",
    "background",
    "z",
    "kind",
    "centre",
    "significance",
    "width_bins",
)


class SyntheticFileError(BumpcastError):
    """A file of synthetic histograms or curves cannot be read."""


def write_histograms(
    path: Path, histograms: Histograms, recipe: Recipe, seed: int, part: Part, first: int = 0
) -> None:
    """Write histograms with what they were made of.

    Args:
        path: The file; replaced if it exists.
        histograms: What is written.
        recipe: What they are made of.
        seed: Of the sample.
        part: Of the sample.
        first: Number of the first one.
    """
    attributes: dict[str, Any] = {
        "recipe": json.dumps(recipe.as_json()),
        "seed": seed,
        "part": part,
        "first": first,
    }
    columns = {name: getattr(histograms, name) for name in _COLUMNS}
    _write(path, _FORMAT, columns, attributes)


def read_histograms(path: Path) -> tuple[Histograms, dict[str, Any]]:
    """Return the histograms of a file, and its recipe, seed, part and first.

    Raises:
        SyntheticFileError: The file is missing or not one of histograms.
    """
    columns, attributes = _read(path, _FORMAT, _COLUMNS)
    attributes["recipe"] = Recipe.from_json(json.loads(attributes["recipe"]))
    return Histograms(**columns), attributes


def write_curves(path: Path, curves: Curves) -> None:
    """Write fitted curves.

    Args:
        path: The file; replaced if it exists.
        curves: What is written.
    """
    names = np.array(curves.names, dtype=h5py.string_dtype())
    _write(path, _CURVES_FORMAT, {"names": names, "logs": curves.logs.astype(np.float32)}, {})


def read_curves(path: Path) -> Curves:
    """Return the fitted curves of a file.

    Raises:
        SyntheticFileError: The file is missing or not one of curves.
    """
    columns, _ = _read(path, _CURVES_FORMAT, ("names", "logs"))
    names = tuple(name.decode() for name in columns["names"])
    return Curves(names, columns["logs"].astype(np.float64).reshape(len(names), POINTS))


def _write(path: Path, form: str, columns: dict[str, Any], attributes: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["format"] = form
        file.attrs.update(attributes)
        for name, column in columns.items():
            # Without times, so that the same histograms are the same file.
            file.create_dataset(name, data=column, compression="gzip", track_times=False)
    with replacing(path) as target:
        target.write(buffer.getbuffer())


def _read(path: Path, form: str, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        with h5py.File(path, "r") as file:
            attributes = dict(file.attrs)
            if attributes.pop("format", None) != form:
                msg = f"{path}: is no file of the format {form!r}"
                raise SyntheticFileError(msg)
            return {name: file[name][()] for name in names}, attributes
    except (OSError, KeyError) as error:
        msg = f"{path}: cannot be read as {form!r}: {error}"
        raise SyntheticFileError(msg) from error
