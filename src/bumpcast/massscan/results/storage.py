"""The file histograms.h5: every filled histogram of a run, each readable alone.

Layout, all arrays flat and compressed::

    analysis, tables    the configuration; cutflow and other small tables (JSON)
    edges/              offsets, edges: sets of bin edges in GeV that histograms share
    histograms/         states, observables, edges: per histogram its codes and its set of edges
    observed/           the spectra that the search looks at
    datasets/NAME/      the spectra of one data set

A group of spectra holds ``offsets`` (where each histogram's cells start, shape (histograms + 1,)),
and per cell ``bins`` (0 is underflow), ``counts`` and, where weights differ, ``weights`` (sums of
weights and of their squares). Its attribute ``unit`` is the weight of every event where all are
equal, ``scale`` what the weights are multiplied by on reading.
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
from pydantic import ValidationError

import bumpcast
from bumpcast.compiled import compiled
from bumpcast.config import Analysis
from bumpcast.errors import BumpcastError
from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.binning.edges import SharedEdges, shared_edges
from bumpcast.massscan.delta.delta import ScanDelta

FILE_NAME: Final = "histograms.h5"
FORMAT: Final = 2
OBSERVED: Final = "observed"
DATASETS: Final = "datasets"
CHUNK: Final = 1 << 13
"""Rows that are compressed together: reading one histogram unpacks one or two such pieces."""


class ScanFileError(BumpcastError):
    """A file of histograms is missing, damaged, or of another version."""


@dataclass(frozen=True, slots=True)
class StoredSpectra:
    """One data set's histograms, and what its weights are multiplied by."""

    delta: ScanDelta
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Cells:
    """The filled bins of one histogram.

    Attributes:
        bins: Their numbers, 0 is underflow, shape (cells,).
        counts: Entries, shape (cells,).
        sums: Unscaled sums of weights and of squared weights, shape (cells, 2).
    """

    bins: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]


def encode_scan(
    observed: ScanDelta,
    datasets: Mapping[str, StoredSpectra],
    analysis: Analysis,
    tables: Mapping[str, Any],
) -> bytes:
    """Return the file of a run's histograms.

    It is made in memory, so that a full disk cannot leave half of it behind.

    Args:
        observed: The histograms that the search looks at, scaled.
        datasets: The histograms of each data set.
        analysis: The configuration of the run.
        tables: Cutflow and other small tables, stored as JSON.

    Raises:
        ScanFileError: The configuration has no binning.
    """
    if analysis.binning is None:
        msg = f"{analysis.name}: the configuration has no table [binning], which histograms need"
        raise ScanFileError(msg)
    union = sum((_without_cells(stored.delta) for stored in datasets.values()), start=0)
    every = _without_cells(observed) + union
    edges = shared_edges(every.observables, Binning(analysis.binning))
    options: dict[str, Any] = {"driver": "core", "backing_store": False, "block_size": 1 << 24}
    with h5py.File(FILE_NAME, "w", **options) as file:
        file.attrs["format"] = FORMAT
        file.attrs["version"] = bumpcast.__version__
        # Not attributes: those are limited to 64 kB, which a long list of files exceeds.
        file["analysis"] = analysis.model_dump_json()
        file["tables"] = json.dumps(tables)
        _write(file, "edges", {"offsets": edges.offsets, "edges": edges.edges})
        columns = {"states": every.states, "observables": every.observables, "edges": edges.number}
        _write(file, "histograms", columns)
        _write_spectra(file, OBSERVED, StoredSpectra(observed), every)
        file.create_group(DATASETS)
        for name, stored in datasets.items():
            _write_spectra(file, f"{DATASETS}/{name}", stored, every)
        file.flush()
        return bytes(file.id.get_file_image())


