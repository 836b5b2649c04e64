"""Adding two sorted sparse sets of histograms.

A histogram that both hold is spread out dense, added to, and read out again as when it was filled:
two lists of cells that are merged step by step cost a branch a cell that cannot be foreseen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.cells import ROW, WORD_SHIFT, mark, take_counts, take_weights

MOST_BINS = 1 << 16


def merge_cells(
    left: tuple[npt.NDArray[Any], ...], right: tuple[npt.NDArray[Any], ...], *, weighted: bool
) -> tuple[npt.NDArray[Any], ...]:
    """Return the sum of two sets of histograms.

    Args:
        left: States, observables, offsets, bins, counts and sums of weights as in ScanDelta.
        right: The same.
        weighted: Whether sums of weights are added too; else they are empty.

    Returns:
        The same of the sum.
    """
    most_rows = len(left[0]) + len(right[0])
    most_cells = len(left[3]) + len(right[3])
    states = np.empty(most_rows, np.int64)
    observables = np.empty(most_rows, np.int64)
    offsets = np.empty(most_rows + 1, np.int64)
    bins = np.empty(most_cells, np.uint16)
    counts = np.empty(most_cells, np.int64)
    weights = np.empty((most_cells if weighted else 0, 2), np.float64)
    n_rows, n_cells = _merge(
        *left, *right, weighted, states, observables, offsets, bins, counts, weights
    )
    # What was not written to goes back without a copy.
    for array, length in (
        (states, n_rows),
        (observables, n_rows),
        (offsets, n_rows + 1),
        (bins, n_cells),
        (counts, n_cells),
    ):
        array.resize(length, refcheck=False)
    weights.resize((n_cells if weighted else 0, 2), refcheck=False)
    return states, observables, offsets, bins, counts, weights


@compiled
def _copy(  # type: ignore[no-untyped-def]
    offsets, bins, counts, weights, row, weighted, n_cells, out_bins, out_counts, out_weights
):
    """Append one histogram's cells to the output, and return the output's length."""
    for cell in range(offsets[row], offsets[row + 1]):
        out_bins[n_cells] = bins[cell]
        out_counts[n_cells] = counts[cell]
        if weighted:
            out_weights[n_cells, 0] = weights[cell, 0]
            out_weights[n_cells, 1] = weights[cell, 1]
        n_cells += 1
    return n_cells


@compiled
def _spread(  # type: ignore[no-untyped-def]
    offsets, bins, counts, weights, row, weighted, dense_counts, dense_rows, touched
):
    """Add one histogram's cells to the dense one."""
    for cell in range(offsets[row], offsets[row + 1]):
        number = np.uint32(bins[cell])
        if weighted:
            dense = dense_rows[number]
            dense[0] += counts[cell]
            dense[1] += weights[cell, 0]
            dense[2] += weights[cell, 1]
        else:
            dense_counts[number] += counts[cell]
        mark(touched, number)


@compiled
def _merge(  # type: ignore[no-untyped-def]
    a_states,
    a_observables,
    a_offsets,
    a_bins,
    a_counts,
    a_weights,
    b_states,
    b_observables,
    b_offsets,
    b_bins,
    b_counts,
    b_weights,
    weighted,
    states,
    observables,
    offsets,
    bins,
    counts,
    weights,
):
    """Write the sum to the last arguments, and return its numbers of histograms and cells."""
    dense_counts = np.zeros(0 if weighted else MOST_BINS, np.int64)
    dense_rows = np.zeros((MOST_BINS if weighted else 0, ROW), np.float64)
    touched = np.zeros(MOST_BINS >> WORD_SHIFT, np.uint64)
    row = n_cells = a = b = 0
    while a < len(a_states) or b < len(b_states):
        take_a = b == len(b_states)
        take_b = a == len(a_states)
        if not take_a and not take_b:
            if a_states[a] == b_states[b]:
                take_a = a_observables[a] <= b_observables[b]
                take_b = b_observables[b] <= a_observables[a]
            else:
                take_a = a_states[a] < b_states[b]
                take_b = not take_a
        states[row] = a_states[a] if take_a else b_states[b]
        observables[row] = a_observables[a] if take_a else b_observables[b]
        offsets[row] = n_cells
        if take_a and take_b:
            _spread(
                a_offsets,
                a_bins,
                a_counts,
                a_weights,
                a,
                weighted,
                dense_counts,
                dense_rows,
                touched,
            )
            _spread(
                b_offsets,
                b_bins,
                b_counts,
                b_weights,
                b,
                weighted,
                dense_counts,
                dense_rows,
                touched,
            )
            n_words = 0
            if a_offsets[a + 1] > a_offsets[a]:
                n_words = a_bins[a_offsets[a + 1] - 1] // 64 + 1
            if b_offsets[b + 1] > b_offsets[b]:
                n_words = max(n_words, b_bins[b_offsets[b + 1] - 1] // 64 + 1)
            if weighted:
                n_cells = take_weights(dense_rows, touched, n_words, n_cells, bins, counts, weights)
            else:
                n_cells = take_counts(dense_counts, touched, n_words, n_cells, bins, counts)
        elif take_a:
            n_cells = _copy(
                a_offsets,
                a_bins,
                a_counts,
                a_weights,
                a,
                weighted,
                n_cells,
                bins,
                counts,
                weights,
            )
        else:
            n_cells = _copy(
                b_offsets,
                b_bins,
                b_counts,
                b_weights,
                b,
                weighted,
                n_cells,
                bins,
                counts,
                weights,
            )
        a += take_a
        b += take_b
        row += 1
    offsets[row] = n_cells
    return row, n_cells
