"""A delta's arrays in few bytes, for their way between processes; nothing is rounded.

Whole numbers take the narrowest type that holds them. A cell of one entry needs no sum of squares:
it is the square of the sum of weights. Where weights have few values, as the two of simulation at
next-to-leading order, so have their sums, and each is a number of a value in a list.
"""

from __future__ import annotations

from typing import Any, Final

import cramjam
import lz4.block
import numpy as np
import numpy.typing as npt

from bumpcast.massscan.numbering import number_distinct

SAMPLE: Final = 1 << 16
"""Bytes that are compressed to see whether the rest is worth it; random weights are not."""

LZ4: Final = "lz4"
ZSTD: Final = "zstd"
"""For whole numbers, a few of which are frequent: half the size of lz4 in twice the time. Sums of
weights are as good as random to both, so the faster one has to do."""

Packed = tuple[str, str, bytes]
"""The name of a type, how its values are compressed (empty: not), and they."""

Values = tuple[Packed, bytes | None]
"""Either values, or those there are and, compressed, for each place the number of one of them."""

MOST_DISTINCT: Final = 1 << 13
"""Numbers of values fit into two bytes up to 2^16; with more than this they gain little."""

_TABLE_BITS: Final = 15


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
    if narrow.dtype.kind == "f":
        shrinks = len(lz4.block.compress(raw[:SAMPLE])) < 0.9 * len(raw[:SAMPLE])
        return narrow.dtype.str, LZ4 if shrinks else "", lz4.block.compress(raw) if shrinks else raw
    return narrow.dtype.str, ZSTD, _zstd(raw)


def unpack_array(packed: Packed, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return the array that was packed, as another type."""
    name, codec, data = packed
    if codec == LZ4:
        data = lz4.block.decompress(data)
    elif codec == ZSTD:
        data = bytes(cramjam.zstd.decompress(data))
    return np.frombuffer(data, name).astype(dtype)


def _zstd(raw: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(raw, 1))


def pack_values(values: npt.NDArray[np.float64]) -> Values:
    """Return floating-point numbers as bytes: where they have few values, as numbers of these.

    Args:
        values: Any numbers; they come back as they are.
    """
    n_distinct, distinct, numbers = number_distinct(
        values.view(np.int64), _TABLE_BITS, MOST_DISTINCT
    )
    if n_distinct < 0:
        return pack_array(values), None
    # Low and high bytes apart, and their frequencies taken account of: most are one of a few.
    planes = np.stack([numbers.astype(np.uint8), (numbers >> 8).astype(np.uint8)])
    return pack_array(distinct[:n_distinct].view(np.float64)), _zstd(planes.tobytes())


def unpack_values(packed: Values) -> npt.NDArray[np.float64]:
    """Return the numbers that were packed."""
    values, numbers = packed
    found: npt.NDArray[np.float64] = unpack_array(values, np.float64)
    if numbers is None:
        return found
    planes = np.frombuffer(bytes(cramjam.zstd.decompress(numbers)), np.uint8).reshape(2, -1)
    return np.asarray(found[planes[0] + (planes[1].astype(np.uint16) << 8)])


def pack_weights(
    single: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> tuple[Packed, Values, Values]:
    """Return sums of weights and of squared weights, the latter where they are needed.

    Args:
        single: Whether a cell holds one entry, shape (cells,).
        weights: Cells' sums of weights and of squared weights, shape (cells, 2).
    """
    follows = single & (weights[:, 0] * weights[:, 0] == weights[:, 1])
    return (
        pack_array(np.packbits(follows)),
        pack_values(np.ascontiguousarray(weights[:, 0])),
        pack_values(weights[~follows, 1]),
    )


def unpack_weights(
    packed: tuple[Packed, Values, Values],
) -> npt.NDArray[np.float64]:
    """Return the sums that were packed, shape (cells, 2)."""
    sums = unpack_values(packed[1])
    weights = np.stack([sums, sums * sums], axis=1)
    follows = np.unpackbits(unpack_array(packed[0], np.uint8), count=len(sums)).astype(bool)
    weights[~follows, 1] = unpack_values(packed[2])
    return weights
