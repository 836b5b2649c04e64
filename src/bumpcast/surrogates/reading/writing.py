"""Events as a table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from bumpcast.diskio import replacing, write_atomically
from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpFileError
from bumpcast.surrogates.reading.names import OF_LLP, TABLE


def write_table(
    path: Path, pairs: LlpPairs, more: Mapping[str, npt.NDArray[Any]] | None = None
) -> None:
    """Write events as a table that `read_pairs` reads back with the same bits.

    Args:
        path: The file, .parquet or .csv; replaced if it exists.
        pairs: The events. Its columns are `names.TABLE` without what is not known; those of a
            second LLP that is a copy are empty; ``pairs.more`` come behind them.
        more: Other columns, numbers or texts, such as the search's decision; (events,) each.

    Raises:
        LlpFileError: The name ends in neither.
        LlpColumnError: Another column has a name that is taken, or another number of events.
        DiskError: The file cannot be written.
    """
    columns = _columns(pairs)
    for name, values in {**pairs.more, **(more or {})}.items():
        if name in TABLE or (name in pairs.more and name in (more or {})):
            msg = f"{path}: another column cannot be called {name!r}, which is taken"
            raise LlpColumnError(msg)
        if np.shape(values) != (len(pairs),):
            msg = (
                f"{path}, column {name}: shape {np.shape(values)}, where there are {len(pairs)} "
                "events"
            )
            raise LlpColumnError(msg)
        columns[name] = pa.array(values)
    table = pa.table(columns)
    match path.suffix.lower():
        case ".parquet":
            with replacing(path) as file:
                pq.write_table(table, file)
        case ".csv":
            text = io.BytesIO()
            pyarrow.csv.write_csv(
                table, text, pyarrow.csv.WriteOptions(quoting_style="needed", quoting_header="none")
            )
            write_atomically(path, text.getvalue())
        case _:
            msg = f"{path}: tables are written as .parquet or .csv"
            raise LlpFileError(msg)


def _columns(pairs: LlpPairs) -> dict[str, Any]:
    both = {
        "Lxy": pairs.lxy,
        "Lz": pairs.lz,
        "eta": pairs.eta,
        "pT": pairs.pt,
        "ET": pairs.transverse_energy,
        "child_pdgId": pairs.child,
        "mass": pairs.mass,
    }
    columns: dict[str, Any] = {}
    for llp in (1, 2):
        for word in OF_LLP:
            column = both[word]
            if column is not None:
                empty = pairs.copied if llp == 2 else None
                columns[f"llp{llp}_{word}"] = pa.array(column[:, llp - 1], mask=empty)
    for name, values in (("V_pt", pairs.boson_pt), ("V_eta", pairs.boson_eta)):
        if values is not None:
            columns[name] = pa.array(values)
    columns["weight"] = pa.array(pairs.weight)
    return columns
