"""Replicas filled plainly: the nominal scan once for each, cell by cell."""

from __future__ import annotations

import awkward as ak
import numpy as np

from bumpcast.massscan import ScanDelta, Scanner
from bumpcast.massscan.naming.observable import MASK_SHIFT
from bumpcast.massscan.replicas.counts import ReplicaCounts
from bumpcast.massscan.replicas.windows import Windows


def windows_of(
    delta: ScanDelta, last_bins: np.ndarray, random: np.random.Generator, share: float = 0.5
) -> Windows:
    """Return random ranges of a share of the histograms that a delta holds."""
    rows = np.flatnonzero(
        (delta.observables >> MASK_SHIFT > 0) & (random.random(delta.n_histograms) < share)
    )
    last = last_bins[rows]
    first = random.integers(0, np.minimum(last, 60))
    bins = random.integers(1, np.minimum(last + 2 - first, 70))
    return Windows(delta.states[rows], delta.observables[rows], first, bins)


def plain_counts(
    scanner: Scanner, objects: ak.Array, multiplicities: np.ndarray, windows: Windows
) -> np.ndarray:
    """Return every cell's count in every replica, shape (cells, replicas)."""
    counts = np.zeros((windows.cells, multiplicities.shape[1]), np.int64)
    for replica in range(multiplicities.shape[1]):
        delta = scanner.fill(objects, multiplicities=multiplicities[:, replica].astype(np.int64))
        rows = {
            codes: row
            for row, codes in enumerate(
                zip(delta.states.tolist(), delta.observables.tolist(), strict=True)
            )
        }
        bins, entries = delta.bins.astype(int), delta.counts
        for number in range(len(windows)):
            row = rows.get((int(windows.states[number]), int(windows.observables[number])))
            if row is None:
                continue
            part = slice(delta.offsets[row], delta.offsets[row + 1])
            cell = bins[part] - windows.first[number]
            inside = (cell >= 0) & (cell < windows.bins[number])
            counts[windows.offsets[number] + cell[inside], replica] = entries[part][inside]
    return counts


def counts_of(dense: np.ndarray, windows: str = "w") -> ReplicaCounts:
    """Return counts written plainly, cell by cell."""
    cells, widths, data = [], [], []
    for cell, row in enumerate(dense.tolist()):
        if any(row):
            width = max((value.bit_length() + 7) // 8 for value in row)
            planes = [[value >> 8 * plane & 255 for value in row] for plane in range(width)]
            cells.append(cell)
            widths.append(width)
            data += [byte for plane in planes for byte in plane]
    return ReplicaCounts(
        windows,
        dense.shape[1],
        np.array(cells, np.int32),
        np.array(widths, np.uint8),
        np.array(data, np.uint8),
    )
