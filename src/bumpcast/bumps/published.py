"""One spectrum from a CSV file, such as a published one."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.spectra import Floats, Spectra
from bumpcast.errors import BumpcastError, did_you_mean

LOW: Final = "bin_low_GeV"
HIGH: Final = "bin_high_GeV"
COUNT: Final = "count"
BACKGROUND: Final = "background"
BACKGROUND_ERROR: Final = "background_error"

_MOST_BINS_OF_GAP: Final = 1000
_TOUCH: Final = 1e-6
"""Edges that differ by less than this share of a bin are one edge."""


class SpectrumFileError(BumpcastError):
    """A file does not hold a spectrum."""


@dataclass(frozen=True, eq=False)
class PublishedSpectrum:
    """A spectrum of a file.

    Attributes:
        spectra: The spectrum alone; a gap between bins is filled with bins whose count is NaN.
        background: The column ``background``, if there is one.
        notes: What had to be said of the file, a line each.
    """

    spectra: Spectra
    background: BackgroundEstimate | None
    notes: tuple[str, ...]


def read_spectrum(path: Path) -> PublishedSpectrum:
    """Read a spectrum.

    Args:
        path: A CSV file with the columns ``bin_low_GeV``, ``bin_high_GeV`` and ``count``; a column
            ``background`` (events expected without a signal), with its standard deviation in
            ``background_error``, may be there, too. Lines that begin with # are left out.

    Raises:
        SpectrumFileError: It cannot be read, a column is missing, or a line makes no sense; the
            message says which.
    """
    rows = _rows(path)
    low: list[float] = []
    high: list[float] = []
    counts: list[float] = []
    expected: list[float] = []
    errors: list[float] = []
    notes: list[str] = []
    for line, row in rows:
        begin, end = _number(path, line, row, LOW), _number(path, line, row, HIGH)
        if not end > begin:
            msg = f"{path}, line {line}: the bin ends at {end:g} GeV, where it begins or before"
            raise SpectrumFileError(msg)
        if high and begin < high[-1] - _TOUCH * (end - begin):
            msg = (
                f"{path}, line {line}: the bin begins at {begin:g} GeV, before the one above ends "
                f"({high[-1]:g} GeV); bins must rise and not overlap"
            )
            raise SpectrumFileError(msg)
        if high and begin > high[-1] + _TOUCH * (end - begin):
            gap = _bins_of_gap(begin - high[-1], end - begin)
            notes.append(
                f"a gap from {high[-1]:g} to {begin:g} GeV: nothing is said of {gap} bins in it"
            )
            edges = np.linspace(high[-1], begin, gap + 1).tolist()
            low += edges[:-1]
            high += edges[1:]
            for column in (counts, expected, errors):
                column += [math.nan] * gap
        count = _number(path, line, row, COUNT)
        if count < 0:
            notes.append(f"line {line}: a count of {count:g} at {begin:g} GeV is left out")
            count = math.nan
        low.append(begin)
        high.append(end)
        counts.append(count)
        expected.append(_number(path, line, row, BACKGROUND) if BACKGROUND in row else math.nan)
        has_error = BACKGROUND_ERROR in row
        errors.append(_number(path, line, row, BACKGROUND_ERROR) if has_error else 0.0)
    values = np.array(counts)
    if np.any(values % 1 > 0):
        notes.append(
            "counts are not whole numbers: they are taken for numbers of events all the same"
        )
    spectra = Spectra(
        [path.stem], np.array([0, len(values)]), np.array(low), np.array(high), values, values
    )
    given = BACKGROUND in rows[0][1]
    return PublishedSpectrum(
        spectra, _given(np.array(expected), np.array(errors)) if given else None, tuple(notes)
    )


def _given(expected: Floats, errors: Floats) -> BackgroundEstimate:
    return BackgroundEstimate.without_modes(expected, errors, ["given"], [""])


def _bins_of_gap(width: float, bin_width: float) -> int:
    return min(max(round(width / bin_width), 1), _MOST_BINS_OF_GAP)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Return the lines with their numbers, as texts by column."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}"
        raise SpectrumFileError(msg) from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        msg = f"{path} is empty; its first line names the columns: {LOW},{HIGH},{COUNT}"
        raise SpectrumFileError(msg)
    parsed = csv.reader(line for _, line in lines)
    header = [word.strip() for word in next(parsed)]
    for column in (LOW, HIGH, COUNT):
        if column not in header:
            close = did_you_mean(column, header)
            msg = f"{path}, line {lines[0][0]}: there is no column {column!r}. {close}"
            raise SpectrumFileError(msg)
    rows = []
    for (number, _), words in zip(lines[1:], parsed, strict=True):
        if len(words) != len(header):
            msg = f"{path}, line {number}: {len(words)} values for {len(header)} columns"
            raise SpectrumFileError(msg)
        rows.append((number, dict(zip(header, _stripped(words), strict=True))))
    if not rows:
        msg = f"{path} names columns, but has no bins"
        raise SpectrumFileError(msg)
    return rows


def _stripped(words: Iterable[str]) -> list[str]:
    return [word.strip() for word in words]


def _number(path: Path, line: int, row: dict[str, str], column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        msg = f"{path}, line {line}: {column} is {row[column]!r}, not a number"
        raise SpectrumFileError(msg)
    return value
