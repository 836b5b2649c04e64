"""Efficiencies against lifetime of a run's data sets as files."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bumpcast.diskio import write_atomically
from bumpcast.surrogates.sample_curve import SampleCurve

if TYPE_CHECKING:
    import pandas as pd

ALL: Final = "efficiencies"
"""Name of the files with all data sets, without their endings."""


def write_curves(curves: Sequence[SampleCurve], folder: Path) -> list[Path]:
    """Write the efficiencies of data sets.

    Args:
        curves: One of each data set.
        folder: The results folder.

    Returns:
        The files: DATASET.csv with the columns of `efficiency_table` for each, from which
        `bumpcast surrogate limit` reads; and efficiencies.csv and efficiencies.json with all
        together, with expected numbers of events ``expected_X`` where they are known.

    Raises:
        DiskError: A file cannot be written.
    """
    # Takes a second, which workers need not wait for, that import this with the processor.
    import pandas as pd

    from bumpcast.surrogates.efficiency_table import efficiency_table

    written, tables, document = [], [], {}
    for curve in curves:
        table = efficiency_table(curve.ctau_m.tolist(), curve.efficiencies)
        written.append(folder / f"{curve.name}.csv")
        write_atomically(written[-1], table.to_csv(index=False).encode())
        if curve.produced is not None:
            for name in curve.classes:
                table[f"expected_{name}"] = table[f"efficiency_{name}"] * curve.produced
        document[curve.name] = {
            **_columns(table),
            "warnings": [list(one.warnings) for one in curve.efficiencies],
            "notes": list(curve.notes),
        }
        table.insert(0, "dataset", curve.name)
        tables.append(table)
    written.append(folder / f"{ALL}.csv")
    write_atomically(written[-1], pd.concat(tables).to_csv(index=False).encode())
    written.append(folder / f"{ALL}.json")
    write_atomically(written[-1], (json.dumps(document, indent=1) + "\n").encode())
    return written


def _columns(table: pd.DataFrame) -> dict[str, list[float | None]]:
    """Return the columns of a table as JSON can hold them, which has no word for NaN."""
    return {
        str(name): [value if math.isfinite(value) else None for value in column.tolist()]
        for name, column in table.items()
    }
