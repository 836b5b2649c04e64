"""Events from any kind of file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.llps import Floats, LlpPairs
from bumpcast.surrogates.reading.arrays import ArrayFile, pairs_of_arrays
from bumpcast.surrogates.reading.columns import pairs_of_columns
from bumpcast.surrogates.reading.errors import LlpFileError
from bumpcast.surrogates.reading.options import ReadOptions
from bumpcast.surrogates.reading.tables import CsvTable, ParquetTable
from bumpcast.surrogates.reading.trees import RootTree
from bumpcast.surrogates.units import check_units

SUFFIXES: Final = (".npy", ".npz", ".csv", ".csv.gz", ".parquet", ".root")
"""What the names of files of events end in."""


def suffix_of(path: Path) -> str:
    """Return which of `SUFFIXES` a path has.

    Raises:
        LlpFileError: It has none of them, or there is no such file.
    """
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            break
    else:
        msg = f"{path}: files of events end in {', '.join(SUFFIXES)}"
        raise LlpFileError(msg)
    if not path.is_file():
        names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        msg = f"{path}: there is no such file. {did_you_mean(path.name, names)}"
        raise LlpFileError(msg)
    return suffix


def read_pairs(path: Path, options: ReadOptions | None = None) -> LlpPairs:
    """Read the long-lived particles (LLPs) of a file of events.

    Args:
        path: The kind of file is told by its name:

            * .npy, .npz: an array (events, 2, 7); see `arrays.pairs_of_arrays`
            * .csv, .csv.gz, .parquet: a table with the columns `names.TABLE`. Lxy and Lz may be
              left out; ``llp1_mass`` is taken rather than ``llp1_ET``, which loses the mass of
              what is fast; a table without the columns llp2_*, or an event that leaves them
              empty, has one LLP, which is taken for both; weights are 1 unless there are any
            * .root: a tree with a truth record in Delphes's layout (see `truth`), or one with
              the columns of a table
        options: How it is read; None: as they are without a word.

    Returns:
        The events, in GeV and m, checked.

    Raises:
        SurrogateError: The file cannot be read, lacks something, holds a value that cannot be, or
            is in other units; the message says what and where.
        InputError: A ROOT file is damaged.
    """
    options = options or ReadOptions()
    where = str(path)
    match suffix_of(path):
        case ".npy" | ".npz":
            pairs = pairs_of_arrays(ArrayFile(path), options, where)
        case ".csv" | ".csv.gz":
            pairs = pairs_of_columns(CsvTable(path), options, where)
        case ".parquet":
            pairs = pairs_of_columns(ParquetTable(path), options, where)
        case _:
            tree = RootTree(path, options.tree)
            if tree.has_truth:
                # Already in GeV and m, whatever the options say of the file's units.
                pairs, options = tree.pairs(options), of_truth(options)
            else:
                pairs = pairs_of_columns(tree, options, where)
    return in_our_units(pairs, options, where)


def of_truth(options: ReadOptions) -> ReadOptions:
    """Return options under which events of a truth record are not converted again.

    Args:
        options: With which it was read.
    """
    if options.momentum_unit is None:
        return replace(options, length_unit="m")
    return replace(options, momentum_unit="GeV", length_unit="m")


def in_our_units(pairs: LlpPairs, options: ReadOptions, where: str) -> LlpPairs:
    """Return events in GeV and m, checked.

    Args:
        pairs: The events in the units of their file.
        options: Which say these units, or nothing of them.
        where: The file, for messages.

    Raises:
        LlpValueError: A value cannot be.
        UnitsError: Nothing is said of a unit, and values look like MeV or mm.
    """
    momentum = {"GeV": 1.0, "MeV": 1e-3}[options.momentum_unit or "GeV"]
    length = {"m": 1.0, "mm": 1e-3}[options.length_unit or "m"]

    def scaled(column: Floats | None, factor: float) -> Floats | None:
        return None if column is None or factor == 1.0 else column * factor

    changed = {
        "pt": scaled(pairs.pt, momentum),
        "mass": scaled(pairs.mass, momentum),
        "boson_pt": scaled(pairs.boson_pt, momentum),
        "lxy": scaled(pairs.lxy, length),
        "lz": scaled(pairs.lz, length),
    }
    known = {name: column for name, column in changed.items() if column is not None}
    result: LlpPairs = replace(pairs, **known).checked(where)  # type: ignore[arg-type]
    # What the user states of a unit is not doubted.
    doubted = result
    if options.momentum_unit is not None:
        doubted = replace(doubted, pt=np.zeros_like(doubted.pt))
    if options.length_unit is not None:
        doubted = replace(doubted, lxy=None, lz=None)
    check_units(doubted, where)
    return result
