"""How a network's figures change with what a histogram is like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.network.measures import auc
from bumpcast.bumps.network.validation.samples import Sample
from bumpcast.bumps.synthetic import KINDS

Floats = npt.NDArray[np.float64]

LEAST_IN_A_BIN: Final = 20

VARIABLES: Final = {
    "true significance": "largest true z",
    "mass": "place of the signal, or of the largest true z, from first to last bin",
    "bins": "number of bins",
    "dynamic range": "largest over least background, log10",
    "injected significance": "significance of the injected signal",
    "kind": "kind of the background",
}
"""Names of the variables, and what their axes say."""

_EDGES: Final[dict[str, tuple[float, ...]]] = {
    "true significance": (0, 1.5, 2, 2.5, 3, 4, 6, 8, 10, 12, 14, 16, 18, 20, 23),
    "mass": tuple(np.linspace(0, 1.000001, 11).tolist()),
    "bins": (30, 40, 50, 60, 70, 80, 90, 101),
    "dynamic range": (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4.01),
    "injected significance": (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20),
    "kind": tuple(range(len(KINDS) + 1)),
}


@dataclass(frozen=True, slots=True, eq=False)
class Dependence:
    """Figures in bins of a variable.

    Attributes:
        variable: Its name.
        edges: Of its bins.
        number: Histograms in each.
        mean: Of read - true, NaN where there are fewer than LEAST_IN_A_BIN.
        std: Of read - true.
        auc: Of signals in this bin against all histograms without a signal, or, where the variable
            is one of the background, those in this bin.
        auc_likelihood: The same for the true z.
    """

    variable: str
    edges: Floats
    number: npt.NDArray[np.int64]
    mean: Floats
    std: Floats
    auc: Floats
    auc_likelihood: Floats

    def as_json(self) -> dict[str, Any]:
        """Return the figures in plain lists; null where there is none."""
        return {
            "edges": self.edges.tolist(),
            "number": self.number.tolist(),
            **{
                name: [None if np.isnan(v) else v for v in getattr(self, name).tolist()]
                for name in ("mean", "std", "auc", "auc_likelihood")
            },
        }


def dependence(sample: Sample, variable: str) -> Dependence:
    """Return the figures of a sample in bins of a variable.

    Args:
        sample: Test histograms that were read.
        variable: One of VARIABLES.
    """
    values = _values(sample, variable)
    edges = np.asarray(_EDGES[variable], dtype=np.float64)
    of_background = variable in ("bins", "dynamic range", "kind")
    apart = sample.read - sample.true
    cells = len(edges) - 1
    number = np.zeros(cells, np.int64)
    figures = np.full((4, cells), np.nan)
    for cell in range(cells):
        inside = (values >= edges[cell]) & (values < edges[cell + 1])
        number[cell] = np.sum(inside)
        if number[cell] < LEAST_IN_A_BIN:
            continue
        figures[0, cell], figures[1, cell] = np.mean(apart[inside]), np.std(apart[inside])
        against = ~sample.signal & (inside if of_background else True)
        with_signal = sample.signal & inside
        if np.sum(with_signal) >= LEAST_IN_A_BIN and np.sum(against) >= LEAST_IN_A_BIN:
            figures[2, cell] = auc(sample.read[with_signal], sample.read[against])
            figures[3, cell] = auc(sample.true[with_signal], sample.true[against])
    return Dependence(variable, edges, number, *figures)


def _values(sample: Sample, variable: str) -> Floats:
    found: dict[str, npt.NDArray[Any]] = {
        "true significance": sample.true,
        "mass": sample.place,
        "bins": sample.bins,
        "dynamic range": np.log10(sample.dynamic_range),
        "injected significance": np.where(sample.signal, sample.significance, -1.0),
        "kind": sample.kind,
    }
    return found[variable].astype(np.float64)
