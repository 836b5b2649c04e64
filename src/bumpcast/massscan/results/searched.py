"""The ranges of many histograms that are searched, as flat columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.binning.edges import SharedEdges
from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.results.keep import SearchRanges


@dataclass(frozen=True, slots=True, eq=False)
class SearchedBins:
    """The bins that are searched of some histograms, one histogram after the other.

    Attributes:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        low: Lower edges in GeV, shape (bins,).
        high: Upper edges in GeV, shape (bins,).
        entries: Unweighted entries, shape (bins,).
        values: Scaled sums of weights, shape (bins,).
        variances: Scaled sums of squared weights, shape (bins,).
    """

    offsets: npt.NDArray[np.int64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    entries: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    variances: npt.NDArray[np.float64]


def searched_bins(
    delta: ScanDelta,
    scale: float,
    rows: npt.NDArray[np.int64],
    edges: SharedEdges,
    ranges: SearchRanges,
) -> SearchedBins:
    """Return what histograms hold in given ranges.

    Args:
        delta: The histograms, or a data set's share of them, unscaled.
        scale: What weights are multiplied by.
        rows: Which of them, shape (histograms,).
        edges: The edges of all.
        ranges: The ranges of those in ``rows``, in the same order.
    """
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(ranges.bins)])
    bins = int(offsets[-1])
    entries, values, variances = np.zeros(bins, np.int64), np.zeros(bins), np.zeros(bins)
    sums = delta.sums()
    _collect(
        rows,
        ranges.first,
        offsets,
        delta.offsets,
        delta.bins,
        delta.counts,
        sums,
        scale,
        entries,
        values,
        variances,
    )
    # Bin 1, the first above underflow, begins at the first edge.
    begin = edges.offsets[edges.number[rows]] + ranges.first - 1
    place = np.arange(bins) + np.repeat(begin - offsets[:-1], ranges.bins)
    return SearchedBins(
        offsets, edges.edges[place], edges.edges[place + 1], entries, values, variances
    )


@compiled
def _collect(  # type: ignore[no-untyped-def]
    rows, first, offsets, cell_offsets, bins, counts, sums, scale, entries, values, variances
):
    for place in range(len(rows)):
        length = offsets[place + 1] - offsets[place]
        for cell in range(cell_offsets[rows[place]], cell_offsets[rows[place] + 1]):
            inside = bins[cell] - first[place]
            if 0 <= inside < length:
                entries[offsets[place] + inside] = counts[cell]
                values[offsets[place] + inside] = sums[cell, 0] * scale
                variances[offsets[place] + inside] = sums[cell, 1] * scale * scale
