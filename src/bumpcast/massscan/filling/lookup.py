"""Finding a mass's bin in a step: edges of all binnings in one array, with a coarse index.

The upper bits of a float64 (exponent and the first bits of the fraction) rise with its value and
cut every octave into 128 equal cells. For each cell an index holds the bin of the cell's lower
end; from there the bin is a step away. The tables are for squares of masses, which spares a root
an entry. Nothing is rounded: an edge's threshold is the least square whose root, as rounded, is
not below the edge, so the bin is exactly the one that a search for the mass in the edges finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.massscan.binning.binning import Binning, Content

CELL_BITS: Final = 7
CELL_SHIFT: Final = 52 - CELL_BITS
FIRST_MASS: Final = 2.0**-3
"""The first cell holds all masses (GeV) below this one too, the last all above LAST_MASS."""

LAST_MASS: Final = 2.0**14
FIRST_CELL: Final = int(np.float64(FIRST_MASS**2).view(np.int64)) >> CELL_SHIFT
CELLS: Final = (int(np.float64(LAST_MASS**2).view(np.int64)) >> CELL_SHIFT) - FIRST_CELL


@dataclass(frozen=True, slots=True)
class EdgeTables:
    """Edges and index of several binnings, as the kernel reads them.

    Attributes:
        thresholds: Edges for squares in GeV^2, one binning after the other, each with NaN
            behind its last edge: no square, not even infinity, is above it.
        first_threshold: Where each binning's thresholds start, shape (binnings + 1,).
        index: Bin (0: underflow) of each cell's lower end, shape (binnings, CELLS).
        steps: Most edges in one cell of each binning, at least 1, shape (binnings,).
    """

    thresholds: npt.NDArray[np.float64]
    first_threshold: npt.NDArray[np.int64]
    index: npt.NDArray[np.uint16]
    steps: npt.NDArray[np.int64]

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """Yield the arrays, in the order in which compiled loops take them."""
        yield from (self.thresholds, self.first_threshold, self.index, self.steps)


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
            thresholds = [square_thresholds(edges) for edges in self._edges]
            cells = (np.arange(CELLS + 1, dtype=np.int64) + FIRST_CELL) << CELL_SHIFT
            limits = cells.view(np.float64)
            limits[0] = -np.inf  # the first cell takes all squares below it, the last all above
            limits[-1] = np.inf
            index = np.empty((len(thresholds), CELLS), np.uint16)
            steps = np.empty(len(thresholds), np.int64)
            for number, binning in enumerate(thresholds):
                below = np.searchsorted(binning, limits, side="right")
                index[number] = below[:-1]
                steps[number] = max(np.max(np.diff(below)), 1)
            self._tables = EdgeTables(
                np.concatenate([part for edges in thresholds for part in (edges, [np.nan])]),
                np.cumsum([0, *(len(edges) + 1 for edges in thresholds)]),
                index,
                steps,
            )
        return self._tables


def square_thresholds(edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each edge the least number whose root is not below the edge.

    A mass is the root of a square where that is positive, and 0 elsewhere.

    Args:
        edges: Edges in GeV.
    """
    least = edges * edges
    for _ in range(4):  # rounding puts the square of an edge a place or two from the least
        least = np.where(np.sqrt(least) < edges, np.nextafter(least, np.inf), least)
    for _ in range(4):
        lower = np.nextafter(least, 0.0)
        least = np.where(np.sqrt(lower) >= edges, lower, least)
    return np.where(edges > 0.0, least, -np.inf)
