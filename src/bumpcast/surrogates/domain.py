"""Whether events are such as a surrogate's training had: its domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.features import FEATURES, feature_matrix
from bumpcast.surrogates.llps import Booleans, Floats, LlpPairs

OUTERMOST: Final = 5e-4
"""So large a share of the training's events lies beyond each end of a range."""

BARREL_ETA: Final = 1.5
"""Below this |pseudorapidity| the distance from the beam says where a decay is, else |z|."""

_ROUNDING: Final = 1e-6

WATCHED: Final = ("mass", "pT", "eta", "boost")
"""Of an LLP's numbers those whose ranges are noted, whether or not the model reads them.

Where it decays is not one of them: every sample has decays that are near, and some that are far.
That of a whole sample is judged by means.
"""


@dataclass(frozen=True)
class Domain:
    """Where a training had events.

    Attributes:
        ranges: Features to their lowest and highest value.
        children: |PDG numbers| of decay products; None: any.
        mean_lxy_m: Lowest and highest mean Lxy in m of a sample's LLPs with |eta| < 1.5; None: any.
        mean_lz_m: Lowest and highest mean Lz in m of a sample's LLPs further forward; None: any.
    """

    ranges: Mapping[str, tuple[float, float]]
    children: tuple[int, ...] | None = None
    mean_lxy_m: tuple[float, float] | None = None
    mean_lz_m: tuple[float, float] | None = None

    @classmethod
    def of(
        cls, pairs: LlpPairs, samples: Sequence[npt.NDArray[np.int64]], more: Sequence[str] = ()
    ) -> Self:
        """Return the domain of a training.

        Args:
            pairs: Its events.
            samples: Indices of the events of each of its samples.
            more: Further features whose ranges are noted.
        """
        names = [f"llp{llp}_{word}" for llp in (1, 2) for word in WATCHED]
        names += [name for name in more if name not in names and not _is_place(name)]
        names = [name for name in names if not name.endswith("_child_pdgId")]
        matrix = feature_matrix(pairs, names)
        ends = np.quantile(matrix, (OUTERMOST, 1 - OUTERMOST), axis=0)
        # Features are float32: the very mass of a training is not outside.
        ends += _ROUNDING * np.abs(ends) * np.array([[-1.0], [1.0]])
        ranges = {
            name: (float(ends[0, number]), float(ends[1, number]))
            for number, name in enumerate(names)
        }
        means = [mean_decay(pairs.select(sample)) for sample in samples] if pairs.decayed else []
        return cls(
            ranges,
            tuple(int(child) for child in np.unique(pairs.child)),
            _span([lxy for lxy, _ in means]),
            _span([lz for _, lz in means]),
        )

    def outside(self, pairs: LlpPairs) -> Booleans:
        """Return which events are beyond a range, or decay to what the training had not; (events,).

        Args:
            pairs: The events.
        """
        out = np.zeros(len(pairs), np.bool_)
        for name, (low, high) in self.ranges.items():
            column = FEATURES[name].of(pairs) if name in FEATURES else pairs.more.get(name)
            if column is not None:
                out |= (column < low) | (column > high)
        if self.children is not None:
            known = np.isin(pairs.child, self.children)
            out |= ~(known[:, 0] & known[:, 1])
        return out

    def far_means(self, mean_lxy_m: float, mean_lz_m: float) -> list[str]:
        """Return what is to be said of where a sample's LLPs decay on average; empty if it fits.

        Args:
            mean_lxy_m: In m, of `mean_decay`.
            mean_lz_m: In m, of `mean_decay`.
        """
        return [
            f"the mean {name} is {mean:.3g} m, and the domain is {low:g} to {high:g} m"
            for name, mean, limits in (
                ("Lxy", mean_lxy_m, self.mean_lxy_m),
                ("Lz", mean_lz_m, self.mean_lz_m),
            )
            if limits is not None and np.isfinite(mean)
            for low, high in (limits,)
            if not low <= mean <= high
        ]


def decay_terms(pairs: LlpPairs) -> Floats:
    """Return of each event what, summed with weights, gives mean decay positions; (events, 4).

    These are sums over its LLPs: of Lxy in m and of how many there are with |eta| < 1.5, of Lz in m
    and of how many there are further forward.

    Args:
        pairs: The events, decayed.
    """
    assert pairs.lxy is not None
    assert pairs.lz is not None
    barrel = np.abs(pairs.eta) < BARREL_ETA
    columns = (pairs.lxy * barrel, barrel, pairs.lz * ~barrel, ~barrel)
    terms = np.empty((len(pairs), len(columns)))
    for place, column in enumerate(columns):
        # Column by column: numpy's sum along an axis of two takes ten times as long.
        np.add(column[:, 0], column[:, 1], out=terms[:, place], dtype=np.float64)
    return terms


def mean_of_sums(sums: Floats) -> tuple[float, float]:
    """Return mean Lxy and mean Lz in m of sums of `decay_terms`; NaN where there is no such LLP."""
    lxy, of_lxy, lz, of_lz = (float(value) for value in sums)
    return (lxy / of_lxy if of_lxy else np.nan, lz / of_lz if of_lz else np.nan)


def mean_decay(pairs: LlpPairs) -> tuple[float, float]:
    """Return mean Lxy in m of LLPs with |eta| < 1.5, and mean Lz in m of the others.

    Args:
        pairs: The events, decayed.
    """
    return mean_of_sums(pairs.weight @ decay_terms(pairs))


def _is_place(name: str) -> bool:
    return name.endswith(("_Lxy", "_Lz"))


def _span(values: Sequence[float]) -> tuple[float, float] | None:
    finite = [value for value in values if np.isfinite(value)]
    return (min(finite), max(finite)) if finite else None
