"""The range of each histogram that would be searched, if data were what simulations expect.

Simulated events have other numbers of entries than data have: a slice of rare events may have as
many as one of frequent ones, and a maximum of its own, and where few events were simulated one bin
is empty and the next one as high as ten. Data would have neither. So the rule of `keep` is applied
to sums of weights, averaged over as many bins as it takes to know them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.results.keep import KeepRule, SearchRanges

ENOUGH: Final = 16.0
"""Effective simulated events that a mean is made of: it is known to a quarter."""


def expected_ranges(
    expected: ScanDelta, last_bins: npt.NDArray[np.int64], rule: KeepRule, scale: float = 1.0
) -> SearchRanges:
    """Find the ranges that would be searched of data which are what histograms lead to expect.

    Args:
        expected: Sums of scaled weights.
        last_bins: Number of each histogram's last bin below overflow, shape (histograms,).
        rule: The rule; a histogram of fewer events than it asks for has no range.
        scale: What the sums are multiplied by.

    Returns:
        The ranges; entries are rounded.
    """
    sums = expected.sums()
    entries, first, bins, range_entries = _ranges(
        expected.offsets,
        expected.bins,
        np.ascontiguousarray(sums[:, 0]) * scale,
        np.ascontiguousarray(sums[:, 1]) * scale**2,
        last_bins,
        float(rule.min_events),
        float(rule.min_events_per_bin),
        ENOUGH,
    )
    return SearchRanges(
        np.rint(entries).astype(np.int64), first, bins, np.rint(range_entries).astype(np.int64)
    )


@compiled
def _ranges(  # type: ignore[no-untyped-def]
    offsets, bins, values, squares, last_bins, min_events, min_per_bin, enough
):
    histograms = len(offsets) - 1
    entries = np.zeros(histograms)
    first = np.zeros(histograms, np.int64)
    lengths = np.zeros(histograms, np.int64)
    range_entries = np.zeros(histograms)
    for row in range(histograms):
        start, stop = offsets[row], offsets[row + 1]
        entries[row] = np.sum(values[start:stop])
        if start == stop or entries[row] < min_events:
            continue
        # Sums up to each bin, so that the sum over a window is a difference.
        last = last_bins[row]
        upto, upto_squares = np.zeros(last + 1), np.zeros(last + 1)
        for cell in range(start, stop):
            if 1 <= bins[cell] <= last:
                upto[bins[cell]] = values[cell]
                upto_squares[bins[cell]] = squares[cell]
        # Behind the last event, nothing says that anything is expected.
        end = last
        while end > 0 and upto[end] == 0.0 and upto_squares[end] == 0.0:
            end -= 1
        upto, upto_squares = np.cumsum(upto), np.cumsum(upto_squares)
        mean = np.zeros(last + 1)
        highest = 0
        for bin_ in range(1, end + 1):
            mean[bin_] = _mean(upto, upto_squares, bin_, last, enough)
            if mean[bin_] > mean[highest]:
                highest = bin_
        if highest == 0:
            continue
        stop_bin = highest
        while stop_bin <= last and mean[stop_bin] >= min_per_bin:
            stop_bin += 1
        first[row], lengths[row] = highest, stop_bin - highest
        range_entries[row] = upto[stop_bin - 1] - upto[highest - 1]
    return entries, first, lengths, range_entries


@compiled
def _mean(upto, upto_squares, bin_, last, enough):  # type: ignore[no-untyped-def]
    """Return the mean of the bins around one, of as many as hold enough effective events."""
    reach = 0
    while True:
        low, high = max(bin_ - reach, 1), min(bin_ + reach, last)
        total = upto[high] - upto[low - 1]
        square = upto_squares[high] - upto_squares[low - 1]
        if total * total >= enough * square and square > 0:
            return max(total, 0.0) / (high - low + 1)
        if low == 1 and high == last:
            return max(total, 0.0) / last
        # As many bins again: the window grows fast where nothing is.
        reach += 1 + reach // 4
