"""The file histograms.h5: every filled histogram of a run, each readable alone.

Layout, all arrays flat and compressed::

    attributes          format version, package version, configuration (JSON)
    edges/              offsets, edges: sets of bin edges in GeV that histograms share
    histograms/         states, observables, edges: per histogram its codes and its set of edges
    spectra/NAME/       one group for each data set and one called 'observed', the sum that the
                        search looks at: rows (places in histograms/), offsets, bins, counts and,
                        where weights differ, weights (sums of weights and of their squares)
    tables              cutflow and what the weights were scaled by (JSON)

A group's attribute ``unit`` is the weight of every event where all are equal, ``scale`` what the
weights are multiplied by on reading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import numpy.typing as npt

import bumpcast
from bumpcast.compiled import compiled
from bumpcast.config import Analysis
from bumpcast.errors import BumpcastError
from bumpcast.massscan.binning import Binning
from bumpcast.massscan.delta import ScanDelta
from bumpcast.massscan.edges import SharedEdges, shared_edges

FILE_NAME: Final = "histograms.h5"
FORMAT: Final = 1
OBSERVED: Final = "observed"
CHUNK: Final = 1 << 16


class ScanFileError(BumpcastError):
    """A file of histograms is missing, damaged, or of another version."""


@dataclass(frozen=True, slots=True)
class StoredSpectra:
    """One data set's histograms, and what its weights are multiplied by."""

    delta: ScanDelta
    scale: float = 1.0


def write_scan(
    path: Path,
    spectra: Mapping[str, StoredSpectra],
    analysis: Analysis,
    tables: Mapping[str, Any],
) -> None:
    """Write the histograms of a run.

    Args:
        path: The file; it appears whole or not at all.
        spectra: The histograms of each data set, and of what the search looks at as 'observed'.
        analysis: The configuration of the run.
        tables: Cutflow and other small tables, stored as JSON.
    """
    if analysis.binning is None:
        msg = f"{path}: the configuration has no table [binning], which histograms need"
        raise ScanFileError(msg)
    union = sum((_rows_only(stored.delta) for stored in spectra.values()), start=0)
    states = union.states if isinstance(union, ScanDelta) else np.empty(0, np.int64)
    observables = union.observables if isinstance(union, ScanDelta) else np.empty(0, np.int64)
    edges = shared_edges(observables, Binning(analysis.binning))
    temporary = path.with_name(f".{path.name}.part")
    try:
        with h5py.File(temporary, "w") as file:
            file.attrs["format"] = FORMAT
            file.attrs["version"] = bumpcast.__version__
            file.attrs["analysis"] = analysis.model_dump_json()
            file.attrs["tables"] = json.dumps(tables)
            _write(file, "edges", {"offsets": edges.offsets, "edges": edges.edges})
            _write(
                file,
                "histograms",
                {"states": states, "observables": observables, "edges": edges.number},
            )
            for name, stored in spectra.items():
                group = _write_delta(file, f"spectra/{name}", stored.delta, states, observables)
                group.attrs["scale"] = stored.scale
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _rows_only(delta: ScanDelta) -> ScanDelta:
    """Return which histograms a delta holds, without their contents."""
    return ScanDelta(
        "",
        delta.states,
        delta.observables,
        np.zeros(len(delta.states) + 1, np.int64),
        delta.bins[:0],
        delta.counts[:0],
        1.0,
        None,
    )


