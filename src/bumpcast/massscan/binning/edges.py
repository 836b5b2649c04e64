"""The bin edges of many histograms at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.massscan.binning.binning import Binning
from bumpcast.massscan.naming.kinds import KINDS, MAX_OBJECTS_PER_KIND
from bumpcast.massscan.naming.observable import MASK_SHIFT, VARIABLE_SHIFT


@dataclass(frozen=True, slots=True)
class SharedEdges:
    """Edges in GeV that histograms of equal content share.

    Attributes:
        number: Each histogram's set of edges, shape (histograms,).
        offsets: Where each set starts, shape (sets + 1,).
        edges: All sets one after the other.
    """

    number: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    edges: npt.NDArray[np.float64]

    def of(self, row: int) -> npt.NDArray[np.float64]:
        """Return the edges of a histogram in GeV."""
        number = self.number[row]
        return self.edges[self.offsets[number] : self.offsets[number + 1]]

    @property
    def last_bins(self) -> npt.NDArray[np.int64]:
        """Number of each histogram's last bin below overflow."""
        return (np.diff(self.offsets) - 1)[self.number]


def shared_edges(observables: npt.NDArray[np.int64], binning: Binning) -> SharedEdges:
    """Return the edges of histograms.

    Args:
        observables: Their observables' codes; a mask of 0 is a yield.
        binning: The binning of the run.
    """
    masks = observables >> MASK_SHIFT
    contents = np.zeros((len(observables), len(KINDS) + 1), np.int64)
    for bit in range(MAX_OBJECTS_PER_KIND * len(KINDS)):
        contents[:, bit // MAX_OBJECTS_PER_KIND] += masks >> bit & 1
    contents[:, len(KINDS)] = (observables >> VARIABLE_SHIFT & 3) != 0
    unique, number = np.unique(contents, axis=0, return_inverse=True)
    sets = [binning.edges(tuple(content)) for content in unique.tolist()]
    offsets = np.cumsum([0, *(len(edges) for edges in sets)])
    return SharedEdges(
        number.reshape(-1).astype(np.int64), offsets, np.concatenate([*sets, np.empty(0)])
    )
