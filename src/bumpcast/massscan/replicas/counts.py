"""The counts of all replicas of some events: filled cells only, in few bytes, and exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import lz4.block
import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.errors import BumpcastError
from bumpcast.massscan.delta.packing import Packed, pack_array, unpack_array
from bumpcast.massscan.replicas.kernel import write_row
from bumpcast.store import storable

_BLOCK: Final = 2048
"""Cells that are added up at a time; their counts stay in second cache."""

_MOST_AT_ONCE: Final = 128
"""Sums of as many counts of three bytes fit into four."""

_SAMPLE: Final = 1 << 16
"""Bytes that are compressed to see whether the rest is worth it."""


class IncompatibleReplicasError(BumpcastError):
    """Counts of different histograms or replicas were to be added."""

    permanent = True


class ReplicaOverflowError(BumpcastError):
    """A bin of a replica holds more than 2^32 - 1 entries."""

    permanent = True


@storable("bumpcast.massscan.ReplicaCounts")
@dataclass(frozen=True, eq=False)
class ReplicaCounts:
    """Counts of cells (bins of histograms, see `Windows`) in several columns (replicas).

    A cell's counts lie side by side and take one to four bytes each, as the largest needs: first
    the lowest byte of each count, then the next ones. Objects are never changed.

    Attributes:
        windows: Digest of the histograms; only equal ones add up.
        columns: How many counts a cell has.
        cells: Numbers of the cells that hold an entry in any column, rising.
        widths: How many bytes their counts take.
        data: The counts' bytes, one cell after the other.
    """

    windows: str
    columns: int
    cells: npt.NDArray[np.int32]
    widths: npt.NDArray[np.uint8]
    data: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls, windows: str, columns: int) -> Self:
        """Return the counts of no events."""
        nothing = np.empty(0, np.uint8)
        return cls(windows, columns, np.empty(0, np.int32), nothing, nothing)

    @classmethod
    def sum_of(cls, parts: Sequence[Self]) -> Self:
        """Return the sum of counts; whole numbers, so in any order and grouping.

        Args:
            parts: At least one.

        Raises:
            IncompatibleReplicasError: They are of different histograms or columns.
            ReplicaOverflowError: A sum does not fit into four bytes.
        """
        first = parts[0]
        for other in parts:
            if (first.windows, first.columns) != (other.windows, other.columns):
                msg = (
                    f"replicas of different runs cannot be added: {first.columns} columns of "
                    f"histograms {first.windows}, {other.columns} of {other.windows}"
                )
                raise IncompatibleReplicasError(msg)
        filled = [part for part in parts if len(part.cells)]
        while len(filled) > _MOST_AT_ONCE:
            filled = [
                cls._added(filled[place : place + _MOST_AT_ONCE])
                for place in range(0, len(filled), _MOST_AT_ONCE)
            ]
        if len(filled) < 2:
            return filled[0] if filled else first
        return cls._added(filled)

    @classmethod
    def _added(cls, parts: Sequence[Self]) -> Self:
        columns = parts[0].columns
        low = int(min(part.cells[0] for part in parts))
        high = int(max(part.cells[-1] for part in parts)) + 1
        limits = np.arange(low, high + _BLOCK, _BLOCK)
        places = [np.searchsorted(part.cells, limits) for part in parts]
        # A sum takes at most a byte more than its widest part, and no more than all together.
        widest = max(int(part.widths.max()) for part in parts)
        careful = widest == 4
        widest = min(widest + 1, 4)
        most_cells = min(sum(len(part.cells) for part in parts), high - low)
        most_bytes = min(sum(len(part.data) for part in parts), most_cells * columns * widest)
        cells = np.empty(most_cells, np.int32)
        widths = np.empty(most_cells, np.uint8)
        data = np.empty(most_bytes, np.uint8)
        totals = np.zeros(_BLOCK * columns, np.uint32)
        positions = [0] * len(parts)
        n_cells = n_bytes = 0
        for block, start in enumerate(limits[:-1].tolist()):
            for number, part in enumerate(parts):
                begin, end = places[number][block], places[number][block + 1]
                positions[number] = _add(
                    totals,
                    columns,
                    part.cells,
                    part.widths,
                    part.data,
                    begin,
                    end,
                    start,
                    positions[number],
                    careful,
                )
                if positions[number] < 0:
                    msg = "a bin of a replica holds more entries than four bytes can count"
                    raise ReplicaOverflowError(msg)
            n_cells, n_bytes = _take(totals, columns, start, cells, widths, data, n_cells, n_bytes)
        for array, size in ((cells, n_cells), (widths, n_cells), (data, n_bytes)):
            array.resize(size, refcheck=False)  # what was not written to goes back without a copy
        return cls(parts[0].windows, columns, cells, widths, data)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return self.cells.nbytes + self.widths.nbytes + self.data.nbytes

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    def dense(self, start: int, stop: int) -> npt.NDArray[np.uint32]:
        """Return the counts of a range of cells, shape (cells, columns).

        Args:
            start: First cell.
            stop: Behind the last.
        """
        totals = np.zeros((stop - start) * self.columns, np.uint32)
        begin, end = np.searchsorted(self.cells, [start, stop])
        position = self.columns * int(self.widths[:begin].sum(dtype=np.int64))
        columns = self.columns
        _add(
            totals, columns, self.cells, self.widths, self.data, begin, end, start, position, False
        )
        return totals.reshape(-1, columns)

    def __add__(self, other: ReplicaCounts | int) -> ReplicaCounts:
        if isinstance(other, int) and other == 0:  # the start value of sum()
            return self
        if not isinstance(other, ReplicaCounts):
            return NotImplemented
        return ReplicaCounts.sum_of([self, other])

    __radd__ = __add__

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {
            "windows": self.windows,
            "columns": self.columns,
            "steps": pack_array(np.diff(self.cells, prepend=0).astype(np.int64)),
            "widths": pack_array(self.widths),
            "data": _pack(self.data),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in {
            "windows": state["windows"],
            "columns": state["columns"],
            "cells": np.cumsum(unpack_array(state["steps"], np.int64)).astype(np.int32),
            "widths": unpack_array(state["widths"], np.uint8),
            "data": _unpack(state["data"]),
        }.items():
            object.__setattr__(self, name, value)

    def to_hdf5(self, group: Any) -> None:
        """Write the counts into an HDF5 group."""
        group.attrs["windows"] = self.windows
        group.attrs["columns"] = self.columns
        for name in ("cells", "widths", "data"):
            column = getattr(self, name)
            packed = {"chunks": True, "compression": "lzf"} if column.size else {}
            group.create_dataset(name, data=column, **packed)

    @classmethod
    def from_hdf5(cls, group: Any) -> Self:
        """Read counts from an HDF5 group."""
        arrays = {name: group[name][...] for name in ("cells", "widths", "data")}
        return cls(str(group.attrs["windows"]), int(group.attrs["columns"]), **arrays)


def _pack(data: npt.NDArray[np.uint8]) -> Packed | npt.NDArray[np.uint8]:
    """Return bytes compressed where that pays: counts of many entries are as good as random."""
    raw = data[:_SAMPLE].tobytes()
    return pack_array(data) if len(lz4.block.compress(raw)) < 0.7 * len(raw) else data


def _unpack(packed: Packed | npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return packed if isinstance(packed, np.ndarray) else unpack_array(packed, np.uint8)


@compiled
def _add(totals, columns, cells, widths, data, begin, end, start, position, careful):  # type: ignore[no-untyped-def]
    """Add some cells' counts to a block of cells; only with ``careful`` is an overflow seen.

    Returns:
        The next cell's place in data, -1 on an overflow.
    """
    overflow = False
    used = np.uint64(columns)
    source = np.uint64(position)
    for place in range(begin, end):
        to = np.uint64(np.int64(cells[place]) - start) * used
        for plane in range(widths[place]):
            shift = np.uint32(8 * plane)
            if careful:
                for item in range(used):
                    value = np.uint64(data[source + item]) << np.uint64(shift)
                    value += np.uint64(totals[to + item])
                    overflow |= value >> np.uint64(32) != 0
                    totals[to + item] = np.uint32(value & np.uint64(0xFFFFFFFF))
            else:
                for item in range(used):
                    totals[to + item] += np.uint32(data[source + item]) << shift
            source += used
    return np.int64(-1) if overflow else np.int64(source)


@compiled
def _take(totals, columns, start, out_cells, out_widths, out_data, n_cells, n_bytes):  # type: ignore[no-untyped-def]
    """Append a block's filled cells to the output and set it back to zero."""
    for place in range(len(totals) // columns):
        width = write_row(totals, place * columns, columns, columns, out_data, n_bytes)
        if width:
            out_cells[n_cells] = start + place
            out_widths[n_cells] = width
            n_cells += 1
            n_bytes += width * columns
    return n_cells, n_bytes
