"""What a search decided of each event."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.llps import Integers
from bumpcast.surrogates.reading.arrays import ArrayFile
from bumpcast.surrogates.reading.errors import LlpColumnError
from bumpcast.surrogates.reading.files import suffix_of
from bumpcast.surrogates.reading.tables import CsvTable, ParquetTable
from bumpcast.surrogates.reading.trees import RootTree


def read_decisions(
    path: Path, column: str, classes: Sequence[str], *, tree: str | None = None
) -> Integers:
    """Read the search's decision of each event.

    Args:
        path: A file that `read_pairs` reads, with one more column.
        column: Its name. It holds the name of a class for each event ("A", "not selected"), or its
            number, from 0.
        classes: The names, in order.
        tree: Of a ROOT file; see `ReadOptions`.

    Returns:
        Numbers of the classes; (events,).

    Raises:
        LlpColumnError: There is no such column, an event has no decision, or one that is none of
            the classes.
        LlpFileError: The file cannot be read.
    """
    file = _file(path, tree)
    if column not in file.names:
        msg = f"{path}: there is no column {column!r}. {did_you_mean(column, file.names)}"
        raise LlpColumnError(msg)
    return numbers_of_classes(file.texts(column), classes, f"{path}, column {column}")


def column_names(path: Path, *, tree: str | None = None) -> tuple[str, ...]:
    """Return the names of a file's columns.

    Args:
        path: A file that `read_pairs` reads.
        tree: Of a ROOT file; see `ReadOptions`.

    Raises:
        LlpFileError: The file cannot be read.
    """
    return tuple(_file(path, tree).names)


def numbers_of_classes(
    values: npt.NDArray[np.object_], classes: Sequence[str], where: str
) -> Integers:
    """Return the numbers of classes.

    Args:
        values: Names, or numbers from 0, perhaps as texts; None where there is nothing; (events,).
        classes: The names, in order.
        where: What they were read from, for messages.

    Raises:
        LlpColumnError: One is empty, or no class.
    """
    known: dict[Any, int | None] = {name: number for number, name in enumerate(classes)}
    result = np.empty(len(values), np.int64)
    for event, value in enumerate(values):
        if value not in known:
            known[value] = _number_of(value, len(classes))
        number = known[value]
        if number is None:
            raise LlpColumnError(_no_class(value, classes, f"{where}, event {event}"))
        result[event] = number
    return result


def _number_of(value: Any, classes: int) -> int | None:
    """Return a class's number if that is what a value is."""
    if value is None or isinstance(value, (bool, np.bool_)):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() and 0 <= number < classes else None


def _no_class(value: Any, classes: Sequence[str], where: str) -> str:
    if value is None:
        return f"{where}: there is no decision; what is not selected has a class, too"
    if isinstance(value, str):
        return f"{where}: {value!r} is no class. {did_you_mean(value, classes)}"
    listed = ", ".join(f"{number} {name!r}" for number, name in enumerate(classes))
    return f"{where}: {value!r} is no class; their numbers are {listed}"


def _file(path: Path, tree: str | None) -> CsvTable | ParquetTable | RootTree | ArrayFile:
    match suffix_of(path):
        case ".csv" | ".csv.gz":
            return CsvTable(path)
        case ".parquet":
            return ParquetTable(path)
        case ".root":
            return RootTree(path, tree)
        case _:
            return ArrayFile(path)
