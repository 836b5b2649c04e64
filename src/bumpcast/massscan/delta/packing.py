"""A delta's cells in few bytes, for their way between processes; nothing is rounded.

Filled bins lie close together and most hold few entries, so a byte says how far a cell's bin is
from the one before it and how many entries it holds; what does not fit follows in a list of its
own. A cell of one entry needs no sum of squares: it is the square of the sum of weights.
"""

from __future__ import annotations

from typing import Any, Final

import lz4.block
import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled

GAP_BITS: Final = 5
MOST_GAP: Final = (1 << GAP_BITS) - 1
MOST_COUNT: Final = (1 << (8 - GAP_BITS)) - 1
"""In a cell's byte these mean that the value itself is in the list of large ones."""

SAMPLE: Final = 1 << 16
"""Bytes that are compressed to see whether the rest is worth it; random weights are not."""

Packed = tuple[str, bool, bytes]
"""The name of a type, whether its values are compressed, and they."""


def pack_array(array: npt.NDArray[Any]) -> Packed:
    """Return an array's bytes in the narrowest type that holds it, compressed.

    Args:
        array: Whole numbers from 0, or floating-point numbers.
    """
    narrow = array
    if array.size and array.dtype.kind == "i":
        narrow = array.astype(np.min_scalar_type(array.max()))
    elif array.dtype == np.float64:
        with np.errstate(over="ignore"):
            short = array.astype(np.float32)
        if np.array_equal(short, array, equal_nan=True):
            narrow = short
    raw = narrow.tobytes()
    sample = raw[:SAMPLE]
    shrinks = len(lz4.block.compress(sample)) < 0.9 * len(sample)
    return narrow.dtype.str, shrinks, lz4.block.compress(raw) if shrinks else raw


def unpack_array(packed: Packed, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return the array that was packed, as another type."""
    name, compressed, data = packed
    return np.frombuffer(lz4.block.decompress(data) if compressed else data, name).astype(dtype)


def pack_cells(
    offsets: npt.NDArray[np.int64], bins: npt.NDArray[np.uint16], counts: npt.NDArray[np.int64]
) -> tuple[Packed, Packed]:
    """Return cells as bytes, and the values that do not fit into one.

    Args:
        offsets: Where each histogram's cells start, shape (histograms + 1,).
        bins: Bins' numbers, rising in each histogram.
        counts: Their entries, at least 1.
    """
    codes, large = _pack_cells(offsets, bins, counts)
    return pack_array(codes), pack_array(large)


def unpack_cells(
    packed: tuple[Packed, Packed], offsets: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """Return the bins and the counts that were packed."""
    codes, large = packed
    bins, counts = _unpack_cells(
        unpack_array(codes, np.uint8), unpack_array(large, np.int64), offsets
    )
    return bins, counts


def pack_weights(
    counts: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> tuple[Packed, Packed, Packed]:
    """Return sums of weights and of squared weights, the latter where they are needed.

    Args:
        counts: Cells' entries.
        weights: Cells' sums of weights and of squared weights, shape (cells, 2).
    """
    follows = (counts == 1) & (weights[:, 0] * weights[:, 0] == weights[:, 1])
    return (
        pack_array(np.packbits(follows)),
        pack_array(weights[:, 0]),
        pack_array(weights[~follows, 1]),
    )


def unpack_weights(
    packed: tuple[Packed, Packed, Packed],
) -> npt.NDArray[np.float64]:
    """Return the sums that were packed, shape (cells, 2)."""
    sums = unpack_array(packed[1], np.float64)
    weights = np.stack([sums, sums * sums], axis=1)
    follows = np.unpackbits(unpack_array(packed[0], np.uint8), count=len(sums)).astype(bool)
    weights[~follows, 1] = unpack_array(packed[2], np.float64)
    return weights


@compiled
def _pack_cells(offsets, bins, counts):  # type: ignore[no-untyped-def]
    codes = np.empty(len(bins), np.uint8)
    large = np.empty(2 * len(bins), np.int64)
    n_large = 0
    for row in range(len(offsets) - 1):
        next_bin = np.int64(0)
        for cell in range(offsets[row], offsets[row + 1]):
            gap = np.int64(bins[cell]) - next_bin
            more = counts[cell] - 1
            next_bin += gap + 1
            if gap >= MOST_GAP:
                large[n_large] = gap
                n_large += 1
                gap = np.int64(MOST_GAP)
            if more >= MOST_COUNT:
                large[n_large] = more
                n_large += 1
                more = np.int64(MOST_COUNT)
            codes[cell] = more << GAP_BITS | gap
    return codes, large[:n_large].copy()


@compiled
def _unpack_cells(codes, large, offsets):  # type: ignore[no-untyped-def]
    bins = np.empty(len(codes), np.uint16)
    counts = np.empty(len(codes), np.int64)
    n_large = 0
    for row in range(len(offsets) - 1):
        next_bin = np.int64(0)
        for cell in range(offsets[row], offsets[row + 1]):
            code = np.int64(codes[cell])
            gap = code & MOST_GAP
            more = code >> GAP_BITS
            if gap == MOST_GAP:
                gap = large[n_large]
                n_large += 1
            if more == MOST_COUNT:
                more = large[n_large]
                n_large += 1
            bins[cell] = next_bin + gap
            next_bin += gap + 1
            counts[cell] = more + 1
    return bins, counts
