"""Adding up sorted sparse sets of histograms, as many as there are at once.

Each set is read once and the sum is written once, however many there are. Histograms that several
hold are spread out dense, one set after the other, and read out again. That is done for a block of
histograms at a time, which stay in second cache, so that each set is read on in long pieces. Lists
of cells that are merged step by step cost a branch a cell that cannot be foreseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.cells import (
    ROW,
    mark,
    mark_counts,
    mark_weights,
    take_counts,
    take_weights,
)
from bumpcast.massscan.delta.codes import LARGE, STEP_BITS, STEP_MASK
from bumpcast.massscan.delta.machine import load_float64, load_int64, load_uint16

MOST_BINS: Final = 1 << 16
FEW: Final = 8
"""A histogram with more bins than this for each of its cells has its cells marked."""

BLOCK: Final = 64
"""Histograms that are spread out at a time: few enough to stay in second cache."""

_ALONE: Final = -(1 << 62)
"""Instead of a place: no other set holds the histogram."""

_NEVER: Final = np.iinfo(np.int64).max


class Spectra(NamedTuple):
    """Histograms, sorted by final state and observable; the columns are those of ScanDelta."""

    states: npt.NDArray[np.int64]
    observables: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    first_large: npt.NDArray[np.int64]
    codes: npt.NDArray[np.uint16]
    large: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64] | None


def merge(terms: Sequence[Spectra]) -> Spectra:
    """Return the sum of sets of histograms, in each cell added in the order of the sets.

    Args:
        terms: The sets; all with weights, or none.
    """
    weighted = terms[0].weights is not None
    most_rows = sum(len(term.states) for term in terms)
    most_cells = sum(len(term.codes) for term in terms)
    most_large = 2 * most_cells
    made = Spectra(
        np.empty(most_rows, np.int64),
        np.empty(most_rows, np.int64),
        np.empty(most_rows + 1, np.int64),
        np.empty(most_rows + 1, np.int64),
        np.empty(most_cells, np.uint16),
        np.empty(most_large, np.int64),
        np.empty((most_cells if weighted else 0, 2), np.float64),
    )
    # The compiled code sees addresses only, so types have to be as it takes them to be; `columns`
    # keeps alive what had to be copied for that.
    columns = [
        [
            np.ascontiguousarray(() if column is None else column, dtype)
            for column, dtype in zip(term, _DTYPES, strict=True)
        ]
        for term in terms
    ]
    addresses = np.array([[column.ctypes.data for column in term] for term in columns], np.int64)
    lengths = np.array([len(term.states) for term in terms], np.int64)
    n_rows, n_cells, n_large = _merge(addresses, lengths, weighted, *made)
    # What was not written to goes back without a copy.
    sizes = (n_rows, n_rows, n_rows + 1, n_rows + 1, n_cells, n_large)
    for array, length in zip(made, sizes, strict=False):
        array.resize(length, refcheck=False)  # type: ignore[union-attr]
    if not weighted:
        return made._replace(weights=None)
    made.weights.resize((n_cells, 2), refcheck=False)  # type: ignore[union-attr]
    return made


_DTYPES: Final = (np.int64, np.int64, np.int64, np.int64, np.uint16, np.int64, np.float64)
_STATES, _OBSERVABLES, _OFFSETS, _FIRST_LARGE, _CODES, _LARGE, _WEIGHTS = range(7)


@compiled
def _measure(columns, head, slots, lows, highs, cells, holders):  # type: ignore[no-untyped-def]
    """Widen the ranges of a block's histograms to the bins of one set's.

    Args:
        columns: Addresses of the set's columns.
        head: Its first histogram in the block.
        slots: Each of its histograms' place in the block.
        lows: First bin of each of the block's histograms, over all sets.
        highs: Behind its last bin.
        cells: Its number of cells, summed over all sets.
        holders: How many sets hold it.
    """
    stop = load_int64(columns[_OFFSETS], head)
    last_value = load_int64(columns[_FIRST_LARGE], head)
    for number in range(len(slots)):
        slot = slots[number]
        holders[slot] += 1
        first, stop = stop, load_int64(columns[_OFFSETS], head + number + 1)
        value, last_value = last_value, load_int64(columns[_FIRST_LARGE], head + number + 1)
        if first == stop:
            continue
        code = np.int64(load_uint16(columns[_CODES], first))
        low = load_int64(columns[_LARGE], value) if code == LARGE else code & STEP_MASK
        steps = np.int64(0)
        for cell in range(first, stop):
            steps += load_uint16(columns[_CODES], cell) & STEP_MASK
        for place in range(value, last_value, 2):
            steps += load_int64(columns[_LARGE], place)
        lows[slot] = min(lows[slot], low - 1)
        highs[slot] = max(highs[slot], steps)
        cells[slot] += stop - first


@compiled
def _spread_one(  # type: ignore[no-untyped-def]
    columns, row, origin, weighted, dense_counts, dense_rows, is_marked, touched
):
    """Add one histogram's cells to a dense one; see ``_spread``."""
    codes, large, weights = columns[_CODES], columns[_LARGE], columns[_WEIGHTS]
    value = load_int64(columns[_FIRST_LARGE], row)
    last = origin - 1
    for cell in range(load_int64(columns[_OFFSETS], row), load_int64(columns[_OFFSETS], row + 1)):
        code = np.int64(load_uint16(codes, cell))
        step = code & STEP_MASK
        count = code >> STEP_BITS
        if code == LARGE:
            step = load_int64(large, value)
            count = load_int64(large, value + 1)
            value += 2
        last += step
        if weighted:
            dense = dense_rows[np.uint64(last)]
            dense[0] += count
            dense[1] += load_float64(weights, 2 * cell)
            dense[2] += load_float64(weights, 2 * cell + 1)
        else:
            dense_counts[np.uint64(last)] += count
        if is_marked:
            mark(touched, np.uint32(last))


