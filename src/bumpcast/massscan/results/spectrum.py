"""One histogram of a scan, whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hist
import numpy as np
import numpy.typing as npt

from bumpcast.massscan.naming.names import HistogramName


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """A histogram with its under- and overflow bin, scaled as the run was.

    Attributes:
        name: Which histogram.
        edges: Bin edges in GeV, shape (bins + 1,).
        counts: Unweighted entries, shape (bins + 2,).
        values: Sums of weights, shape (bins + 2,).
        variances: Sums of squared weights, shape (bins + 2,).
    """

    name: HistogramName
    edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    variances: npt.NDArray[np.float64]

    @classmethod
    def of_cells(
        cls,
        name: HistogramName,
        edges: npt.NDArray[np.float64],
        bins: npt.NDArray[Any],
        counts: npt.NDArray[np.int64],
        sums: npt.NDArray[np.float64],
        scale: float,
    ) -> Spectrum:
        """Return the histogram of filled bins.

        Args:
            name: Which histogram.
            edges: Bin edges in GeV.
            bins: Numbers of the filled bins; 0 is underflow.
            counts: Their entries.
            sums: Their sums of weights and of squared weights, shape (cells, 2).
            scale: What weights are multiplied by.
        """
        dense_counts = np.zeros(len(edges) + 1, np.int64)
        dense = np.zeros((2, len(edges) + 1))
        dense_counts[bins] = counts
        dense[0, bins] = sums[:, 0] * scale
        dense[1, bins] = sums[:, 1] * scale**2
        return cls(name, edges, dense_counts, dense[0], dense[1])

    def to_hist(self) -> hist.Hist[Any]:
        """Return it as a histogram of weighted counts over a mass axis in GeV."""
        axis = hist.axis.Variable(self.edges, name="mass", label=self.name.observable.axis_title)
        storage = hist.storage.Weight()
        made = hist.Hist(axis, storage=storage, name=str(self.name), label="Events")
        view: Any = made.view(flow=True)
        view["value"], view["variance"] = self.values, self.variances
        return made
