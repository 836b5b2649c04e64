"""Finding a mass's bin in few steps: edges of all binnings in one array, with a coarse index.

The upper bits of a float64 (exponent and the first bits of the fraction) rise with its value and
cut every octave into 256 equal cells. For each cell an index holds the bin of the cell's lower
edge; from there the bin of a mass is a step or two away. Nothing is rounded: the bin is exactly
the one that a search in the edges finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.massscan.binning import Binning, Content

CELL_BITS: Final = 8
CELL_SHIFT: Final = 52 - CELL_BITS
FIRST_MASS: Final = 2.0**-3
"""The first cell holds all masses (GeV) below this one too, the last all above LAST_MASS."""

LAST_MASS: Final = 2.0**14
FIRST_CELL: Final = int(np.float64(FIRST_MASS).view(np.int64)) >> CELL_SHIFT
CELLS: Final = (int(np.float64(LAST_MASS).view(np.int64)) >> CELL_SHIFT) - FIRST_CELL


@dataclass(frozen=True, slots=True)
class EdgeTables:
    """Edges and index of several binnings, as the kernel reads them.

    Attributes:
        edges: All edges in GeV, one binning after the other.
        first_edge: Where each binning's edges start, shape (binnings + 1,).
        index: Bin (0: underflow) of each cell's lower edge, shape (binnings, CELLS).
        steps: Most edges in one cell of each binning, shape (binnings,).
    """

    edges: npt.NDArray[np.float64]
    first_edge: npt.NDArray[np.int64]
    index: npt.NDArray[np.uint16]
    steps: npt.NDArray[np.int64]


class EdgePool:
    """The binnings seen so far, numbered in the order in which they were asked for."""

    def __init__(self, binning: Binning) -> None:
        self._binning = binning
        self._numbers: dict[Content, int] = {}
        self._edges: list[npt.NDArray[np.float64]] = []
        self._tables: EdgeTables | None = None

    def number(self, content: Content) -> int:
        """Return the number of a content's binning."""
        known = self._numbers.get(content)
        if known is None:
            known = self._numbers[content] = len(self._edges)
            self._edges.append(self._binning.edges(content))
            self._tables = None
        return known

    def edges(self, number: int) -> npt.NDArray[np.float64]:
        """Return the edges in GeV of a numbered binning."""
        return self._edges[number]

    def tables(self) -> EdgeTables:
        """Return the tables of all binnings seen so far."""
        if self._tables is None:
            lengths = [len(edges) for edges in self._edges]
            cells = (np.arange(CELLS + 1, dtype=np.int64) + FIRST_CELL) << CELL_SHIFT
            limits = cells.view(np.float64)
            limits[0] = 0.0  # the first cell takes all masses below it, the last all above
            limits[-1] = np.inf
            index = np.empty((len(self._edges), CELLS), np.uint16)
            steps = np.empty(len(self._edges), np.int64)
            for number, edges in enumerate(self._edges):
                below = np.searchsorted(edges, limits, side="right")
                index[number] = below[:-1]
                steps[number] = np.max(np.diff(below))
            self._tables = EdgeTables(
                np.concatenate(self._edges),
                np.concatenate([[0], np.cumsum(lengths)]),
                index,
                steps,
            )
        return self._tables