def _without_cells(delta: ScanDelta) -> ScanDelta:
    """Return which histograms a delta holds, without their contents."""
    nowhere = np.zeros(len(delta.states) + 1, np.int64)
    return ScanDelta(
        "",
        delta.states,
        delta.observables,
        nowhere,
        nowhere,
        delta.codes[:0],
        delta.large[:0],
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


def _write_spectra(file: h5py.File, name: str, stored: StoredSpectra, every: ScanDelta) -> None:
    delta = stored.delta
    sizes = np.zeros(len(every.states), np.int64)
    rows = _find_rows(every.states, every.observables, delta.states, delta.observables)
    sizes[rows] = np.diff(delta.offsets)
    counts = delta.counts
    if counts.size:
        counts = counts.astype(np.min_scalar_type(int(counts.max())))
    arrays: dict[str, npt.NDArray[Any]] = {
        "offsets": np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        "bins": delta.bins,
        "counts": counts,
    }
    if delta.weights is not None:
        arrays["weights"] = delta.weights
    group = _write(file, name, arrays)
    group.attrs["binning"] = delta.binning
    group.attrs["unit"] = np.inf if delta.unit is None else delta.unit
    group.attrs["scale"] = stored.scale


@compiled
def _find_rows(states, observables, asked_states, asked_observables):  # type: ignore[no-untyped-def]
    """Return where histograms are among others; both are sorted, and all of them are there."""
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

    Attributes:
        analysis: The configuration of the run.
        tables: Cutflow and other small tables.
        states: Final states' codes, shape (histograms,).
        observables: Observables' codes, shape (histograms,).
        datasets: Names of the data sets, in the order of the configuration.

    Raises:
        ScanFileError: It does not exist, is damaged, or was written by another version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # The file is only ever replaced as a whole; some network disks have no locks.
            self._file = h5py.File(path, "r", locking=False)
        except FileNotFoundError as error:
            msg = f"there is no {path}: is {path.parent} the results folder of a mass scan?"
            raise ScanFileError(msg) from error
        except PermissionError as error:
            msg = f"{path} cannot be read: permission denied"
            raise ScanFileError(msg) from error
        except OSError as error:
            raise self._damaged(error) from error
        try:
            self._read_head()
        except BaseException:
            self._file.close()
            raise

    def _read_head(self) -> None:
        written = int(self._file.attrs.get("format", 0))
        if written != FORMAT:
            msg = (
                f"{self.path} has format {written}, this version of bumpcast reads format "
                f"{FORMAT}: run the scan again, or read it with the version that wrote it "
                f"({self._file.attrs.get('version', 'unknown')})"
            )
            raise ScanFileError(msg)
        try:
            self.analysis = Analysis.model_validate_json(self._read("analysis", ()))
            self.tables: dict[str, Any] = json.loads(self._read("tables", ()))
        except (ValidationError, json.JSONDecodeError) as error:
            raise self._damaged(error) from error
        self.states: npt.NDArray[np.int64] = self._read("histograms/states")
        self.observables: npt.NDArray[np.int64] = self._read("histograms/observables")
        stored = set(self._group(DATASETS))
        self.datasets = [name for name in self.analysis.datasets if name in stored]

    def _damaged(self, error: Exception) -> ScanFileError:
        msg = f"{self.path} is damaged or no file of histograms ({error}): run the scan again"
        return ScanFileError(msg)

    def _read(self, name: str, part: Any = ...) -> Any:
        try:
            return self._file[name][part]
        except (OSError, KeyError) as error:
            raise self._damaged(error) from error

    def _group(self, name: str) -> h5py.Group:
        try:
            return self._file[name]
        except (OSError, KeyError) as error:
            raise self._damaged(error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def scale(self, dataset: str | None) -> float:
        """Return what weights are multiplied by; None: those that the search looks at."""
        return float(self._group(_place(dataset)).attrs["scale"])

    def row(self, state: int, observable: int) -> int | None:
        """Return a histogram's place, or None if no event filled it."""
        low, high = np.searchsorted(self.states, [state, state + 1])
        place = low + int(np.searchsorted(self.observables[low:high], observable))
        found = place < high and self.observables[place] == observable
        return int(place) if found else None

    def edges(self) -> SharedEdges:
        """Return the edges of all histograms."""
        return SharedEdges(
            self._read("histograms/edges"), self._read("edges/offsets"), self._read("edges/edges")
        )

    def edges_of(self, row: int) -> npt.NDArray[np.float64]:
        """Return the edges of one histogram in GeV; only they are read."""
        number = int(self._read("histograms/edges", row))
        first, stop = self._read("edges/offsets", slice(number, number + 2))
        edges: npt.NDArray[np.float64] = self._read("edges/edges", slice(first, stop))
        return edges

    def cells(self, dataset: str | None, row: int) -> Cells:
        """Return one histogram's filled bins; only they are read.

        Args:
            dataset: A data set; None: what the search looks at.
            row: The histogram's place.
        """
        place = _place(dataset)
        group = self._group(place)
        part = slice(*self._read(f"{place}/offsets", slice(row, row + 2)))
        bins = self._read(f"{place}/bins", part).astype(np.int64)
        counts = self._read(f"{place}/counts", part).astype(np.int64)
        if "weights" in group:
            return Cells(bins, counts, self._read(f"{place}/weights", part))
        unit = float(group.attrs["unit"]) if len(counts) else 0.0
        return Cells(bins, counts, counts[:, None] * np.array([unit, unit**2]))

    def delta(self, dataset: str | None) -> ScanDelta:
        """Return all histograms with unscaled weights.

        Args:
            dataset: A data set; None: what the search looks at.

        Returns:
            A row for every histogram of the file; those that only others filled have no cells.
        """
        place = _place(dataset)
        group = self._group(place)
        unit = float(group.attrs["unit"])
        return ScanDelta.of_cells(
            binning=str(group.attrs["binning"]),
            states=self.states,
            observables=self.observables,
            offsets=self._read(f"{place}/offsets"),
            bins=self._read(f"{place}/bins"),
            counts=self._read(f"{place}/counts"),
            unit=None if np.isinf(unit) else unit,
            weights=self._read(f"{place}/weights") if "weights" in group else None,
        )


def _place(dataset: str | None) -> str:
    return OBSERVED if dataset is None else f"{DATASETS}/{dataset}"
