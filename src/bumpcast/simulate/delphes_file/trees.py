"""The tree of a Delphes file, written with uproot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from bumpcast.diskio import replacing
from bumpcast.simulate.events import Offsets

TREE: Final = "Delphes"

ENTRIES_A_BASKET: Final = 2000
"""So many events are compressed together: small enough to be held, large enough to be small."""

_COMPRESSION_LEVEL = 4


class DelphesTree:
    """A tree that grows by blocks of events of the same branches.

    Args:
        file: The file, open for writing.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self._tree: Any = None

    def extend(
        self, collections: Mapping[str, tuple[Offsets, Mapping[str, npt.NDArray[Any]]]]
    ) -> None:
        """Write events after those that are there.

        Args:
            collections: By name, the offsets and the columns by the names of their branches, in the
                types of the file; one of two dimensions has as many values an object.
        """
        arrays = {
            branch: _jagged(offsets, column)
            for offsets, columns in collections.values()
            for branch, column in columns.items()
        }
        if self._tree is None:
            self._tree = self._make(collections)
        self._tree.extend(arrays)

    def _make(
        self, collections: Mapping[str, tuple[Offsets, Mapping[str, npt.NDArray[Any]]]]
    ) -> Any:
        branches = {
            branch: _jagged_type(column)
            for _, columns in collections.values()
            for branch, column in columns.items()
        }
        tree = self._file.mktree(TREE, branches, title="Analysis tree", counter_name=_counter_of)
        widths = {
            branch: column.shape[1]
            for _, columns in collections.values()
            for branch, column in columns.items()
            if column.ndim > 1
        }
        _count_values_each(tree, widths)
        return tree


def _jagged_type(column: npt.NDArray[Any]) -> Any:
    # uproot would parse a text for each branch, which takes longer than to compress thousands of
    # events
    content: Any = ak.types.NumpyType(str(column.dtype))
    for size in column.shape[1:]:
        content = ak.types.RegularType(content, size)
    return ak.types.ListType(content)


def _counter_of(branch: str) -> str:
    return f"{branch.split('/')[0]}_size"


def _count_values_each(tree: Any, widths: Mapping[str, int]) -> None:
    """Have uproot place the events of branches with several values an object.

    It flattens their values before it works out where in the basket each event begins, and so
    takes an object for a single value; given the values in their shape it does it right.
    """
    writer = tree._cascading
    write = writer.write_jagged_basket

    def write_in_shape(sink: Any, branch: str, compression: Any, values: Any, offsets: Any) -> Any:
        if branch in widths and values.ndim == 1:
            values = values.reshape(-1, widths[branch])
        return write(sink, branch, compression, values, offsets)

    writer.write_jagged_basket = write_in_shape


def _jagged(offsets: Offsets, column: npt.NDArray[Any]) -> ak.Array:
    content: Any = ak.contents.NumpyArray(np.ascontiguousarray(column))
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), content))


@contextmanager
def new_file(path: Path) -> Iterator[Any]:
    """Give a new ROOT file, which takes its place when all was written to it.

    Args:
        path: The file; replaced if it exists.

    Yields:
        uproot's writable file.

    Raises:
        DiskError: It cannot be written; the path is as it was before.
    """
    compression = uproot.ZLIB(_COMPRESSION_LEVEL)
    with (
        replacing(path) as raw,
        # uproot closes what it writes to
        os.fdopen(os.dup(raw.fileno()), "w+b") as own,
        uproot.recreate(own, compression=compression) as file,
    ):
        yield file
