"""Numbering the distinct values of an array without sorting it."""

from __future__ import annotations

from typing import Final

import numpy as np

from bumpcast.compiled import compiled

_MIXER: Final = -7046029254386353131
"""An odd number of 64 bits (2^64 / golden ratio) whose multiples spread over all bits."""


@compiled
def number_distinct(values, table_bits, most):  # type: ignore[no-untyped-def]
    """Number distinct values in the order in which they come.

    A hash table with open addressing.

    Args:
        values: Whole numbers, int64.
        table_bits: Size of the table as a power of two, which has to be above ``most``.
        most: So many distinct values may there be.

    Returns:
        How many there are, -1 where they are more; they; the number of each value.
    """
    table = np.zeros(1 << table_bits, np.int64)  # 1 + a value's number; 0 in a free cell
    last_cell = np.uint64(len(table) - 1)
    distinct = np.empty(most, np.int64)
    numbers = np.empty(len(values), np.int64)
    n_distinct = 0
    for place in range(len(values)):
        value = values[place]
        cell = np.uint64(value * _MIXER) >> np.uint64(64 - table_bits)
        while table[cell] > 0 and distinct[table[cell] - 1] != value:
            cell = (cell + np.uint64(1)) & last_cell
        if table[cell] == 0:
            if n_distinct == most:
                return -1, distinct, numbers
            distinct[n_distinct] = value
            n_distinct += 1
            table[cell] = n_distinct
        numbers[place] = table[cell] - 1
    return n_distinct, distinct, numbers
