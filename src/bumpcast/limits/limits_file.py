"""Limits against lifetime, as a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

from bumpcast.diskio import write_atomically
from bumpcast.limits.curve import LimitCurve
from bumpcast.limits.errors import LimitError

TABLES: Final = (".csv",)


class LimitFileError(LimitError):
    """A file of limits cannot be written as asked."""


def write_limits(curve: LimitCurve, path: Path) -> None:
    """Write limits as a CSV table, with how they came about in lines that begin with #.

    Where there is no limit stands 'inf'.

    Args:
        curve: The limits.
        path: The file; it ends in .csv.

    Raises:
        LimitFileError: The ending is another one.
        DiskError: The disk is full, or writing failed otherwise.
    """
    if path.suffix not in TABLES:
        msg = f"{path}: a table of limits ends in {', '.join(TABLES)}"
        raise LimitFileError(msg)
    comments = [
        f"95% CL upper limits, {curve.method}, {curve.luminosity:g} fb^-1",
        curve.result,
        *([] if curve.per is None else [f"divided by a cross-section of {curve.per:g} pb"]),
        *curve.notes,
    ]
    head = "".join(f"# {line}\n" for line in comments)
    table: str = curve.table().to_csv(index=False, float_format="%.6g", lineterminator="\n")
    write_atomically(path, (head + table).encode())


def as_document(curve: LimitCurve) -> dict[str, Any]:
    """Return limits as a JSON document: a list for each column, null where there is no limit."""
    return {
        "result": curve.result,
        "method": curve.method,
        "luminosity_inverse_fb": curve.luminosity,
        "unit": curve.unit,
        "per_pb": curve.per,
        "notes": list(curve.notes),
        "limits": {
            name: [float(value) if math.isfinite(value) else None for value in column]
            for name, column in curve.table().items()
        },
    }
