"""Filling one histogram and reading out what was filled, in its bins' order.

While it is filled, a histogram is dense: a bin's count and sums lie side by side, so that an entry
touches one cache line. One bit a bin says which ones were touched; from them the histogram is read
out as sparse cells and set back to zero.
"""

from __future__ import annotations

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.bitscan import lowest_bit

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
def take_weights(rows, touched, n_words, n_cells, out_bins, out_counts, out_weights):  # type: ignore[no-untyped-def]
    """Append a weighted histogram's filled bins to the output and set it back to zero.

    Args:
        rows: The histogram, shape (bins, ROW).
        touched: A bit a bin.
        n_words: How many words of ``touched`` are in use.
        n_cells: Length of the output so far.
        out_bins: Bins' numbers.
        out_counts: Bins' entries.
        out_weights: Bins' sums of weights and of squared weights.

    Returns:
        The length of the output now.
    """
    for word in range(n_words):
        bits = touched[word]
        if bits == 0:
            continue
        touched[word] = 0
        while bits:
            cell = np.uint64(64 * word) + lowest_bit(bits)
            bits &= bits - ONE
            row = rows[cell]
            out_bins[n_cells] = cell
            out_counts[n_cells] = np.int64(row[0])
            out_weights[n_cells, 0] = row[1]
            out_weights[n_cells, 1] = row[2]
            row[0] = row[1] = row[2] = 0.0
            n_cells += 1
    return n_cells


@compiled
def take_counts(counts, touched, n_words, n_cells, out_bins, out_counts):  # type: ignore[no-untyped-def]
    """Append an unweighted histogram's filled bins to the output; see ``take_weights``."""
    for word in range(n_words):
        bits = touched[word]
        if bits == 0:
            continue
        touched[word] = 0
        while bits:
            cell = np.uint64(64 * word) + lowest_bit(bits)
            bits &= bits - ONE
            out_bins[n_cells] = cell
            out_counts[n_cells] = counts[cell]
            counts[cell] = 0
            n_cells += 1
    return n_cells
