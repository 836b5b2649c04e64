"""Which histograms are kept for the search, and why the others are not.

A spectrum is searched from its maximum onward, up to its first bin with too few entries
(arXiv:2501.05603, section 2). The rule is applied when results are read, so that it can change
without a new pass over the events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.config.scan import ScanConfig
from bumpcast.massscan.delta.delta import ScanDelta

KEPT: Final = ""


@dataclass(frozen=True, slots=True)
class KeepRule:
    """What a histogram needs to be kept.

    Attributes:
        min_events: Least entries of the range that is searched.
        min_bins: The range has more bins than this.
        min_events_per_bin: The range ends before the first bin with fewer entries.
    """

    min_events: int = 100
    min_bins: int = 30
    min_events_per_bin: int = 10

    @classmethod
    def of(cls, config: ScanConfig) -> Self:
        """Return the rule of a configuration."""
        return cls(config.min_events, config.min_bins, config.min_events_per_bin)


@dataclass(frozen=True, slots=True)
class SearchRanges:
    """The range of each histogram that is searched; arrays of shape (histograms,).

    Attributes:
        entries: All entries, under- and overflow included.
        first: First bin (1: the first bin above underflow).
        bins: How many bins.
        range_entries: Entries of the range.
    """

    entries: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    bins: npt.NDArray[np.int64]
    range_entries: npt.NDArray[np.int64]

    def of(self, rows: npt.NDArray[np.int64]) -> SearchRanges:
        """Return the ranges of some of the histograms."""
        return SearchRanges(
            self.entries[rows], self.first[rows], self.bins[rows], self.range_entries[rows]
        )

    def reasons(self, rule: KeepRule) -> npt.NDArray[np.object_]:
        """Return for each histogram why it is not kept, and an empty text for a kept one."""
        reasons = np.full(len(self.first), KEPT, dtype=object)
        few = self.range_entries < rule.min_events
        short = self.bins <= rule.min_bins
        for place in np.flatnonzero(few | short):
            if not self.bins[place]:
                reasons[place] = f"no bin of >= {rule.min_events_per_bin} entries"
                continue
            parts = []
            if few[place]:
                entries = f"{self.range_entries[place]} entries from the maximum onward"
                parts.append(f"{entries} < {rule.min_events}")
            if short[place]:
                parts.append(f"{self.bins[place]} bins <= {rule.min_bins}")
            reasons[place] = ", ".join(parts)
        return reasons


def search_ranges(
    spectra: ScanDelta, last_bins: npt.NDArray[np.int64], rule: KeepRule
) -> SearchRanges:
    """Find the range of each histogram that is searched.

    Args:
        spectra: The histograms.
        last_bins: Number of each histogram's last bin below overflow, shape (histograms,).
        rule: The rule; only its ``min_events_per_bin`` decides a range.
    """
    return SearchRanges(
        *_ranges(spectra.offsets, spectra.bins, spectra.counts, last_bins, rule.min_events_per_bin)
    )


@compiled
def _ranges(offsets, bins, counts, last_bins, min_per_bin):  # type: ignore[no-untyped-def]
    histograms = len(offsets) - 1
    entries = np.zeros(histograms, np.int64)
    first = np.zeros(histograms, np.int64)
    lengths = np.zeros(histograms, np.int64)
    range_entries = np.zeros(histograms, np.int64)
    for row in range(histograms):
        start, stop = offsets[row], offsets[row + 1]
        highest = -1
        for cell in range(start, stop):
            entries[row] += counts[cell]
            if bins[cell] < 1 or bins[cell] > last_bins[row]:
                continue
            if highest < 0 or counts[cell] > counts[highest]:
                highest = cell
        if highest < 0:
            continue
        first[row] = bins[highest]
        cell = highest
        if min_per_bin <= 0:
            # Empty bins, which have no cells, do not end the range either.
            lengths[row] = last_bins[row] - first[row] + 1
            while cell < stop and bins[cell] <= last_bins[row]:
                range_entries[row] += counts[cell]
                cell += 1
            continue
        while (
            cell < stop
            and bins[cell] <= last_bins[row]
            and bins[cell] == first[row] + lengths[row]
            and counts[cell] >= min_per_bin
        ):
            range_entries[row] += counts[cell]
            lengths[row] += 1
            cell += 1
    return entries, first, lengths, range_entries