@compiled
def _spread(  # type: ignore[no-untyped-def]
    columns, head, slots, origins, are_marked, weighted, dense_counts, dense_rows, touched
):
    """Add one set's cells to the dense histograms of a block.

    Args:
        columns: Addresses of the set's columns.
        head: Its first histogram in the block.
        slots: Each of its histograms' place in the block.
        origins: Where each of the block's histograms has its bin 0, _ALONE for one of one set.
        are_marked: Whether to mark the bins.
        weighted: Whether to add sums of weights too.
        dense_counts: The dense histograms if not.
        dense_rows: The dense histograms if so.
        touched: A bit a bin of these.
    """
    for number in range(len(slots)):
        slot = slots[number]
        if origins[slot] == _ALONE:
            continue
        if are_marked[slot]:
            _spread_one(
                columns,
                head + number,
                origins[slot],
                weighted,
                dense_counts,
                dense_rows,
                True,
                touched,
            )
        else:
            _spread_one(
                columns,
                head + number,
                origins[slot],
                weighted,
                dense_counts,
                dense_rows,
                False,
                touched,
            )


@compiled
def _copy(  # type: ignore[no-untyped-def]
    columns, row, weighted, n_cells, n_large, out_codes, out_large, out_weights
):
    """Append one histogram to the output; return its numbers of cells and of large values."""
    codes, large, weights = columns[_CODES], columns[_LARGE], columns[_WEIGHTS]
    first = load_int64(columns[_OFFSETS], row)
    stop = load_int64(columns[_OFFSETS], row + 1)
    for cell in range(stop - first):
        out_codes[n_cells + cell] = load_uint16(codes, first + cell)
    if weighted:
        for cell in range(stop - first):
            out_weights[n_cells + cell, 0] = load_float64(weights, 2 * (first + cell))
            out_weights[n_cells + cell, 1] = load_float64(weights, 2 * (first + cell) + 1)
    for value in range(
        load_int64(columns[_FIRST_LARGE], row), load_int64(columns[_FIRST_LARGE], row + 1)
    ):
        out_large[n_large] = load_int64(large, value)
        n_large += 1
    return n_cells + stop - first, n_large


@compiled
def _next_row(states, observables, here):  # type: ignore[no-untyped-def]
    """Find the sets that hold the first histogram that is left.

    Args:
        states: The state of the first histogram that is left of each, _NEVER where none is.
        observables: Its observable.
        here: Is set to the sets' numbers.

    Returns:
        Their number.
    """
    state = _NEVER
    observable = _NEVER
    for term in range(len(states)):
        if states[term] < state:
            state, observable = states[term], observables[term]
        elif states[term] == state and observables[term] < observable:
            observable = observables[term]
    n_here = 0
    for term in range(len(states)):
        here[n_here] = term
        n_here += (states[term] == state) & (observables[term] == observable)
    return 0 if state == _NEVER else n_here


@compiled
def _look(columns, length, row, term, states, observables):  # type: ignore[no-untyped-def]
    """Note which histogram of a set is the first that is left; see ``_next_row``."""
    if row == length:
        states[term] = observables[term] = _NEVER
    else:
        states[term] = load_int64(columns[_STATES], row)
        observables[term] = load_int64(columns[_OBSERVABLES], row)


