"""The results of a mass scan, for the user: tables as DataFrames, histograms as hist.Hist."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import hist
import numpy as np
import numpy.typing as npt
import pandas as pd

from bumpcast.config import Analysis
from bumpcast.errors import BumpcastError, did_you_mean
from bumpcast.massscan.clearness import clearness
from bumpcast.massscan.finalstate import FinalState
from bumpcast.massscan.keep import KeepRule, SearchRanges, search_ranges
from bumpcast.massscan.names import HistogramName, parse_name
from bumpcast.massscan.observable import MASK_SHIFT, SELECTION_BITS, Observable, Selection
from bumpcast.massscan.storage import FILE_NAME, OBSERVED, ScanFile


class UnknownHistogramError(BumpcastError, KeyError):
    """No event filled a histogram of this name, or there is no such data set."""

    def __str__(self) -> str:  # a KeyError would show the message in quotes
        return str(self.args[0])


class Results:
    """What a mass scan found; use ``bumpcast.open_results``.

    Args:
        folder: The results folder, or its file histograms.h5.
        keep: Which histograms are kept for the search; absent: the rule of the run.

    Raises:
        ScanFileError: There are no results, or they are damaged.
    """

    def __init__(self, folder: Path | str, keep: KeepRule | None = None) -> None:
        path = Path(folder)
        self.path = path if path.is_file() else path / FILE_NAME
        self._file = ScanFile(self.path)
        scan = self._file.analysis.scan
        self.keep = keep or (KeepRule.of(scan) if scan else KeepRule())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def analysis(self) -> Analysis:
        """The configuration of the run."""
        return self._file.analysis

    @property
    def datasets(self) -> list[str]:
        """Names of the data sets."""
        return [name for name in self._file.names if name != OBSERVED]

    @cached_property
    def _histogram_rows(self) -> npt.NDArray[np.int64]:
        """Places of the histograms in the file; the rest are yields of final states."""
        return np.flatnonzero(self._file.observables >> MASK_SHIFT)

    @cached_property
    def ranges(self) -> SearchRanges:
        """The range of each histogram of the table that is searched, in the table's order."""
        spectra = self._file.delta(OBSERVED)
        edges = self._file.edges()
        found = search_ranges(spectra, edges.last_bins, self.keep)
        rows = self._histogram_rows
        return SearchRanges(
            found.entries[rows], found.first[rows], found.bins[rows], found.range_entries[rows]
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a filled histogram, ordered by name's codes.

        Columns: ``name``, ``final_state``, ``selection``, ``combination``, ``variable``,
        ``entries`` (all, unweighted), ``bins`` (of the range that is searched), ``low_GeV`` and
        ``high_GeV`` (its limits), ``kept``, ``reason`` (why not; empty if kept).
        """
        rows = self._histogram_rows
        states = self._file.states[rows].tolist()
        observables = [Observable.from_code(code) for code in self._file.observables[rows].tolist()]
        names = [
            str(HistogramName(FinalState.from_code(state), observable))
            for state, observable in zip(states, observables, strict=True)
        ]
        ranges = self.ranges
        edges = self._file.edges()
        start = edges.offsets[edges.number[rows]]
        first = np.maximum(ranges.first - 1, 0)
        reasons = ranges.reasons(self.keep)
        return pd.DataFrame(
            {
                "name": names,
                "final_state": [FinalState.from_code(state).name for state in states],
                "selection": [observable.selection.name for observable in observables],
                "combination": [
                    ",".join(observable.combination.words) for observable in observables
                ],
                "variable": [observable.variable for observable in observables],
                "entries": ranges.entries,
                "bins": ranges.bins,
                "low_GeV": edges.edges[start + first],
                "high_GeV": edges.edges[start + first + ranges.bins],
                "kept": reasons == "",
                "reason": reasons,
            }
        )

    def histogram(self, name: str, dataset: str | None = None) -> hist.Hist[Any]:
        """Return one histogram; the others are not read.

        Args:
            name: Such as '2e os | m(e0,e1)'; see bumpcast.massscan.names for the grammar.
            dataset: A data set; absent: the spectrum that the search looks at.

        Returns:
            A histogram of weighted counts over a mass axis in GeV, scaled as the run was.

        Raises:
            HistogramNameError: The name does not follow the grammar.
            UnknownHistogramError: No event filled it, or there is no such data set.
        """
        spectra = self._spectra(dataset)
        parsed = parse_name(name)
        row = self._file.row(parsed.state.code, parsed.observable.code)
        if row is None:
            close = did_you_mean(str(parsed), self._names_of(parsed.state))
            msg = f"{self.path}: no event filled {str(parsed)!r}. {close}"
            raise UnknownHistogramError(msg)
        bins, _, sums = self._file.cells(spectra, row)
        scale = self._file.scale(spectra)
        edges = self._file.edges_of(row)
        axis = hist.axis.Variable(edges, name="mass", label=parsed.observable.axis_title)
        made = hist.Hist(axis, storage=hist.storage.Weight(), name=str(parsed), label="Events")
        view: Any = made.view(flow=True)
        view["value"][bins] = sums[:, 0] * scale
        view["variance"][bins] = sums[:, 1] * scale**2
        return made

    def entries(self, name: str, dataset: str | None = None) -> npt.NDArray[np.int64]:
        """Return one histogram's unweighted entries with under- and overflow, shape (bins + 2,).

        Args:
            name: As for ``histogram``.
            dataset: As for ``histogram``.

        Raises:
            UnknownHistogramError: No event filled it, or there is no such data set.
        """
        spectra = self._spectra(dataset)
        parsed = parse_name(name)
        row = self._file.row(parsed.state.code, parsed.observable.code)
        if row is None:
            close = did_you_mean(str(parsed), self._names_of(parsed.state))
            msg = f"{self.path}: no event filled {str(parsed)!r}. {close}"
            raise UnknownHistogramError(msg)
        bins, counts, _ = self._file.cells(spectra, row)
        made = np.zeros(len(self._file.edges_of(row)) + 1, np.int64)
        made[bins] = counts
        return made

    def clearness(self, dataset: str) -> npt.NDArray[np.float64]:
        """Return how clearly a data set stands out of each histogram of the table.

        Args:
            dataset: A data set that is part of the spectra that the search looks at.

        Returns:
            The root of the sum over bins of s^2 / total, in the table's order.
        """
        spectra = self._spectra(dataset)
        own = self._file.delta(spectra).scaled(self._file.scale(spectra))
        total = self._file.delta(OBSERVED)
        return clearness(own, total)[self._histogram_rows]

    @cached_property
    def final_states(self) -> pd.DataFrame:
        """One line a final state: its entries, and its scaled yield and error per data set.

        Columns: ``final_state``, ``entries`` (all data sets), then ``NAME`` and ``NAME_error`` for
        each data set; ordered by falling entries.
        """
        is_yield = self._file.observables >> MASK_SHIFT == 0
        inclusive = is_yield & (self._file.observables & (2**SELECTION_BITS - 1) == 0)
        rows = np.flatnonzero(inclusive)
        columns: dict[str, Any] = {
            "final_state": [FinalState.from_code(c).name for c in self._file.states[rows].tolist()]
        }
        entries = np.zeros(len(rows), np.int64)
        for name in self.datasets:
            yields, errors = np.zeros(len(rows)), np.zeros(len(rows))
            delta, scale = self._file.delta(name), self._file.scale(name)
            own = np.flatnonzero(delta.observables == 0)
            places = np.searchsorted(self._file.states[rows], delta.states[own])
            cells = delta.offsets[own]
            sums = delta.sums()[cells]
            entries[places] += delta.counts[cells]
            yields[places] = sums[:, 0] * scale
            errors[places] = np.sqrt(sums[:, 1]) * scale
            columns[name] = yields
            columns[f"{name}_error"] = errors
        columns = {"final_state": columns.pop("final_state"), "entries": entries, **columns}
        table = pd.DataFrame(columns)
        return table.sort_values("entries", ascending=False, ignore_index=True)

    @cached_property
    def cutflow(self) -> pd.DataFrame:
        """Per data set how many events were read, left out as bad, and used."""
        return pd.DataFrame(self._file.tables["cutflow"]).T.rename_axis("dataset")

    def selections(self) -> list[str]:
        """Return the names of the selections that occur, none first."""
        codes = np.unique(self._file.observables & (2**SELECTION_BITS - 1))
        return [Selection.from_code(code).name for code in codes.tolist()]

    def _spectra(self, dataset: str | None) -> str:
        if dataset is None:
            return OBSERVED
        if dataset not in self._file.names:
            msg = f"{self.path} has no data set {dataset!r}. {did_you_mean(dataset, self.datasets)}"
            raise UnknownHistogramError(msg)
        return dataset

    def _names_of(self, state: FinalState) -> list[str]:
        rows = np.flatnonzero(self._file.states == state.code)
        codes = self._file.observables[rows]
        names = [
            str(HistogramName(state, Observable.from_code(code)))
            for code in codes[codes >> MASK_SHIFT != 0].tolist()
        ]
        if names:
            return names
        return [FinalState.from_code(code).name for code in np.unique(self._file.states).tolist()]


def open_results(folder: Path | str, keep: KeepRule | None = None) -> Results:
    """Open the results of a mass scan.

    Args:
        folder: The results folder of ``bumpcast run``.
        keep: Which histograms are kept for the search; absent: the rule of the run.

    Raises:
        ScanFileError: There are no results, or they are damaged.
    """
    return Results(folder, keep)
