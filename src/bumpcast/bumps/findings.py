"""What a search found, and the file that it lies in beside the histograms.

A search of a results folder is one HDF5 file, `bumps/NAME.h5`: a table with a line a histogram and
columns with a number a bin. The bins' edges and counts are not in it, they are those of
histograms.h5; a digest tells whether they still are.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from bumpcast.bumps.spectra import Floats, Spectra
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError, did_you_mean

FOLDER: Final = "bumps"
"""Where searches lie in a results folder."""

FORMAT: Final = 1
_SETTINGS: Final = "settings"
_TABLE: Final = "table"
_BINS: Final = "bins"
_TEXT: Final = h5py.string_dtype()

NUMBERS: Final = (
    "z",
    "mass_GeV",
    "bin",
    "width_bins",
    "width_GeV",
    "p_local",
    "p_histogram",
    "spurious_z",
    "group",
)
"""Columns of numbers of the table, NaN where there is none."""

TEXTS: Final = ("model", "reason")


class FindingsError(BumpcastError):
    """There is no such search, or it cannot be read, or is of other histograms."""


@dataclass(frozen=True, eq=False)
class Findings:
    """What a search found in many spectra.

    Attributes:
        spectra: What was searched.
        settings: How: method, background, widths, seed, versions, what was measured.
        table: A line a spectrum, in the order of ``spectra``. Columns: ``name``; ``z`` (the
            largest signed significance of a signal), ``mass_GeV`` (middle of the bin it is centred
            on), ``bin`` (number of that bin), ``width_bins`` and ``width_GeV`` (standard deviation
            of the signal), ``p_local`` (of z in that bin), ``p_histogram`` (that any bin of the
            spectrum has so large a z, without a signal), ``spurious_z`` (what the background's
            model alone makes), ``group`` (number of the group of excesses that share their events,
            from 1 for the one with the largest z), ``model`` (of the background), ``reason`` (why
            the spectrum was skipped; empty where it was searched).
        z: Signed significance at each bin, shape (bins,); NaN where nothing can be said.
        background: Expected without a signal, shape (bins,); NaN where there is none.
        uncertainty: Standard deviation of the background, shape (bins,).
    """

    spectra: Spectra
    settings: Mapping[str, Any]
    table: pd.DataFrame
    z: Floats
    background: Floats
    uncertainty: Floats

    @property
    def ranking(self) -> npt.NDArray[np.int64]:
        """Numbers of the spectra that were searched, the most significant first.

        Ordered by the probability after the look-elsewhere effect in the histogram, then by z.
        """
        searched = np.flatnonzero(np.isfinite(self.table["z"].to_numpy()))
        p = self.table["p_histogram"].to_numpy()[searched]
        z = self.table["z"].to_numpy()[searched]
        order = np.lexsort((-z, np.where(np.isfinite(p), p, 2.0)))
        ranked: npt.NDArray[np.int64] = searched[order]
        return ranked


def make_table(names: Sequence[str], columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table of findings; numbers that are not given are NaN, texts empty.

    Args:
        names: Of the spectra.
        columns: Some of the columns that `Findings` lists.
    """
    made: dict[str, Any] = {"name": np.asarray(names, dtype=object)}
    for column in NUMBERS:
        made[column] = np.asarray(columns.get(column, np.full(len(names), np.nan)), np.float64)
    for column in TEXTS:
        made[column] = np.asarray(columns.get(column, [""] * len(names)), dtype=object)
    return pd.DataFrame(made)


def write_findings(findings: Findings, path: Path) -> Path:
    """Write what a search found, whole or not at all.

    Args:
        findings: What to write.
        path: The file; its folder is made if it does not exist.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["format"] = FORMAT
        file.attrs["spectra"] = findings.spectra.digest
        file.create_dataset(_SETTINGS, data=json.dumps(dict(findings.settings)), dtype=_TEXT)
        table = file.create_group(_TABLE)
        table.create_dataset("name", data=findings.table["name"].tolist(), dtype=_TEXT)
        for column in TEXTS:
            table.create_dataset(column, data=findings.table[column].tolist(), dtype=_TEXT)
        for column in NUMBERS:
            table.create_dataset(column, data=findings.table[column].to_numpy())
        bins = file.create_group(_BINS)
        for name in ("z", "background", "uncertainty"):
            # Seven digits are more than any of them is known to, and halve the file.
            values = getattr(findings, name).astype(np.float32)
            bins.create_dataset(name, data=values, compression="gzip", compression_opts=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, buffer.getvalue())
    return path


def list_findings(folder: Path) -> list[str]:
    """Return the names of the searches in a results folder, the youngest first.

    Args:
        folder: The results folder.
    """
    found = (folder / FOLDER).glob("*.h5")
    youngest = sorted(found, key=lambda path: (-path.stat().st_mtime_ns, path.name))
    return [path.stem for path in youngest]


def read_findings(folder: Path, spectra: Spectra, name: str | None = None) -> Findings:
    """Read a search of a results folder.

    Args:
        folder: The results folder.
        spectra: The spectra of its histograms that were searched.
        name: Which search; absent: the youngest.

    Raises:
        FindingsError: There is none of this name, it is damaged, or it is of other histograms.
    """
    known = list_findings(folder)
    if not known:
        msg = f"{folder}: nothing was searched here yet: bumpcast bumps {folder}"
        raise FindingsError(msg)
    if name is not None and name not in known:
        msg = f"{folder}: there is no search {name!r}. {did_you_mean(name, known)}"
        raise FindingsError(msg)
    path = folder / FOLDER / f"{name or known[0]}.h5"
    try:
        with h5py.File(path, "r", locking=False) as file:
            return _read(file, path, spectra)
    except (OSError, KeyError, ValueError) as error:
        msg = f"{path} is damaged or no search ({error}): search again"
        raise FindingsError(msg) from error


def _read(file: h5py.File, path: Path, spectra: Spectra) -> Findings:
    written = int(file.attrs.get("format", 0))
    if written != FORMAT:
        msg = f"{path} has format {written}, this version reads format {FORMAT}: search again"
        raise FindingsError(msg)
    if file.attrs["spectra"] != spectra.digest:
        msg = (
            f"{path} is of other histograms than those beside it: the scan was repeated, or "
            f"another rule keeps histograms now; search again"
        )
        raise FindingsError(msg)
    stored = file[_TABLE]
    columns: dict[str, Any] = {column: stored[column][...] for column in NUMBERS}
    columns |= {column: stored[column].asstr()[...] for column in TEXTS}
    bins = {name: file[_BINS][name][...].astype(np.float64) for name in file[_BINS]}
    return Findings(
        spectra,
        json.loads(file[_SETTINGS].asstr()[()]),
        make_table(stored["name"].asstr()[...].tolist(), columns),
        bins["z"],
        bins["background"],
        bins["uncertainty"],
    )