def _write(file: h5py.Group, name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> h5py.Group:
    group = file.create_group(name)
    for key, array in arrays.items():
        options: dict[str, Any] = {}
        if array.size:
            chunk = (min(CHUNK, len(array)), *array.shape[1:])
            options = {"chunks": chunk, "compression": "gzip", "compression_opts": 1}
            options["shuffle"] = True
        group.create_dataset(key, data=array, **options)
    return group


def _write_delta(
    file: h5py.Group,
    name: str,
    delta: ScanDelta,
    states: npt.NDArray[np.int64],
    observables: npt.NDArray[np.int64],
) -> h5py.Group:
    rows = _find_rows(states, observables, delta.states, delta.observables)
    counts = delta.counts
    if counts.size:
        counts = counts.astype(np.min_scalar_type(counts.max()))
    arrays: dict[str, npt.NDArray[Any]] = {
        "rows": rows,
        "offsets": delta.offsets,
        "bins": delta.bins,
        "counts": counts,
    }
    if delta.weights is not None:
        arrays["weights"] = delta.weights
    group = _write(file, name, arrays)
    group.attrs["binning"] = delta.binning
    group.attrs["unit"] = np.inf if delta.unit is None else delta.unit
    return group


@compiled
def _find_rows(states, observables, asked_states, asked_observables):  # type: ignore[no-untyped-def]
    rows = np.empty(len(asked_states), np.int64)
    row = 0
    for place in range(len(asked_states)):
        while states[row] != asked_states[place] or observables[row] != asked_observables[place]:
            row += 1
        rows[place] = row
    return rows


class ScanFile:
    """An open file of histograms.

    Args:
        path: The file histograms.h5.

    Raises:
        ScanFileError: It does not exist, is damaged, or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = h5py.File(path)
        except FileNotFoundError as error:
            msg = f"there is no {path}: is {path.parent} the results folder of a mass scan?"
            raise ScanFileError(msg) from error
        except OSError as error:
            msg = f"{path} cannot be read as HDF5: {error}. It may be damaged: run the scan again."
            raise ScanFileError(msg) from error
        written = int(self._file.attrs.get("format", 0))
        if written != FORMAT:
            msg = f"{path} has format {written}; this version of bumpcast reads format {FORMAT}"
            raise ScanFileError(msg)
        self.analysis = Analysis.model_validate_json(self._file.attrs["analysis"])
        self.tables: dict[str, Any] = json.loads(self._file.attrs["tables"])
        self.states: npt.NDArray[np.int64] = self._file["histograms/states"][...]
        self.observables: npt.NDArray[np.int64] = self._file["histograms/observables"][...]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def names(self) -> list[str]:
        """Names of the spectra: the data sets' and 'observed'."""
        return list(self._file["spectra"])

    def scale(self, spectra: str) -> float:
        """Return what the weights of a data set are multiplied by."""
        return float(self._file[f"spectra/{spectra}"].attrs["scale"])

    def row(self, state: int, observable: int) -> int | None:
        """Return a histogram's place, or None if no event filled it."""
        low, high = np.searchsorted(self.states, [state, state + 1])
        place = low + int(np.searchsorted(self.observables[low:high], observable))
        found = place < high and self.observables[place] == observable
        return int(place) if found else None

    def edges(self) -> SharedEdges:
        """Return the edges of all histograms."""
        return SharedEdges(
            self._file["histograms/edges"][...],
            self._file["edges/offsets"][...],
            self._file["edges/edges"][...],
        )

    def edges_of(self, row: int) -> npt.NDArray[np.float64]:
        """Return the edges of one histogram in GeV; only they are read."""
        number = int(self._file["histograms/edges"][row])
        first, stop = self._file["edges/offsets"][number : number + 2]
        edges: npt.NDArray[np.float64] = self._file["edges/edges"][first:stop]
        return edges

    def cells(
        self, spectra: str, row: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return one histogram's bins, counts and unscaled sums (weights, squares)."""
        group = self._file[f"spectra/{spectra}"]
        rows = group["rows"][...]
        place = int(np.searchsorted(rows, row))
        if place == len(rows) or rows[place] != row:
            nothing = np.empty(0, np.int64)
            return nothing, nothing, np.empty((0, 2))
        first, stop = group["offsets"][place : place + 2]
        counts = group["counts"][first:stop].astype(np.int64)
        bins = group["bins"][first:stop].astype(np.int64)
        if "weights" in group:
            return bins, counts, group["weights"][first:stop]
        unit = float(group.attrs["unit"])
        return bins, counts, counts[:, None] * np.array([unit, unit**2])

    def delta(self, spectra: str) -> ScanDelta:
        """Return all histograms of a data set, with unscaled weights."""
        group = self._file[f"spectra/{spectra}"]
        rows = group["rows"][...]
        unit = float(group.attrs["unit"])
        return ScanDelta(
            binning=str(group.attrs["binning"]),
            states=self.states[rows],
            observables=self.observables[rows],
            offsets=group["offsets"][...],
            bins=group["bins"][...],
            counts=group["counts"][...].astype(np.int64),
            unit=None if np.isinf(unit) else unit,
            weights=group["weights"][...] if "weights" in group else None,
        )