@compiled
def _merge(  # type: ignore[no-untyped-def]
    addresses,
    lengths,
    weighted,
    out_states,
    out_observables,
    out_offsets,
    out_first_large,
    out_codes,
    out_large,
    out_weights,
):
    """Write the sum to the last arguments; return its numbers of histograms, cells, large values.

    Args:
        addresses: Of the columns of each set, shape (sets, 7).
        lengths: Their numbers of histograms.
        weighted: Whether there are sums of weights.
        out_states: The columns of the sum, as all that follow.
        out_observables: See there.
        out_offsets: See there.
        out_first_large: See there.
        out_codes: See there.
        out_large: See there.
        out_weights: See there.
    """
    dense_counts = np.zeros(0, np.int64)
    dense_rows = np.zeros((0, ROW), np.float64)
    touched = np.zeros(0, np.uint64)
    n_terms = len(lengths)
    heads = np.zeros(n_terms, np.int64)
    begun = np.zeros(n_terms, np.int64)
    states = np.empty(n_terms, np.int64)
    observables = np.empty(n_terms, np.int64)
    here = np.empty(n_terms + 1, np.int64)
    slots = np.empty((n_terms, BLOCK), np.int64)
    of_term = np.empty(BLOCK, np.int64)
    of_row = np.empty(BLOCK, np.int64)
    lows = np.empty(BLOCK, np.int64)
    highs = np.empty(BLOCK, np.int64)
    cells = np.empty(BLOCK, np.int64)
    holders = np.empty(BLOCK, np.int64)
    origins = np.empty(BLOCK, np.int64)
    are_marked = np.empty(BLOCK, np.bool_)
    for term in range(n_terms):
        _look(addresses[term], lengths[term], heads[term], term, states, observables)
    # With plain zeros, whatever they are handed to would be compiled for constants first.
    row = n_cells = n_large = np.int64(0)
    n_slots = BLOCK
    while n_slots == BLOCK:
        n_slots = 0
        # Loops, since assigning slices takes the compiler three seconds more.
        for term in range(n_terms):
            begun[term] = heads[term]
        while n_slots < BLOCK:
            n_here = _next_row(states, observables, here)
            if n_here == 0:
                break
            of_term[n_slots] = here[0]
            of_row[n_slots] = heads[here[0]]
            out_states[row + n_slots] = states[here[0]]
            out_observables[row + n_slots] = observables[here[0]]
            for place in range(n_here):
                term = here[place]
                slots[term, heads[term] - begun[term]] = n_slots
                heads[term] += 1
                _look(addresses[term], lengths[term], heads[term], term, states, observables)
            n_slots += 1
        for slot in range(n_slots):
            lows[slot] = MOST_BINS
            highs[slot] = cells[slot] = holders[slot] = 0
        for term in range(n_terms):
            mine = slots[term, : heads[term] - begun[term]]
            _measure(addresses[term], begun[term], mine, lows, highs, cells, holders)
        used = 0
        for slot in range(n_slots):
            origins[slot] = _ALONE
            if holders[slot] > 1:
                # Whole words of bins, so that a word's bits are those of one histogram.
                first_word = min(lows[slot], highs[slot]) >> 6
                origins[slot] = used - (first_word << 6)
                used += (((highs[slot] + 63) >> 6) - first_word) << 6
                are_marked[slot] = highs[slot] - lows[slot] > FEW * cells[slot]
        if used > 64 * len(touched):
            dense_counts = np.zeros(0 if weighted else used, np.int64)
            dense_rows = np.zeros((used if weighted else 0, ROW), np.float64)
            touched = np.zeros(used >> 6, np.uint64)
        for term in range(n_terms):
            _spread(
                addresses[term],
                begun[term],
                slots[term, : heads[term] - begun[term]],
                origins,
                are_marked,
                weighted,
                dense_counts,
                dense_rows,
                touched,
            )
        for slot in range(n_slots):
            out_offsets[row + slot] = n_cells
            out_first_large[row + slot] = n_large
            origin = origins[slot]
            low, high = origin + lows[slot], origin + highs[slot]
            if origin == _ALONE:
                n_cells, n_large = _copy(
                    addresses[of_term[slot]],
                    of_row[slot],
                    weighted,
                    n_cells,
                    n_large,
                    out_codes,
                    out_large,
                    out_weights,
                )
            elif weighted:
                if not are_marked[slot]:
                    mark_weights(dense_rows, touched, low, high)
                n_cells, n_large = take_weights(
                    dense_rows,
                    touched,
                    origin,
                    low,
                    high,
                    n_cells,
                    n_large,
                    out_codes,
                    out_large,
                    out_weights,
                )
            else:
                if not are_marked[slot]:
                    mark_counts(dense_counts, touched, low, high)
                n_cells, n_large = take_counts(
                    dense_counts,
                    touched,
                    origin,
                    low,
                    high,
                    n_cells,
                    n_large,
                    out_codes,
                    out_large,
                )
        row += n_slots
    out_offsets[row] = n_cells
    out_first_large[row] = n_large
    return row, n_cells, n_large
