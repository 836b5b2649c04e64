"""Filling one histogram and reading out what was filled, in its bins' order.

While it is filled, a histogram is dense: a bin's count and sums lie side by side, so that an entry
touches one cache line. One bit a bin says which ones were touched; from them the histogram is read
out as sparse cells and set back to zero.
"""

from __future__ import annotations

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.codes import COUNT_BITS, LARGE, STEP_BITS
from bumpcast.massscan.delta.machine import lowest_bit

ONE = np.uint64(1)
WORD_SHIFT = np.uint32(6)
BIT_MASK = np.uint32(63)
ROW = 4
"""Count, sum of weights, sum of squared weights, and nothing, to make a bin 32 bytes long."""


@compiled
def mark(touched, cell):  # type: ignore[no-untyped-def]
    """Note that a cell was touched."""
    touched[cell >> WORD_SHIFT] |= ONE << np.uint64(cell & BIT_MASK)


@compiled
def add_weights(rows, touched, bins, events, first, stop, weights):  # type: ignore[no-untyped-def]
    """Fill a histogram with events' weights.

    Args:
        rows: The histogram, shape (bins, ROW).
        touched: A bit a bin.
        bins: The state's events' bins.
        events: Events to fill, numbered in the state.
        first: The first of them.
        stop: Behind the last of them.
        weights: The state's events' weights.
    """
    for place in range(first, stop):
        event = events[place]
        cell = bins[event]
        weight = weights[event]
        row = rows[cell]
        row[0] += 1.0
        row[1] += weight
        row[2] += weight * weight
        mark(touched, cell)


@compiled
def add_counts(counts, touched, bins, events, first, stop):  # type: ignore[no-untyped-def]
    """Fill a histogram with one entry an event; see ``add_weights``."""
    for place in range(first, stop):
        cell = bins[events[place]]
        counts[cell] += 1
        mark(touched, cell)


@compiled
def add_multiples(counts, touched, bins, events, first, stop, multiples):  # type: ignore[no-untyped-def]
    """Fill a histogram with several entries an event, or none; see ``add_weights``."""
    for place in range(first, stop):
        event = events[place]
        cell = bins[event]
        counts[cell] += multiples[event]
        touched[cell >> WORD_SHIFT] |= np.uint64(multiples[event] > 0) << np.uint64(cell & BIT_MASK)


@compiled
def mark_counts(counts, touched, low, stop):  # type: ignore[no-untyped-def]
    """Mark the filled bins out of those from ``low`` to ``stop``, by looking at each.

    Where many bins are filled, or many times, this is faster than to mark each time. It looks at
    whole words' bins, so the histogram has to have as many.

    Args:
        counts: The histogram.
        touched: A bit a bin.
        low: First bin.
        stop: Behind the last bin.
    """
    for word in range(low >> 6, (stop + 63) >> 6):
        bits = np.uint64(0)
        first = np.uint64(word << 6)
        for bit in range(64):
            place = np.uint64(bit)
            bits |= np.uint64(counts[first + place] != 0) << place
        touched[word] = bits


@compiled
def mark_weights(rows, touched, low, stop):  # type: ignore[no-untyped-def]
    """Do as ``mark_counts`` in a weighted histogram."""
    for word in range(low >> 6, (stop + 63) >> 6):
        bits = np.uint64(0)
        first = np.uint64(word << 6)
        for bit in range(64):
            place = np.uint64(bit)
            bits |= np.uint64(rows[first + place, 0] != 0.0) << place
        touched[word] = bits


@compiled
def take_weights(  # type: ignore[no-untyped-def]
    rows, touched, origin, low, stop, n_cells, n_large, out_codes, out_large, out_weights
):
    """Append a weighted histogram's marked bins to the output and set it back to zero.

    Args:
        rows: The histogram, shape (bins, ROW).
        touched: A bit a bin.
        origin: The row of bin 0, a multiple of 64.
        low: A row below which none of the histogram is marked.
        stop: A row from which on none of it is marked.
        n_cells: Number of cells in the output so far.
        n_large: Number of large values in the output so far.
        out_codes: Cells' codes.
        out_large: Large values.
        out_weights: Cells' sums of weights and of squared weights.

    Returns:
        The numbers of cells and of large values in the output now.
    """
    last = np.int64(origin) - 1
    to = np.uint64(n_cells)
    for word in range(low >> 6, (stop + 63) >> 6):
        bits = touched[word]
        touched[word] = 0
        while bits:
            cell = np.uint64(word << 6) + lowest_bit(bits)
            bits &= bits - ONE
            row = rows[cell]
            step = np.int64(cell) - last
            last = np.int64(cell)
            count = np.int64(row[0])
            out_weights[to, 0] = row[1]
            out_weights[to, 1] = row[2]
            row[0] = row[1] = row[2] = 0.0
            if step >> STEP_BITS | count >> COUNT_BITS:
                out_codes[to] = LARGE
                out_large[n_large] = step
                out_large[n_large + 1] = count
                n_large += 2
            else:
                out_codes[to] = count << STEP_BITS | step
            to += ONE
    return np.int64(to), n_large


@compiled
def take_counts(  # type: ignore[no-untyped-def]
    counts, touched, origin, low, stop, n_cells, n_large, out_codes, out_large
):
    """Append an unweighted histogram's marked bins to the output; see ``take_weights``."""
    last = np.int64(origin) - 1
    to = np.uint64(n_cells)
    for word in range(low >> 6, (stop + 63) >> 6):
        bits = touched[word]
        touched[word] = 0
        while bits:
            cell = np.uint64(word << 6) + lowest_bit(bits)
            bits &= bits - ONE
            step = np.int64(cell) - last
            last = np.int64(cell)
            count = counts[cell]
            counts[cell] = 0
            if step >> STEP_BITS | count >> COUNT_BITS:
                out_codes[to] = LARGE
                out_large[n_large] = step
                out_large[n_large + 1] = count
                n_large += 2
            else:
                out_codes[to] = count << STEP_BITS | step
            to += ONE
    return np.int64(to), n_large
