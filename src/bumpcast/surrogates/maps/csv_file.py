"""Efficiency maps as tables, in the layout of the published ones.

A line is a pair of bins: their numbers, the probability of each selected class (``prob_regionA``,
and more of the kind), and the bins in words. One triangle of the map is there, and pairs of
probability zero are left out. Bins and errors are not: `correctionlib_file` holds all of a map.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.diskio import write_atomically
from bumpcast.errors import did_you_mean
from bumpcast.surrogates.maps.binning import PUBLISHED, LlpBinning
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap, EfficiencyMapError
from bumpcast.surrogates.model.card import NOT_SELECTED

BINS: Final = ("llp1_bin", "llp2_bin")
LABELS: Final = ("llp1_label", "llp2_label")
PROBABILITY: Final = "prob_region"
"""What stands before a class's name in the column of its probability."""

_ROUNDING: Final = 1e-9


class MapTableError(EfficiencyMapError):
    """A table does not hold an efficiency map."""


def read_map_csv(
    path: Path,
    binning: LlpBinning = PUBLISHED,
    *,
    name: str | None = None,
    description: str = "",
    relative_uncertainty: tuple[float, ...] | None = None,
    mean_lxy_m: tuple[float, float] | None = None,
    mean_lz_m: tuple[float, float] | None = None,
) -> EfficiencyMap:
    """Read a map.

    Args:
        path: The table.
        binning: Its bins, which the table only names.
        name: What the map is called; None: as the file.
        description: See `EfficiencyMap`, as the rest is.
        relative_uncertainty: See there.
        mean_lxy_m: See there.
        mean_lz_m: See there.

    Raises:
        MapTableError: It cannot be read, a column is missing, or a line makes no sense; the message
            names file and line.
    """
    rows = _rows(path)
    line, header = next(rows)
    classes = _classes(path, line, header)
    bins = len(binning)
    labels = [binning.label(number) for number in range(bins)]
    table = np.zeros((len(classes), bins, bins))
    line_of: dict[tuple[int, int], int] = {}
    for line, words in rows:
        if len(words) != len(header):
            msg = f"{path}, line {line}: {len(words)} values for {len(header)} columns"
            raise MapTableError(msg)
        row = dict(zip(header, words, strict=True))
        a, b = (_bin(path, line, column, row[column], bins) for column in BINS)
        for column, label, number in zip(BINS, LABELS, (a, b), strict=True):
            if row[label] != labels[number]:
                msg = (
                    f"{path}, line {line}: {column} is {number}, which is {labels[number]!r}, but "
                    f"{label} says {row[label]!r}; the table was made with other bins than those "
                    "it is read with"
                )
                raise MapTableError(msg)
        pair = (max(a, b), min(a, b))
        if pair in line_of:
            msg = (
                f"{path}, line {line}: bins {a} and {b} stand in line {line_of[pair]} already; it "
                "does not matter which is the first"
            )
            raise MapTableError(msg)
        line_of[pair] = line
        values = [_probability(path, line, PROBABILITY + one, row) for one in classes]
        if math.fsum(values) > 1 + _ROUNDING:
            msg = (
                f"{path}, line {line}: the probabilities of {', '.join(classes)} add up to "
                f"{math.fsum(values):g}, and are at most 1 together"
            )
            raise MapTableError(msg)
        table[:, a, b] = table[:, b, a] = values
    if not line_of:
        msg = f"{path} names columns, but has no pairs of bins"
        raise MapTableError(msg)
    return EfficiencyMap(
        name=name or path.stem,
        classes=(NOT_SELECTED, *classes),
        binning=binning,
        table=table,
        description=description,
        relative_uncertainty=relative_uncertainty,
        mean_lxy_m=mean_lxy_m,
        mean_lz_m=mean_lz_m,
    )


def write_map_csv(path: Path, efficiency_map: EfficiencyMap) -> None:
    """Write a map as a table, without its errors and bins.

    Args:
        path: The file; replaced if it exists.
        efficiency_map: The map. Pairs of bins that training reached, but in which nothing was
            selected, are written with their zeros.

    Raises:
        DiskError: It cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    selected = efficiency_map.classes[1:]
    writer.writerow([*BINS, *(PROBABILITY + name for name in selected), *LABELS])
    label = efficiency_map.binning.label
    for a, b in zip(*(bins.tolist() for bins in efficiency_map.stored()), strict=True):
        values = efficiency_map.table[:, a, b].tolist()
        writer.writerow([a, b, *map(repr, values), label(a), label(b)])
    write_atomically(path, text.getvalue().encode())


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines' numbers and values, first those of the header."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}"
        raise MapTableError(msg) from error
    parsed = csv.reader(io.StringIO(text, newline=""), strict=True)
    empty = True
    try:
        for words in parsed:
            if words:
                empty = False
                yield parsed.line_num, [word.strip() for word in words]
    except csv.Error as error:
        msg = f"{path}, line {parsed.line_num}: {error}"
        raise MapTableError(msg) from error
    if empty:
        first = ",".join([*BINS, PROBABILITY + "A", *LABELS])
        msg = f"{path} is empty; its first line names the columns: {first}"
        raise MapTableError(msg)


def _classes(path: Path, line: int, header: Sequence[str]) -> list[str]:
    """Return the selected classes that a header names."""
    if len(set(header)) < len(header):
        msg = f"{path}, line {line}: a column stands twice: {', '.join(header)}"
        raise MapTableError(msg)
    for column in (*BINS, *LABELS):
        if column not in header:
            close = did_you_mean(column, header)
            msg = f"{path}, line {line}: there is no column {column!r}. {close}"
            raise MapTableError(msg)
    others = [column for column in header if column not in (*BINS, *LABELS)]
    classes = [column.removeprefix(PROBABILITY) for column in others]
    for column, name in zip(others, classes, strict=True):
        if column == name or not name:
            msg = (
                f"{path}, line {line}: the column {column!r} is not of a map: others than "
                f"{', '.join((*BINS, *LABELS))} are {PROBABILITY} and the name of a class"
            )
            raise MapTableError(msg)
    if not classes or NOT_SELECTED in classes:
        msg = (
            f"{path}, line {line}: there has to be a column {PROBABILITY} with the name of a "
            f"selected class, such as {PROBABILITY}A, and none of {NOT_SELECTED!r}"
        )
        raise MapTableError(msg)
    return classes


def _bin(path: Path, line: int, column: str, word: str, bins: int) -> int:
    if not (word.isascii() and word.isdigit()) or int(word) >= bins:
        msg = f"{path}, line {line}: {column} is {word!r}: bins are numbered from 0 to {bins - 1}"
        raise MapTableError(msg)
    return int(word)


def _probability(path: Path, line: int, column: str, row: dict[str, str]) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        msg = f"{path}, line {line}: {column} is {row[column]!r}: a probability is from 0 to 1"
        raise MapTableError(msg)
    return value
