from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bumpcast.massscan.delta.codes import (
    decode_cells,
    encode_cells,
    join_bytes,
    single_entries,
    split_bytes,
)

COUNTS = st.integers(1, 10) | st.integers(505, 520) | st.integers(1, 2**62)
BINS = st.integers(0, 100) | st.integers(0, 2**16 - 1)
HISTOGRAMS = st.lists(st.dictionaries(BINS, COUNTS, max_size=20), max_size=5)


@given(HISTOGRAMS)
def test_cells_come_back(histograms: list[dict[int, int]]) -> None:
    offsets = np.cumsum([0, *(len(cells) for cells in histograms)])
    bins = np.array([b for cells in histograms for b in sorted(cells)], np.uint16)
    counts = np.array([cells[b] for cells in histograms for b in sorted(cells)], np.int64)
    codes, large, first_large = encode_cells(offsets, bins, counts)
    found_bins, found_counts = decode_cells(offsets, codes, large)
    np.testing.assert_array_equal(found_bins, bins)
    np.testing.assert_array_equal(found_counts, counts)
    assert found_bins.dtype == np.uint16
    assert found_counts.dtype == np.int64
    assert not np.any(counts[single_entries(codes)] != 1)
    np.testing.assert_array_equal(join_bytes(*split_bytes(codes)), codes)
    for row in range(len(histograms)):
        cells = slice(offsets[row], offsets[row + 1])
        one = decode_cells(
            offsets[row : row + 2] - offsets[row], codes[cells], large[first_large[row] :]
        )
        np.testing.assert_array_equal(one, (bins[cells], counts[cells]))


def test_what_fits_needs_two_bytes() -> None:
    bins = np.array([126, 127, 254, 382, 383], np.uint16)
    counts = np.array([511, 1, 1, 1, 512])
    codes, large, first_large = encode_cells(np.array([0, 5]), bins, counts)
    assert large.tolist() == [128, 1, 1, 512]
    assert np.flatnonzero(codes == 0).tolist() == [3, 4]
    assert first_large.tolist() == [0, 4]
