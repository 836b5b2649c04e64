"""A delta's arrays in few bytes, for their way between processes; nothing is rounded.

Whole numbers take the narrowest type that holds them. A cell of one entry needs no sum of squares:
it is the square of the sum of weights.
"""

from __future__ import annotations

from typing import Any, Final

import lz4.block
import numpy as np
import numpy.typing as npt

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


def pack_weights(
    single: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> tuple[Packed, Packed, Packed]:
    """Return sums of weights and of squared weights, the latter where they are needed.

    Args:
        single: Whether a cell holds one entry, shape (cells,).
        weights: Cells' sums of weights and of squared weights, shape (cells, 2).
    """
    follows = single & (weights[:, 0] * weights[:, 0] == weights[:, 1])
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
