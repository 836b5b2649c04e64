"""What a network reads in test histograms, beside what is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.network.measures import Measures, measures_of
from bumpcast.bumps.network.network import Network
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.synthetic import Curves, Histograms, Recipe, batches

Floats = npt.NDArray[np.float64]

_AT_ONCE: Final = 2000
_COLUMNS: Final = (
    "read",
    "true",
    "significance",
    "width_bins",
    "kind",
    "bins",
    "place",
    "dynamic_range",
)

SKIP: Final = 0.1
"""Share of a histogram's first bins in which nothing is looked for, as in arXiv:2501.05603."""

REFERENCE: Final = Recipe()
"""The reference's test sample: a function, and a signal one bin wide in half of the histograms."""


ALL_BINS: Final = "functions, looked at in all bins"
"""The sample of which nothing is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Test histograms that were read.

    Attributes:
        recipe: What they are made of.
        read: Largest z of each, as the network reads it; shape (histograms,).
        true: Largest z with the background known.
        significance: At which a signal was injected; 0: there is none.
        width_bins: Of the signal; 0: there is none.
        kind: Number of the background's kind.
        bins: Number of bins.
        place: Of the injected signal, else of the truly largest z; from 0 to 1 in the histogram.
        dynamic_range: Largest over least expected background.
        silent: Histograms that nothing was said of.
    """

    recipe: Recipe
    read: Floats
    true: Floats
    significance: Floats
    width_bins: Floats
    kind: npt.NDArray[np.int64]
    bins: npt.NDArray[np.int64]
    place: Floats
    dynamic_range: Floats
    silent: int

    @property
    def signal(self) -> npt.NDArray[np.bool_]:
        """Which histograms have a signal."""
        return self.significance > 0

    def measures(self, chosen: npt.NDArray[np.bool_] | None = None) -> Measures:
        """Return the figures of all or some of the histograms.

        Args:
            chosen: Which ones, shape (histograms,).
        """
        some = np.ones(len(self.read), np.bool_) if chosen is None else chosen
        return measures_of(self.read[some], self.true[some], self.signal[some])


def read_sample(
    network: Network,
    recipe: Recipe,
    seed: int,
    number: int,
    *,
    skip: float = SKIP,
    curves: Curves | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> Sample:
    """Draw test histograms and have a network read them.

    Args:
        network: The network.
        recipe: What they are made of.
        seed: Of the sample.
        number: How many.
        skip: Share of each histogram's first bins in which nothing is looked for. Histograms whose
            signal is there are left out: it is nobody's to find.
        curves: Needed where the recipe has smoothed spectra.
        tell: Called with the number of histograms after each batch.
    """
    columns: list[list[npt.NDArray[np.generic]]] = [[] for _ in _COLUMNS]
    silent = done = 0
    for drawn in batches(recipe, seed, "test", number, size=_AT_ONCE, curves=curves):
        z, _ = network.read(drawn.offsets, drawn.counts)
        said = np.isfinite(z)
        silent += int(np.sum(~np.maximum.reduceat(said, drawn.offsets[:-1])))
        of_each = (
            largest(drawn.offsets, np.where(said, z, 0.0), skip).z,
            largest(drawn.offsets, drawn.z, skip).z,
            drawn.significance,
            drawn.width_bins,
            drawn.kind,
            np.diff(drawn.offsets),
            _places(drawn),
            np.maximum.reduceat(drawn.background, drawn.offsets[:-1])
            / np.minimum.reduceat(drawn.background, drawn.offsets[:-1]),
        )
        kept = _can_be_found(drawn, skip)
        for column, values in zip(columns, of_each, strict=True):
            column.append(values[kept])
        done += len(drawn)
        tell(done)
    joined: dict[str, Any] = {
        name: np.concatenate(column) for name, column in zip(_COLUMNS, columns, strict=True)
    }
    return Sample(recipe, silent=silent, **joined)


def _can_be_found(drawn: Histograms, skip: float) -> npt.NDArray[np.bool_]:
    """Return which histograms have no signal, or one in a bin that is looked at."""
    there = drawn.centre >= 0
    signal = np.zeros(len(drawn.counts))
    signal[drawn.offsets[:-1][there] + drawn.centre[there]] = 1.0
    return ~there | (largest(drawn.offsets, signal, skip).z > 0.0)


def _places(drawn: Histograms) -> Floats:
    bins = np.diff(drawn.offsets)
    largest = np.repeat(drawn.largest_z(), bins)
    at = np.flatnonzero(drawn.z == largest)
    first = at[np.searchsorted(at, drawn.offsets[:-1])] - drawn.offsets[:-1]
    return np.asarray(np.where(drawn.centre >= 0, drawn.centre, first) / np.maximum(bins - 1, 1))


def samples(curves: Curves) -> dict[str, Recipe]:
    """Return the recipes of the samples that a network is judged by, the reference's first.

    Args:
        curves: Without one of the test part there is no sample of smoothed spectra.
    """
    found = {
        "functions": REFERENCE,
        ALL_BINS: REFERENCE,
        "functions, signals 2 bins from the ends": replace(REFERENCE, margin_bins=2),
        "functions, signals from 1 to 10 sigma": replace(REFERENCE, significance=(1.0, 10.0)),
        "signals 2 bins wide": replace(REFERENCE, widths_bins=(2.0,)),
        "signals 3 bins wide": replace(REFERENCE, widths_bins=(3.0,)),
        "sums of functions": replace(REFERENCE, sum_share=1.0),
    }
    if curves.of_part("test").names:
        found["smoothed spectra"] = replace(REFERENCE, smoothed_share=1.0)
    return found


def backgrounds(curves: Curves) -> dict[str, Recipe]:
    """Return the recipes of the samples without a signal that false alarms are counted in."""
    found = {
        "functions": replace(REFERENCE, signal_share=0.0),
        "sums of functions": replace(REFERENCE, signal_share=0.0, sum_share=1.0),
    }
    if curves.of_part("test").names:
        found["smoothed spectra"] = replace(REFERENCE, signal_share=0.0, smoothed_share=1.0)
    return found
