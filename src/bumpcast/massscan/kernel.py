"""The compiled loop over final states, combinations and events that fills every histogram.

Combinations are the outer loop and events the inner one: the histograms of one combination (all
its variables and selections) fit the processor's cache, four-vectors are read in order, and the
sums over a combination's objects are vector instructions. What a combination filled is then read
out in order, as sparse rows, and the cells are set back to zero, so that the cost of a chunk
depends on its entries and not on how many histograms there could be.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.massscan.lookup import CELL_SHIFT, CELLS, FIRST_CELL
from bumpcast.massscan.observable import VARIABLE_SHIFT

BLOCK: Final = 512
"""Events whose masses are computed before they are filled; their buffers stay in first cache."""

N_VARIABLES: Final = 3
CELLS_PER_FLAG: Final = 8


@compiled
def _find_bins(masses, bits, count, edges, first, last, index, steps, found):  # type: ignore[no-untyped-def]
    """Find the bins of masses: 0 for underflow, (last - first + 1) for overflow.

    ``first`` and ``last`` are the places of the binning's first and last edge, ``steps`` is the
    most steps that any mass is away from its cell's bin. Every mass takes as many steps, since a
    branch that cannot be foreseen costs more than a step.
    """
    for event in range(count):
        cell = (bits[event] >> CELL_SHIFT) - FIRST_CELL
        cell = min(max(cell, 0), CELLS - 1)
        found[event] = first + np.int64(index[cell])
    for _ in range(steps):
        for event in range(count):
            place = min(found[event], last)
            found[event] += masses[event] >= edges[place]
    for event in range(count):
        found[event] = min(found[event] - first, last - first + 1)


@compiled
def _add_objects(vectors, block, stride, mask, start, count, sums):  # type: ignore[no-untyped-def]
    """Sum a combination's px, py, pz, E over its objects for a block of events."""
    first = True
    item = 0
    while mask >> item:
        if mask >> item & 1:
            place = block + 4 * item * stride + start
            for component in range(4):
                column = vectors[place : place + count]
                total = sums[component]
                if first:
                    for event in range(count):
                        total[event] = column[event]
                else:
                    for event in range(count):
                        total[event] += column[event]
                place += stride
            first = False
        item += 1


@compiled
def _masses(variable, sums, met, met_x, met_y, start, count, masses):  # type: ignore[no-untyped-def]
    """Compute one variable of a combination for a block of events, in GeV."""
    px, py, pz, energy = sums[0], sums[1], sums[2], sums[3]
    if variable == 0:
        for event in range(count):
            masses[event] = (
                energy[event] * energy[event]
                - px[event] * px[event]
                - py[event] * py[event]
                - pz[event] * pz[event]
            )
    elif variable == 1:
        for event in range(count):
            square = energy[event] * energy[event] - pz[event] * pz[event]
            t = math.sqrt(square if square > 0.0 else 0.0) + met[start + event]
            x = px[event] + met_x[start + event]
            y = py[event] + met_y[start + event]
            masses[event] = t * t - x * x - y * y
    else:
        for event in range(count):
            t = energy[event] + met[start + event]
            x = px[event] + met_x[start + event]
            y = py[event] + met_y[start + event]
            masses[event] = t * t - x * x - y * y - pz[event] * pz[event]
    for event in range(count):
        square = masses[event]
        masses[event] = math.sqrt(square if square > 0.0 else 0.0)


@compiled
def count_entries(  # type: ignore[no-untyped-def]
    first_event, first_range, range_event, range_mask, first_subset, masks, variables, n_passes
):
    """Return how many entries a chunk fills, and of each state's subsets how many are filled.

    Returns:
        The number of entries and an upper bound of the number of filled histograms' cells.
    """
    entries = 0
    for state in range(len(first_event) - 1):
        for chosen in range(first_range[state], first_range[state + 1]):
            passed = 0
            for event in range(range_event[chosen], range_event[chosen + 1]):
                passed += n_passes[event]
            absent = ~range_mask[chosen]
            for subset in range(first_subset[state], first_subset[state + 1]):
                if masks[subset] & absent == 0:
                    for variable in range(N_VARIABLES):
                        if variables[subset] >> variable & 1:
                            entries += passed
    return entries


