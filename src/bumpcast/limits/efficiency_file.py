"""Efficiencies against lifetime, from a file.

A table has a row for each lifetime, rising, and the columns

* ``ctau_m``: mean proper decay length c tau in m,
* ``efficiency``: which part of all events is selected, from 0 to 1; or, where there are several
  regions, ``efficiency_A``, ``efficiency_B`` and so on, one for each,
* ``efficiency_error``, ``efficiency_A_error``, ...: statistical uncertainties, absolute,
* ``efficiency_model_error``, ``efficiency_A_model_error``, ...: uncertainties of the surrogate or
  map, absolute.

The uncertainties may be absent; other columns are not read, and a note says so. A file that ends in
.csv is such a table; lines that begin with # are left out. One that ends in .json is an object with
the same columns as lists, or a published benchmark (see `bumpcast.limits.published`).
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.errors import did_you_mean, nearest
from bumpcast.limits.efficiencies import (
    EfficiencyError,
    Floats,
    LifetimeEfficiencies,
    RegionEfficiency,
    column_name,
)

CTAU: Final = "ctau_m"
EFFICIENCY: Final = "efficiency"
ERROR: Final = "_error"
MODEL_ERROR: Final = "_model_error"

PUBLISHED_EFFICIENCY: Final = "eff"
PUBLISHED_ERROR: Final = "eff_err_high"


class EfficiencyFileError(EfficiencyError):
    """A file does not hold efficiencies against lifetime."""


def read_efficiencies(path: Path) -> LifetimeEfficiencies:
    """Read efficiencies against lifetime.

    Args:
        path: A CSV or JSON file; see above.

    Raises:
        EfficiencyFileError: It cannot be read, or a column is missing or makes no sense.
        EfficiencyError: A number cannot be.
    """
    columns = read_columns(path)
    if PUBLISHED_EFFICIENCY in columns and EFFICIENCY not in columns:
        columns = {
            CTAU: columns.get(CTAU, []),
            EFFICIENCY: columns[PUBLISHED_EFFICIENCY],
            **(
                {EFFICIENCY + ERROR: columns[PUBLISHED_ERROR]} if PUBLISHED_ERROR in columns else {}
            ),
        }
    if CTAU not in columns:
        msg = f"{path}: there is no column {CTAU!r}. {did_you_mean(CTAU, columns)}"
        raise EfficiencyFileError(msg)
    names = [
        name.removeprefix(EFFICIENCY).removeprefix("_")
        for name in columns
        if _is_efficiency(name) and not name.endswith(ERROR)
    ]
    if not names:
        close = did_you_mean(EFFICIENCY, columns)
        msg = f"{path}: there is no column {EFFICIENCY!r}, nor {EFFICIENCY}_A or the like. {close}"
        raise EfficiencyFileError(msg)
    for name in names:
        _check_spelling(path, name, names)
    known = {CTAU} | {
        column_name(name) + ending for name in names for ending in ("", ERROR, MODEL_ERROR)
    }
    strange = [name for name in columns if name not in known]
    for name in strange:
        if name.startswith("eff"):
            close = did_you_mean(name, known)
            msg = f"{path}: it is not known what the column {name!r} is. {close}"
            raise EfficiencyFileError(msg)
    length = len(columns[CTAU])
    numbers = {name: as_numbers(path, columns, name, length) for name in columns if name in known}
    regions = {
        name: RegionEfficiency(
            numbers[column_name(name)],
            numbers.get(column_name(name) + ERROR),
            numbers.get(column_name(name) + MODEL_ERROR),
        )
        for name in names
    }
    notes = (f"columns of {path.name} that are not used: {', '.join(strange)}",) if strange else ()
    return LifetimeEfficiencies(str(path), numbers[CTAU], regions, notes)


def _check_spelling(path: Path, name: str, names: Sequence[str]) -> None:
    """Do nothing if a column's name is a region's, and not that of an uncertainty misspelt."""
    for other in names:
        ending = name.removeprefix(f"{other}_") if other else name
        if name != other and ending != name and nearest(ending, ("error", "model_error")):
            break
        if name != other and not other:
            break
    else:
        return
    column, beside = column_name(name), column_name(other)
    msg = (
        f"{path}: it is not known what the column {column!r} is. Beside {beside!r}, there may be "
        f"{beside + ERROR!r} and {beside + MODEL_ERROR!r}"
    )
    raise EfficiencyFileError(msg)


def _is_efficiency(name: str) -> bool:
    return name == EFFICIENCY or name.startswith(f"{EFFICIENCY}_")


def read_columns(path: Path) -> Mapping[str, Sequence[Any]]:
    """Return the columns of a CSV or JSON file, as texts or numbers.

    Args:
        path: Its ending says which.

    Raises:
        EfficiencyFileError: It cannot be read, or is no table.
    """
    if path.suffix not in (".csv", ".json"):
        msg = f"{path}: efficiencies are read from .csv and .json"
        raise EfficiencyFileError(msg)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}"
        raise EfficiencyFileError(msg) from error
    columns = _of_csv(path, text) if path.suffix == ".csv" else _of_json(path, text)
    lengths = {name: len(values) for name, values in columns.items()}
    if not columns or not all(lengths.values()):
        msg = f"{path} has no lifetimes; its columns are {CTAU}, {EFFICIENCY} and so on"
        raise EfficiencyFileError(msg)
    return columns


def _of_csv(path: Path, text: str) -> Mapping[str, Sequence[Any]]:
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    parsed = [[word.strip() for word in row] for row in csv.reader(line for _, line in lines)]
    if not parsed:
        return {}
    header = parsed[0]
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        msg = f"{path}, line {lines[0][0]}: the column {min(twice)!r} is there twice"
        raise EfficiencyFileError(msg)
    for (number, _), row in zip(lines[1:], parsed[1:], strict=False):
        if len(row) != len(header):
            msg = f"{path}, line {number}: {len(row)} values for {len(header)} columns"
            raise EfficiencyFileError(msg)
    return {name: [row[place] for row in parsed[1:]] for place, name in enumerate(header)}


def _of_json(path: Path, text: str) -> Mapping[str, Sequence[Any]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        msg = f"{path} is not JSON: {error}"
        raise EfficiencyFileError(msg) from error
    if not isinstance(document, dict) or not all(isinstance(v, list) for v in document.values()):
        msg = f"{path}: a JSON file of efficiencies is an object of lists, {CTAU!r} among them"
        raise EfficiencyFileError(msg)
    return document


def _numbers(path: Path, name: str, values: Sequence[Any]) -> Floats:
    numbers = np.empty(len(values))
    for row, value in enumerate(values):
        try:
            numbers[row] = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            numbers[row] = math.nan
        if not math.isfinite(numbers[row]):
            msg = f"{path}: {name} is {value!r} in row {row + 1}, not a number"
            raise EfficiencyFileError(msg)
    return numbers


def as_numbers(path: Path, columns: Mapping[str, Sequence[Any]], name: str, length: int) -> Floats:
    """Return a column that has to be there and as long as another one.

    Raises:
        EfficiencyFileError: It is missing, shorter or longer, or holds what is no number.
    """
    if name not in columns:
        msg = f"{path}: there is no column {name!r}. {did_you_mean(name, columns)}"
        raise EfficiencyFileError(msg)
    numbers = _numbers(path, name, columns[name])
    if len(numbers) != length:
        msg = f"{path}: {name} has {len(numbers)} values where {length} are needed"
        raise EfficiencyFileError(msg)
    return numbers
