"""The compiled loop over final states, combinations, variables and selections.

A combination's masses are computed for all events of a state that lend their objects to it, in
blocks that stay in first cache, by vector instructions over columns of four-vectors. Their bins
are found once; each selection then fills one histogram from its own list of events. Histograms
are filled and read out one at a time, so the one at work stays in first cache, and the cost of a
chunk depends on its entries and not on how many histograms there could be.
"""

from __future__ import annotations

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.cells import (
    ROW,
    add_counts,
    add_multiples,
    add_weights,
    take_counts,
    take_weights,
)
from bumpcast.massscan.filling.bins import BLOCK, N_VARIABLES, compute_bins
from bumpcast.massscan.naming.observable import VARIABLE_SHIFT

COUNTS, MULTIPLES, WEIGHTS = range(3)
"""What an event adds to a histogram: one entry, several or none, or one with a weight."""


@compiled
def count_entries(  # type: ignore[no-untyped-def]
    first_range, range_mask, lists, n_selections, first_subset, masks, variables
):
    """Return upper bounds of the entries and of the histograms that a chunk fills."""
    entries = 0
    histograms = 0
    for state in range(len(first_range) - 1):
        for chosen in range(first_range[state], first_range[state + 1]):
            absent = ~range_mask[chosen]
            passed = 0
            for selection in range(n_selections[state]):
                passed += lists[chosen, selection, 1] - lists[chosen, selection, 0]
            for subset in range(first_subset[state], first_subset[state + 1]):
                if masks[subset] & absent == 0:
                    for variable in range(N_VARIABLES):
                        entries += passed * (variables[subset] >> variable & 1)
        for subset in range(first_subset[state], first_subset[state + 1]):
            for variable in range(N_VARIABLES):
                histograms += n_selections[state] * (variables[subset] >> variable & 1)
    return entries, min(histograms, entries)


@compiled
def fill(  # type: ignore[no-untyped-def]
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
    adding,
    multiples,
    weights,
    out_rows,
    out_codes,
    out_large,
    out_weights,
):
    """Fill every histogram of a chunk.

    The first arguments are EventTables, MenuTables and EdgeTables. ``adding`` says what an event
    adds: 1, its ``multiples``, or its ``weights``, both in sorted order.

    The output is written to the last arguments: rows of (state's number, observable's code, first
    cell, first large value); per cell its bin and count as in ``delta/codes.py``; large values; and
    per cell its sum of weights and sum of squared weights.

    Returns:
        The number of histograms, of cells and of large values written.
    """
    most_events = 0
    for state in range(len(first_event) - 1):
        most_events = max(most_events, first_event[state + 1] - first_event[state])
    most_bins = 0
    for binning in range(len(steps)):
        most_bins = max(most_bins, first_threshold[binning + 1] - first_threshold[binning])
    touched = np.zeros(most_bins // 64 + 1, np.uint64)
    counts = np.zeros(most_bins, np.int64)
    rows = np.zeros((most_bins if adding == WEIGHTS else 0, ROW), np.float64)
    sums = np.empty((4, BLOCK), np.float64)
    squares = np.empty(BLOCK, np.float64)
    bins = np.empty((N_VARIABLES, most_events), np.uint32)
    # With plain zeros, whatever they are handed to would be compiled for constants first.
    n_rows = n_cells = n_large = origin = np.int64(0)
    for state in range(len(first_event) - 1):
        begin, end = first_event[state], first_event[state + 1]
        for subset in range(first_subset[state], first_subset[state + 1]):
            if masks[subset] == 0:  # the state's yield: every event in the only bin
                for event in range(end - begin):
                    bins[0, event] = 1
            for chosen in range(first_range[state], first_range[state + 1]):
                if masks[subset] and masks[subset] & ~range_mask[chosen] == 0:
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
            for variable in range(N_VARIABLES):
                if not variables[subset] >> variable & 1:
                    continue
                binning = binnings[min(variable, 1), subset]
                n_bins = first_threshold[binning + 1] - first_threshold[binning]
                for selection in range(first_selection[state], first_selection[state + 1]):
                    local = selection - first_selection[state]
                    passed = 0
                    for chosen in range(first_range[state], first_range[state + 1]):
                        if masks[subset] & ~range_mask[chosen]:
                            continue
                        first, stop = lists[chosen, local, 0], lists[chosen, local, 1]
                        passed += stop - first
                        if adding == WEIGHTS:
                            add_weights(
                                rows,
                                touched,
                                bins[variable],
                                listed,
                                first,
                                stop,
                                weights[begin:end],
                            )
                        elif adding == MULTIPLES:
                            add_multiples(
                                counts,
                                touched,
                                bins[variable],
                                listed,
                                first,
                                stop,
                                multiples[begin:end],
                            )
                        else:
                            add_counts(counts, touched, bins[variable], listed, first, stop)
                    if passed == 0:
                        continue
                    before, before_large = n_cells, n_large
                    if adding == WEIGHTS:
                        n_cells, n_large = take_weights(
                            rows,
                            touched,
                            origin,
                            origin,
                            n_bins,
                            n_cells,
                            n_large,
                            out_codes,
                            out_large,
                            out_weights,
                        )
                    else:
                        n_cells, n_large = take_counts(
                            counts,
                            touched,
                            origin,
                            origin,
                            n_bins,
                            n_cells,
                            n_large,
                            out_codes,
                            out_large,
                        )
                    if n_cells > before:
                        out_rows[n_rows, 0] = state
                        out_rows[n_rows, 1] = (
                            observables[subset] | variable << VARIABLE_SHIFT | selections[selection]
                        )
                        out_rows[n_rows, 2] = before
                        out_rows[n_rows, 3] = before_large
                        n_rows += 1
    return n_rows, n_cells, n_large
