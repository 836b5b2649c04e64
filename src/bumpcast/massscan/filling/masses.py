"""Masses of one combination for a block of events, and their bins.

Everything here works on squares: no root is taken only to compare it with an edge.
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
