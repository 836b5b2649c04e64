"""Adding up sorted sparse sets of histograms, as many as there are at once.

Each set is read once and the sum is written once, however many there are. A histogram that several
hold is spread out dense, one set after the other, and read out again; while it is at work it stays
in first cache. Lists of cells that are merged step by step cost a branch a cell that cannot be
foreseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.cells import (
    ROW,
    WORD_SHIFT,
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
def _spread(columns, row, weighted, dense_counts, dense_rows):  # type: ignore[no-untyped-def]
    """Add one histogram's cells to the dense one; return its first bin and the one behind its last.

    Args:
        columns: Addresses of a set's columns.
        row: The histogram, which has cells.
        weighted: Whether to add sums of weights too.
        dense_counts: The dense histogram if not.
        dense_rows: The dense histogram if so.
    """
    codes, large, weights = columns[_CODES], columns[_LARGE], columns[_WEIGHTS]
    first = load_int64(columns[_OFFSETS], row)
    stop = load_int64(columns[_OFFSETS], row + 1)
    value = load_int64(columns[_FIRST_LARGE], row)
    code = np.int64(load_uint16(codes, first))
    low = (load_int64(large, value) if code == LARGE else code & STEP_MASK) - 1
    last_bin = np.int64(-1)
    for cell in range(first, stop):
        code = np.int64(load_uint16(codes, cell))
        step = code & STEP_MASK
        count = code >> STEP_BITS
        if code == LARGE:
            step = load_int64(large, value)
            count = load_int64(large, value + 1)
            value += 2
        last_bin += step
        if weighted:
            dense = dense_rows[np.uint64(last_bin)]
            dense[0] += count
            dense[1] += load_float64(weights, 2 * cell)
            dense[2] += load_float64(weights, 2 * cell + 1)
        else:
            dense_counts[np.uint64(last_bin)] += count
    return low, last_bin + 1


@compiled
def _mark(columns, row, touched):  # type: ignore[no-untyped-def]
    """Mark the bins of one histogram; the arguments are those of ``_spread``."""
    value = load_int64(columns[_FIRST_LARGE], row)
    last_bin = np.int64(-1)
    for cell in range(load_int64(columns[_OFFSETS], row), load_int64(columns[_OFFSETS], row + 1)):
        code = np.int64(load_uint16(columns[_CODES], cell))
        step = code & STEP_MASK
        if code == LARGE:
            step = load_int64(columns[_LARGE], value)
            value += 2
        last_bin += step
        mark(touched, np.uint32(last_bin))


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
    dense_counts = np.zeros(0 if weighted else MOST_BINS, np.int64)
    dense_rows = np.zeros((MOST_BINS if weighted else 0, ROW), np.float64)
    touched = np.zeros(MOST_BINS >> WORD_SHIFT, np.uint64)
    n_terms = len(lengths)
    heads = np.zeros(n_terms, np.int64)
    states = np.empty(n_terms, np.int64)
    observables = np.empty(n_terms, np.int64)
    here = np.empty(n_terms + 1, np.int64)
    for term in range(n_terms):
        _look(addresses[term], lengths[term], 0, term, states, observables)
    row = n_cells = n_large = 0
    while True:
        n_here = _next_row(states, observables, here)
        if n_here == 0:
            break
        out_states[row] = states[here[0]]
        out_observables[row] = observables[here[0]]
        out_offsets[row] = n_cells
        out_first_large[row] = n_large
        if n_here == 1:
            n_cells, n_large = _copy(
                addresses[here[0]],
                heads[here[0]],
                weighted,
                n_cells,
                n_large,
                out_codes,
                out_large,
                out_weights,
            )
        else:
            low, high, all_cells = np.int64(MOST_BINS), np.int64(0), np.int64(0)
            for place in range(n_here):
                columns, head = addresses[here[place]], heads[here[place]]
                cells = load_int64(columns[_OFFSETS], head + 1)
                cells -= load_int64(columns[_OFFSETS], head)
                if cells:
                    begin, end = _spread(columns, head, weighted, dense_counts, dense_rows)
                    low, high = min(low, begin), max(high, end)
                    all_cells += cells
            if high - low > FEW * all_cells:
                for place in range(n_here):
                    _mark(addresses[here[place]], heads[here[place]], touched)
            elif weighted:
                mark_weights(dense_rows, touched, low, high)
            else:
                mark_counts(dense_counts, touched, low, high)
            if weighted:
                n_cells, n_large = take_weights(
                    dense_rows,
                    touched,
                    low,
                    high,
                    n_cells,
                    n_large,
                    out_codes,
                    out_large,
                    out_weights,
                )
            else:
                n_cells, n_large = take_counts(
                    dense_counts, touched, low, high, n_cells, n_large, out_codes, out_large
                )
        for place in range(n_here):
            term = here[place]
            heads[term] += 1
            _look(addresses[term], lengths[term], heads[term], term, states, observables)
        row += 1
    out_offsets[row] = n_cells
    out_first_large[row] = n_large
    return row, n_cells, n_large
