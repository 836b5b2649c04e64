"""The results of a mass scan, for the user: tables as DataFrames, histograms as hist.Hist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from bumpcast.massscan.binning.edges import SharedEdges
from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.names import HistogramName, parse_name
from bumpcast.massscan.naming.observable import MASK_SHIFT, Observable, Selection
from bumpcast.massscan.results.clearness import clearness
from bumpcast.massscan.results.completeness import Completeness, read_completeness
from bumpcast.massscan.results.expected import expected_ranges
from bumpcast.massscan.results.keep import KeepRule, SearchRanges, search_ranges
from bumpcast.massscan.results.searched import SearchedBins, searched_bins
from bumpcast.massscan.results.spectrum import Spectrum
from bumpcast.massscan.results.storage import FILE_NAME, ScanFile
from bumpcast.massscan.results.table import SELECTION_MASK, histogram_table, yields_table


class UnknownHistogramError(BumpcastError, KeyError):
    """No event filled a histogram of this name, or there is no such data set or selection."""

    def __str__(self) -> str:  # a KeyError would show the message in quotes
        return str(self.args[0])


class Results:
    """What a mass scan found; use ``bumpcast.open_results``.

    Args:
        folder: The results folder, or its file histograms.h5.
        keep: Which histograms are kept for the search; absent: the rule of the run.

    Attributes:
        path: The file histograms.h5.
        keep: Which histograms are kept for the search.

    Raises:
        ScanFileError: There are no results, or they are damaged.
    """

    def __init__(self, folder: Path | str, keep: KeepRule | None = None) -> None:
        path = Path(folder)
        self.path = path if path.is_file() else path / FILE_NAME
        self._file = ScanFile(self.path)
        scan = self._file.analysis.scan
        self.keep = keep or (KeepRule.of(scan) if scan else KeepRule())

    def __repr__(self) -> str:
        return f"Results({str(self.path)!r}, keep={self.keep})"

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
        """Names of the data sets that the run has read, in the order of the configuration."""
        return self._file.datasets

    @cached_property
    def _completeness(self) -> Completeness:
        return read_completeness(self.path.parent)

    @property
    def complete(self) -> bool:
        """Whether the results are known to hold every event that was to be read."""
        return self._completeness.complete

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing and why, in lines to print; empty if nothing is."""
        return self._completeness.missing

    @cached_property
    def _rows(self) -> npt.NDArray[np.int64]:
        """Places of the histograms in the file; the rest are yields of final states."""
        return np.flatnonzero(self._file.observables >> MASK_SHIFT)

    @cached_property
    def _edges(self) -> SharedEdges:
        return self._file.edges()

    @cached_property
    def ranges(self) -> SearchRanges:
        """The range of each histogram of the table that is searched, in the table's order."""
        found = search_ranges(self._file.delta(None), self._edges.last_bins, self.keep)
        return found.of(self._rows)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a filled histogram, ordered by name's codes.

        Columns: ``name``, ``final_state``, ``selection`` (empty: none), ``combination``,
        ``variable``, ``entries`` (all that the search sees, unweighted, under- and overflow
        included), ``bins`` (of the range that is searched), ``low_GeV`` and ``high_GeV`` (its
        limits), ``kept``, ``reason`` (why not; empty if kept).
        """
        rows = self._rows
        edges = SharedEdges(self._edges.number[rows], self._edges.offsets, self._edges.edges)
        states, observables = self._file.states[rows], self._file.observables[rows]
        return histogram_table(states, observables, edges, self.ranges, self.keep)

    def spectrum(self, name: str, dataset: str | None = None) -> Spectrum:
        """Return one histogram with its unweighted entries; the others are not read.

        Args:
            name: Such as '2e os | m(e0,e1)'; see bumpcast.massscan.naming.names for the grammar.
            dataset: A data set; absent: the spectrum that the search looks at.

        Raises:
            HistogramNameError: The name does not follow the grammar.
            UnknownHistogramError: No event filled it, or there is no such data set.
        """
        self._check_dataset(dataset)
        parsed = parse_name(name)
        row = self._row(parsed)
        cells = self._file.cells(dataset, row)
        edges, scale = self._file.edges_of(row), self._file.scale(dataset)
        return Spectrum.of_cells(parsed, edges, cells.bins, cells.counts, cells.sums, scale)

    def histogram(self, name: str, dataset: str | None = None) -> hist.Hist[Any]:
        """Return one histogram as ``hist.Hist``; the others are not read.

        Args:
            name: As for ``spectrum``.
            dataset: As for ``spectrum``.

        Returns:
            A histogram of weighted counts over a mass axis in GeV, scaled as the run was.

        Raises:
            HistogramNameError: The name does not follow the grammar.
            UnknownHistogramError: No event filled it, or there is no such data set.
        """
        return self.spectrum(name, dataset).to_hist()

    def entries(self, name: str, dataset: str | None = None) -> npt.NDArray[np.int64]:
        """Return one histogram's unweighted entries with under- and overflow, shape (bins + 2,).

        Args:
            name: As for ``spectrum``.
            dataset: As for ``spectrum``.

        Raises:
            HistogramNameError: The name does not follow the grammar.
            UnknownHistogramError: No event filled it, or there is no such data set.
        """
        return self.spectrum(name, dataset).counts

    def spectra(self, names: Iterable[str], dataset: str | None = None) -> Iterator[Spectrum]:
        """Yield many histograms in the order of the file, which is read once.

        Args:
            names: Names of histograms, in any order.
            dataset: As for ``spectrum``.

        Raises:
            HistogramNameError: A name does not follow the grammar.
            UnknownHistogramError: No event filled one, or there is no such data set.
        """
        self._check_dataset(dataset)
        named = {self._row(parsed): parsed for parsed in map(parse_name, names)}
        return self._each(named, dataset)

    def _each(self, named: dict[int, HistogramName], dataset: str | None) -> Iterator[Spectrum]:
        delta, scale = self._file.delta(dataset), self._file.scale(dataset)
        sums = delta.sums()
        for row in sorted(named):
            cells = slice(delta.offsets[row], delta.offsets[row + 1])
            yield Spectrum.of_cells(
                named[row],
                self._edges.of(row),
                delta.bins[cells],
                delta.counts[cells],
                sums[cells],
                scale,
            )

    def ranges_expected(self, datasets: Sequence[str], scale: float = 1.0) -> SearchRanges:
        """Return the ranges that would be searched if data were what data sets lead to expect.

        Args:
            datasets: Simulated data sets, whose sums of scaled weights stand for entries.
            scale: What these sums are multiplied by.

        Returns:
            The ranges in the table's order.

        Raises:
            UnknownHistogramError: There is no such data set.
        """
        for dataset in datasets:
            self._check_dataset(dataset)
        parts = [self._file.delta(name).scaled(self._file.scale(name)) for name in datasets]
        total = ScanDelta.sum_of(parts)
        return expected_ranges(total, self._edges.last_bins, self.keep, scale).of(self._rows)

    def searched(
        self,
        places: npt.NDArray[np.int64],
        dataset: str | None = None,
        ranges: SearchRanges | None = None,
    ) -> SearchedBins:
        """Return the ranges of many histograms that are searched, read in one go.

        Args:
            places: The histograms, as lines of ``table``.
            dataset: A data set, of which the same ranges are returned; absent: what the search
                looks at.
            ranges: Other ranges, in the table's order; absent: those of ``ranges``.

        Raises:
            UnknownHistogramError: There is no such data set.
        """
        self._check_dataset(dataset)
        delta, scale = self._file.delta(dataset), self._file.scale(dataset)
        chosen = (self.ranges if ranges is None else ranges).of(places)
        return searched_bins(delta, scale, self._rows[places], self._edges, chosen)

    def codes(
        self, places: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return codes of final states and of observables.

        Args:
            places: The histograms, as lines of ``table``.
        """
        rows = self._rows[places]
        return self._file.states[rows], self._file.observables[rows]

    def clearness(self, dataset: str) -> npt.NDArray[np.float64]:
        """Return how clearly a data set stands out of each histogram of the table.

        Args:
            dataset: A data set.

        Returns:
            The root of the sum over bins of s^2 / total, in the table's order, where the total is
            what the search looks at.

        Raises:
            UnknownHistogramError: There is no such data set.
        """
        self._check_dataset(dataset)
        own = self._file.delta(dataset).scaled(self._file.scale(dataset))
        return clearness(own, self._file.delta(None))[self._rows]

    @cached_property
    def final_states(self) -> pd.DataFrame:
        """The final states without a selection, as ``yields()`` returns them."""
        return self.yields()

    def yields(self, selection: str = "") -> pd.DataFrame:
        """Return one line a final state: its entries, and its scaled yield per data set.

        Args:
            selection: Such as 'MET>200'; empty: none.

        Returns:
            Columns ``final_state``, ``entries`` (of all data sets, unweighted), then ``NAME`` and
            ``NAME_error`` (statistical) for each data set; ordered by falling entries.

        Raises:
            HistogramNameError: The selection does not follow the grammar.
            UnknownHistogramError: No event passed it.
        """
        code = Selection.from_name(selection).code
        if code and not np.any(self._file.observables == code):
            known = [name for name in self.selections() if name]
            close = did_you_mean(selection, known)
            msg = f"{self.path}: no event passed a selection {selection!r}. {close}"
            raise UnknownHistogramError(msg)
        return yields_table(self._file, code)

    @cached_property
    def cutflow(self) -> pd.DataFrame:
        """Per data set how many events were read, left out as bad, and used.

        Columns: ``read``, ``bad``, ``used``, ``sum_of_weights`` (of the used events' generator
        weights), ``scale`` (what weights are multiplied by).
        """
        rows = self._file.tables["cutflow"]
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("dataset")
        return table.loc[self.datasets]

    def selections(self) -> list[str]:
        """Return the names of the selections that occur; the first, empty, is none."""
        codes = np.unique(self._file.observables & SELECTION_MASK)
        return [Selection.from_code(code).name for code in codes.tolist()]

    def _row(self, name: HistogramName) -> int:
        row = self._file.row(name.state.code, name.observable.code)
        if row is None:
            spelled = str(name)
            rows = self._rows[self._file.states[self._rows] == name.state.code]
            if len(rows):
                codes = self._file.observables[rows].tolist()
                known = [str(HistogramName(name.state, Observable.from_code(c))) for c in codes]
                close = did_you_mean(spelled, known)
            else:
                states = np.unique(self._file.states).tolist()
                known = [FinalState.from_code(code).name for code in states]
                close = f"No event is of this final state. {did_you_mean(name.state.name, known)}"
            msg = f"{self.path}: no event filled {spelled!r}. {close}"
            raise UnknownHistogramError(msg)
        return row

    def _check_dataset(self, dataset: str | None) -> None:
        if dataset is not None and dataset not in self.datasets:
            msg = f"{self.path} has no data set {dataset!r}. {did_you_mean(dataset, self.datasets)}"
            raise UnknownHistogramError(msg)


def open_results(folder: Path | str, keep: KeepRule | None = None) -> Results:
    """Open the results of a mass scan.

    Args:
        folder: The results folder of ``bumpcast run``.
        keep: Which histograms are kept for the search; absent: the rule of the run.

    Raises:
        ScanFileError: There are no results, or they are damaged.
    """
    return Results(folder, keep)