@compiled
def fill(  # type: ignore[no-untyped-def]
    first_event,
    first_range,
    range_event,
    range_mask,
    first_vector,
    vectors,
    met,
    met_x,
    met_y,
    passes,
    n_passes,
    first_subset,
    masks,
    observables,
    variables,
    binnings,
    first_selection,
    selections,
    edges,
    first_edge,
    index,
    steps,
    multiplicities,
    weights,
    weighted,
    entries,
):
    """Fill every histogram of a chunk.

    The first group of arguments is ``SortedEvents``; ``first_subset`` to ``selections`` are the
    states' menus one after the other, ``binnings`` one row for the mass and one for variables with
    E_T^miss. Either ``multiplicities`` (whole numbers) or, when ``weighted``, ``weights`` say how
    much an event counts; both are in sorted order.

    Returns:
        Filled histograms as rows of (state's number, observable's code, first cell), the number
        of histograms, and per cell: bin, count, sum of weights, sum of squared weights; the number
        of cells.
    """
    most_cells = 0
    most_rows = 0
    for state in range(len(first_event) - 1):
        n_selections = first_selection[state + 1] - first_selection[state]
        for subset in range(first_subset[state], first_subset[state + 1]):
            cells = 0
            for variable in range(N_VARIABLES):
                if variables[subset] >> variable & 1:
                    binning = binnings[min(variable, 1), subset]
                    cells += n_selections * (first_edge[binning + 1] - first_edge[binning] + 1)
                    most_rows += n_selections
            most_cells = max(most_cells, cells)
    n_flags = (most_cells // CELLS_PER_FLAG + 8) // 8 * 8
    flags = np.zeros(n_flags, np.uint8)
    flag_words = flags.view(np.uint64)
    counts = np.zeros(n_flags * CELLS_PER_FLAG, np.int64)
    sum_cells = len(counts) if weighted else 0
    sums_of_weights = np.zeros((sum_cells, 2), np.float64)

    out_rows = np.empty((min(most_rows, entries), 3), np.int64)
    out_bins = np.empty(entries, np.uint16)
    out_counts = np.empty(entries, np.int64)
    out_weights = np.empty((entries if weighted else 0, 2), np.float64)
    n_rows = 0
    n_cells = 0

    sums = np.empty((4, BLOCK), np.float64)
    masses = np.empty(BLOCK, np.float64)
    bits = masses.view(np.int64)
    bins = np.empty(BLOCK, np.int64)

    for state in range(len(first_event) - 1):
        stride = first_event[state + 1] - first_event[state]
        block = first_vector[state]
        s_first = first_selection[state]
        n_selections = first_selection[state + 1] - s_first
        for subset in range(first_subset[state], first_subset[state + 1]):
            mask = masks[subset]
            for chosen in range(first_range[state], first_range[state + 1]):
                if mask & ~range_mask[chosen]:
                    continue
                for start in range(range_event[chosen], range_event[chosen + 1], BLOCK):
                    count = min(BLOCK, range_event[chosen + 1] - start)
                    _add_objects(
                        vectors, block, stride, mask, start - first_event[state], count, sums
                    )
                    base = 0
                    for variable in range(N_VARIABLES):
                        if not variables[subset] >> variable & 1:
                            continue
                        binning = binnings[min(variable, 1), subset]
                        first, last = first_edge[binning], first_edge[binning + 1] - 1
                        bin_stride = last - first + 2
                        _masses(variable, sums, met, met_x, met_y, start, count, masses)
                        cell_index = index[binning]
                        _find_bins(
                            masses,
                            bits,
                            count,
                            edges,
                            first,
                            last,
                            cell_index,
                            steps[binning],
                            bins,
                        )
                        for event in range(count):
                            found = bins[event]
                            sorted_event = start + event
                            if weighted:
                                weight = weights[sorted_event]
                                for passed in range(n_passes[sorted_event]):
                                    cell = base + passes[sorted_event, passed] * bin_stride + found
                                    counts[cell] += 1
                                    sums_of_weights[cell, 0] += weight
                                    sums_of_weights[cell, 1] += weight * weight
                                    flags[cell >> 3] = 1
                            else:
                                multiplicity = multiplicities[sorted_event]
                                for passed in range(n_passes[sorted_event]):
                                    cell = base + passes[sorted_event, passed] * bin_stride + found
                                    counts[cell] += multiplicity
                                    flags[cell >> 3] = 1
                        base += n_selections * bin_stride
            # Read out what the combination filled, in order, and clear it.
            base = 0
            limit = 0
            stop_word = 0
            for variable in range(N_VARIABLES):
                if variables[subset] >> variable & 1:
                    binning = binnings[min(variable, 1), subset]
                    stop_word += n_selections * (first_edge[binning + 1] - first_edge[binning] + 1)
            stop_word = stop_word // (8 * CELLS_PER_FLAG) + 1
            variable = -1
            selection = n_selections
            bin_stride = 0
            for word in range(min(stop_word, len(flag_words))):
                if flag_words[word] == 0:
                    continue
                for flag in range(8 * word, 8 * word + 8):
                    if flags[flag] == 0:
                        continue
                    flags[flag] = 0
                    for cell in range(CELLS_PER_FLAG * flag, CELLS_PER_FLAG * (flag + 1)):
                        if counts[cell] == 0:
                            continue
                        if cell >= limit:
                            while cell >= limit:
                                selection += 1
                                if selection >= n_selections:
                                    selection = 0
                                    variable += 1
                                    while not variables[subset] >> variable & 1:
                                        variable += 1
                                    binning = binnings[min(variable, 1), subset]
                                    bin_stride = first_edge[binning + 1] - first_edge[binning] + 1
                                base = limit
                                limit += bin_stride
                            out_rows[n_rows, 0] = state
                            out_rows[n_rows, 1] = (
                                observables[subset]
                                | variable << VARIABLE_SHIFT
                                | selections[s_first + selection]
                            )
                            out_rows[n_rows, 2] = n_cells
                            n_rows += 1
                        out_bins[n_cells] = cell - base
                        out_counts[n_cells] = counts[cell]
                        counts[cell] = 0
                        if weighted:
                            out_weights[n_cells, 0] = sums_of_weights[cell, 0]
                            out_weights[n_cells, 1] = sums_of_weights[cell, 1]
                            sums_of_weights[cell, 0] = 0.0
                            sums_of_weights[cell, 1] = 0.0
                        n_cells += 1
    return out_rows, n_rows, out_bins, out_counts, out_weights, n_cells
