"""The bins of one combination for all events of a final state that lend their objects to it.

They are computed in blocks that stay in first cache, by vector instructions over columns of
four-vectors, and serve every selection, and every replica, that is filled from them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.massscan.filling.masses import (
    add_objects,
    find_bins,
    find_bins_of_few,
    square_masses,
)
from bumpcast.massscan.naming.observable import VARIABLES

BLOCK: Final = 512
"""Events whose masses are computed at a time; their buffers stay in first cache."""

FEW: Final = 16
"""So many events of a range are computed one by one."""

N_VARIABLES: Final = len(VARIABLES)


@compiled
def compute_bins(  # type: ignore[no-untyped-def]
    subset,
    block,
    first_event,
    n_events,
    start,
    stop,
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
):
    """Find the bins of a combination's variables for a state's events from start to stop.

    Args:
        subset: The combination's number.
        block: Where the state's block (objects, 4, events) starts in ``vectors``.
        first_event: The state's first event in ``met``.
        n_events: The state's number of events.
        start: First event, counted in the state.
        stop: Behind the last.
        vectors: Four-vectors of all states in GeV.
        met: E_T^miss of all events and its x and y components in GeV, shape (3, events).
        masks: Each combination's objects.
        variables: Each combination's variables, as flags.
        binnings: Each combination's binning of the mass, and the one with E_T^miss.
        thresholds: Edges for squares of all binnings, see lookup.py.
        first_threshold: Where each binning's start.
        index: Each binning's index.
        steps: Each binning's number of steps.
        sums: Room for px, py, pz, E of a block, shape (4, BLOCK).
        squares: Room for the squared masses of a block, shape (BLOCK,).
        bins: Where the bins are written, shape (variables, events); 0 is underflow.
    """
    if stop - start <= FEW:
        find_bins_of_few(
            vectors,
            block,
            n_events,
            masks[subset],
            variables[subset],
            start,
            stop,
            met,
            first_event,
            (binnings[0, subset], binnings[1, subset]),
            thresholds,
            first_threshold,
            index,
            steps,
            squares,
            bins,
        )
        return
    bits = squares.view(np.int64)
    for begin in range(start, stop, BLOCK):
        count = min(BLOCK, stop - begin)
        add_objects(vectors, block, n_events, masks[subset], begin, count, sums)
        in_chunk = first_event + begin
        for variable in range(N_VARIABLES):
            if not variables[subset] >> variable & 1:
                continue
            binning = binnings[min(variable, 1), subset]
            square_masses(
                variable,
                sums,
                met[0, in_chunk:],
                met[1, in_chunk:],
                met[2, in_chunk:],
                count,
                squares,
            )
            find_bins(
                squares,
                bits,
                count,
                thresholds[first_threshold[binning] : first_threshold[binning + 1]],
                index[binning],
                steps[binning],
                bins[variable, begin:],
            )
