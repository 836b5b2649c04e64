"""Masses of one combination for a block of events, and their bins.

Everything here works on squares: no root is taken only to compare it with an edge. Many events are
computed column by column, in vector instructions. For a few, such a loop costs more to begin than
to run, and most time goes into waiting for tables of edges that are not in cache; computed event by
event, several of them and of the variables wait at the same time.
"""

from __future__ import annotations

import math

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.massscan.filling.lookup import CELL_SHIFT, CELLS, FIRST_CELL


@compiled
def add_objects(vectors, block, stride, mask, start, count, sums):  # type: ignore[no-untyped-def]
    """Sum a combination's px, py, pz, E over its objects for a block of events.

    Args:
        vectors: Four-vectors of all states in GeV.
        block: Where the state's block (objects, 4, events) starts in ``vectors``.
        stride: The state's number of events.
        mask: The combination's objects.
        start: The block's first event, counted in the state.
        count: The block's number of events.
        sums: Where px, py, pz, E are written, shape (4, events).
    """
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
def square_masses(variable, sums, met, met_x, met_y, count, squares):  # type: ignore[no-untyped-def]
    """Compute the square of one variable of a combination for a block of events, in GeV^2.

    Args:
        variable: Its number in VARIABLES.
        sums: The combination's px, py, pz, E in GeV, shape (4, events).
        met: E_T^miss in GeV of the block's events.
        met_x: Its x component.
        met_y: Its y component.
        count: The block's number of events.
        squares: Where the squares are written; roundings may leave them below zero.
    """
    px, py, pz, energy = sums[0], sums[1], sums[2], sums[3]
    if variable == 0:
        for event in range(count):
            squares[event] = (
                energy[event] * energy[event]
                - px[event] * px[event]
                - py[event] * py[event]
                - pz[event] * pz[event]
            )
    elif variable == 1:
        for event in range(count):
            square = energy[event] * energy[event] - pz[event] * pz[event]
            t = math.sqrt(square if square > 0.0 else 0.0) + met[event]
            x = px[event] + met_x[event]
            y = py[event] + met_y[event]
            squares[event] = t * t - x * x - y * y
    else:
        for event in range(count):
            t = energy[event] + met[event]
            x = px[event] + met_x[event]
            y = py[event] + met_y[event]
            squares[event] = t * t - x * x - y * y - pz[event] * pz[event]


@compiled
def find_bins(squares, bits, count, thresholds, index, steps, bins):  # type: ignore[no-untyped-def]
    """Find the bins of masses: 0 for underflow, the number of edges for overflow.

    Args:
        squares: Squares of the masses in GeV^2.
        bits: The same memory as whole numbers.
        count: How many.
        thresholds: The binning's edges for squares, and NaN behind the last.
        index: For each cell the bin of its lower end.
        steps: Most edges in one cell. Every mass takes as many steps, since a branch that cannot
            be foreseen costs more than a step.
        bins: Where the bins are written.
    """
    for event in range(count):
        cell = (bits[event] >> CELL_SHIFT) - FIRST_CELL
        below = np.uint32(index[np.uint32(min(max(cell, 0), CELLS - 1))])
        bins[event] = below + (squares[event] >= thresholds[below])
    for _ in range(steps - 1):
        for event in range(count):
            bins[event] += squares[event] >= thresholds[bins[event]]


@compiled
def find_bins_of_few(  # type: ignore[no-untyped-def]
    vectors,
    block,
    stride,
    mask,
    flags,
    start,
    stop,
    met,
    first_event,
    binnings,
    thresholds,
    first_threshold,
    index,
    steps,
    squares,
    bins,
):
    """Find the bins of a combination's variables for a few events, with the same results.

    Args:
        vectors: Four-vectors of all states in GeV.
        block: Where the state's block (objects, 4, events) starts in ``vectors``.
        stride: The state's number of events.
        mask: The combination's objects.
        flags: Its variables.
        start: First event, counted in the state.
        stop: Behind the last.
        met: E_T^miss of all events and its x and y components in GeV, shape (3, events).
        first_event: The state's first event in ``met``.
        binnings: The combination's binning of the mass, and the one with E_T^miss.
        thresholds: Edges for squares of all binnings, see lookup.py.
        first_threshold: Where each binning's start.
        index: Each binning's index.
        steps: Each binning's number of steps.
        squares: Room for a number for each variable.
        bins: Where the bins are written, shape (variables, events).
    """
    bits = squares.view(np.int64)
    step = np.uint64(stride)
    for event in range(start, stop):
        px = py = pz = energy = 0.0
        place = np.uint64(block + event)
        left = mask
        is_first = True
        while left:
            if left & 1:
                x = vectors[place]
                y = vectors[place + step]
                z = vectors[place + np.uint64(2) * step]
                e = vectors[place + np.uint64(3) * step]
                # 0 + x is not always x to the last bit: a zero has a sign.
                px, py = (x, y) if is_first else (px + x, py + y)
                pz, energy = (z, e) if is_first else (pz + z, energy + e)
                is_first = False
            left >>= 1
            place += np.uint64(4) * step
        met_pt = met[0, first_event + event]
        x = px + met[1, first_event + event]
        y = py + met[2, first_event + event]
        root = energy * energy - pz * pz
        t = math.sqrt(root if root > 0.0 else 0.0) + met_pt
        squares[0] = energy * energy - px * px - py * py - pz * pz
        squares[1] = t * t - x * x - y * y
        t = energy + met_pt
        squares[2] = t * t - x * x - y * y - pz * pz
        for variable in range(3):
            if not flags >> variable & 1:
                continue
            binning = binnings[min(variable, 1)]
            cell = (bits[variable] >> CELL_SHIFT) - FIRST_CELL
            below = np.uint32(index[binning, np.uint32(min(max(cell, 0), CELLS - 1))])
            first = np.uint64(first_threshold[binning])
            for _ in range(steps[binning]):
                below += np.uint32(squares[variable] >= thresholds[first + np.uint64(below)])
            bins[variable, event] = below
