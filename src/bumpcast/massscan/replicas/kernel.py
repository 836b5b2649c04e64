"""The compiled loop that fills many replicas of the histograms that are searched.

The masses and bins of a combination's events are found once, as in ``filling/kernel.py``. Then an
entry is a row: how often its event stands in each replica is added to the replicas' counts of its
bin, which lie side by side, so that one entry of a hundred replicas is a few vector instructions.
One histogram is filled and read out at a time; its counts stay in the near caches.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.filling.bins import BLOCK, N_VARIABLES, compute_bins

Integers = npt.NDArray[np.int64]

LANES: Final = 8
"""Rows are as long as a multiple of this, so that a row's loop has no remainder."""


@compiled
def _add_rows(block, columns, bins, low, n_bins, events, first, stop, rows, begin):  # type: ignore[no-untyped-def]
    """Add the rows of some events to those of their bins.

    Args:
        block: Counts of a histogram's bins in all replicas, one bin after the other.
        columns: Length of a row.
        bins: The state's events' bins.
        low: The histogram's first bin.
        n_bins: How many bins it has.
        events: Events to fill, numbered in the state.
        first: The first of them.
        stop: Behind the last of them.
        rows: How often each event stands in each replica, one event after the other.
        begin: The state's first event in ``rows``.
    """
    for place in range(first, stop):
        event = events[place]
        cell = np.int64(bins[event]) - low
        if cell < 0 or cell >= n_bins:
            continue
        to = np.uint64(cell * columns)
        source = np.uint64((begin + event) * columns)
        for item in range(np.uint64(columns)):
            block[to + item] += rows[source + item]


@compiled
def write_row(block, start, columns, used, data, place):  # type: ignore[no-untyped-def]
    """Write a bin's counts as bytes, the lowest of all counts first, and set them to zero.

    Args:
        block: Counts below 2^32.
        start: The bin's first count; unsigned from here on, since a place that may be negative
            costs more than to read from it.
        columns: Length of a row.
        used: How many of its counts are written.
        data: Where to write.
        place: From where on.

    Returns:
        How many bytes a count takes: 0 where all are zero, and nothing is written.
    """
    source, to = np.uint64(start), np.uint64(place)
    bits = np.uint32(0)
    for item in range(np.uint64(columns)):
        bits |= block[source + item]
    width = 0
    while bits:
        shift = np.uint32(8 * width)
        for item in range(np.uint64(used)):
            data[to + item] = np.uint8((block[source + item] >> shift) & np.uint32(255))
        to += np.uint64(used)
        bits >>= np.uint32(8)
        width += 1
    if width:
        for item in range(np.uint64(columns)):
            block[source + item] = 0
    return width


class WindowTables(NamedTuple):
    """The ranges of histograms that are filled, those of a combination one after the other.

    Attributes:
        first_window: Where each combination's ranges start, shape (combinations + 1,).
        variable: Each range's variable.
        selection: Its selection's number in the state.
        low: Its first bin.
        bins: How many bins it has.
        cell: Its first cell.
    """

    first_window: Integers
    variable: Integers
    selection: Integers
    low: Integers
    bins: Integers
    cell: Integers


@compiled
def fill_windows(  # type: ignore[no-untyped-def]
    first_event,
    first_range,
    range_event,
    range_mask,
    first_vector,
    vectors,
    met,
    listed,
    lists,
    first_subset,
    masks,
    observables,
    variables,
    binnings,
    first_selection,
    selections,
    thresholds,
    first_threshold,
    index,
    steps,
    first_window,
    window_variable,
    window_selection,
    window_low,
    window_bins,
    window_cell,
    rows,
    columns,
    used,
    out_cells,
    out_widths,
    out_data,
):
    """Fill the ranges of the histograms that are searched, in all replicas.

    The first arguments are EventTables, MenuTables with the variables of the windows alone,
    EdgeTables and WindowTables. ``rows`` is how often each event stands in each replica, in sorted
    order: ``columns`` numbers an event, of which ``used`` are written. The output is as in
    ``counts.py``.

    Returns:
        How many cells and bytes were written.
    """
    most_events = 0
    for state in range(len(first_event) - 1):
        most_events = max(most_events, first_event[state + 1] - first_event[state])
    most_bins = 0
    for window in range(len(window_bins)):
        most_bins = max(most_bins, window_bins[window])
    block = np.zeros(most_bins * columns, np.uint32)
    sums = np.empty((4, BLOCK), np.float64)
    squares = np.empty(BLOCK, np.float64)
    bins = np.empty((N_VARIABLES, most_events), np.uint32)
    n_cells = n_bytes = np.int64(0)
    for state in range(len(first_event) - 1):
        begin, end = first_event[state], first_event[state + 1]
        for subset in range(first_subset[state], first_subset[state + 1]):
            if first_window[subset] == first_window[subset + 1]:
                continue
            for chosen in range(first_range[state], first_range[state + 1]):
                if masks[subset] & ~range_mask[chosen] == 0:
                    compute_bins(
                        subset,
                        first_vector[state],
                        begin,
                        end - begin,
                        range_event[chosen] - begin,
                        range_event[chosen + 1] - begin,
                        vectors,
                        met,
                        masks,
                        variables,
                        binnings,
                        thresholds,
                        first_threshold,
                        index,
                        steps,
                        sums,
                        squares,
                        bins,
                    )
            for window in range(first_window[subset], first_window[subset + 1]):
                local, n_bins = window_selection[window], window_bins[window]
                passed = 0
                for chosen in range(first_range[state], first_range[state + 1]):
                    if masks[subset] & ~range_mask[chosen]:
                        continue
                    first, stop = lists[chosen, local, 0], lists[chosen, local, 1]
                    passed += stop - first
                    _add_rows(
                        block,
                        columns,
                        bins[window_variable[window]],
                        window_low[window],
                        n_bins,
                        listed,
                        first,
                        stop,
                        rows,
                        begin,
                    )
                if passed == 0:
                    continue
                for cell in range(n_bins):
                    width = write_row(block, cell * columns, columns, used, out_data, n_bytes)
                    if width:
                        out_cells[n_cells] = window_cell[window] + cell
                        out_widths[n_cells] = width
                        n_cells += 1
                        n_bytes += width * used
    return n_cells, n_bytes
