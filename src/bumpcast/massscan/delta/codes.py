"""A histogram's filled bins as two bytes each.

Filled bins lie close together and most hold few entries, so 16 bits say how far a filled bin is
from the one before it (the first from -1) and, above that, how many entries it holds. Where one of
them does not fit, the code is 0, which no filled bin has, and both follow in a list of their own.
A delta holds its cells in this form and is added up from it: a cell is read and written in a fifth
of the memory that its bin and its count take. It travels in it too: most high bytes are zero.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled

STEP_BITS: Final = 7
COUNT_BITS: Final = 16 - STEP_BITS
STEP_MASK: Final = (1 << STEP_BITS) - 1
LARGE: Final = 0
"""The code that says: step and count are in the list of large values."""

Codes = tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""Cells' codes, large values, and where those of each histogram start."""


def encode_cells(
    offsets: npt.NDArray[np.int64], bins: npt.NDArray[Any], counts: npt.NDArray[Any]
) -> Codes:
    """Return cells as codes, shape (cells,), large values, and (histograms + 1,) places in these.

    Args:
        offsets: Where each histogram's cells start, shape (histograms + 1,).
        bins: Bins' numbers, rising in each histogram.
        counts: Their entries, at least 1.
    """
    codes: Codes = _encode(offsets, bins, np.asarray(counts, np.int64))
    return codes


def decode_cells(
    offsets: npt.NDArray[np.int64], codes: npt.NDArray[np.uint16], large: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
    """Return the bins and the counts that were encoded.

    Args:
        offsets: Where each histogram's cells start, shape (histograms + 1,).
        codes: Cells' codes.
        large: Large values of all histograms.
    """
    bins, counts = _decode(offsets, codes, large)
    return bins, counts


def single_entries(codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.bool_]:
    """Tell which cells hold one entry, shape (cells,); a few that do are not known to."""
    single: npt.NDArray[np.bool_] = codes >> STEP_BITS == 1
    return single


def split_bytes(codes: npt.NDArray[np.uint16]) -> tuple[npt.NDArray[np.uint8], ...]:
    """Return the low and the high bytes of codes; apart they are easier to compress."""
    return codes.astype(np.uint8), (codes >> 8).astype(np.uint8)


def join_bytes(low: npt.NDArray[np.uint8], high: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return the codes of which these are the low and the high bytes."""
    codes = high.astype(np.uint16)
    codes <<= 8
    codes |= low
    return codes


@compiled
def _encode(offsets, bins, counts):  # type: ignore[no-untyped-def]
    codes = np.empty(len(bins), np.uint16)
    large = np.empty(2 * len(bins), np.int64)
    first_large = np.zeros(len(offsets), np.int64)
    n_large = 0
    for row in range(len(offsets) - 1):
        last_bin = np.int64(-1)
        for cell in range(offsets[row], offsets[row + 1]):
            step = np.int64(bins[cell]) - last_bin
            count = counts[cell]
            if step >> STEP_BITS | count >> COUNT_BITS:
                codes[cell] = LARGE
                large[n_large] = step
                large[n_large + 1] = count
                n_large += 2
            else:
                codes[cell] = count << STEP_BITS | step
            last_bin += step
        first_large[row + 1] = n_large
    return codes, large[:n_large].copy(), first_large


@compiled
def _decode(offsets, codes, large):  # type: ignore[no-untyped-def]
    bins = np.empty(len(codes), np.uint16)
    counts = np.empty(len(codes), np.int64)
    n_large = 0
    for row in range(len(offsets) - 1):
        last_bin = np.int64(-1)
        for cell in range(offsets[row], offsets[row + 1]):
            code = np.int64(codes[cell])
            step = code & STEP_MASK
            count = code >> STEP_BITS
            if code == LARGE:
                step = large[n_large]
                count = large[n_large + 1]
                n_large += 2
            last_bin += step
            bins[cell] = last_bin
            counts[cell] = count
    return bins, counts
