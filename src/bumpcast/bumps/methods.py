"""The ways to read significances off spectra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.likelihood import (
    profiled_scan,
    signed_significances,
)
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Floats, Spectra

Estimator = Callable[[Spectra], BackgroundEstimate]
"""Says what is expected of spectra without a signal."""

WIDTHS: Final = (1.0, 2.0, 3.0)
"""Standard deviations of signals that are looked for, in bins."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a method says of spectra.

    Attributes:
        z: Signed significance of a signal centred on each bin, shape (bins,); NaN where nothing
            can be said.
        widths: Standard deviation of that signal in bins, shape (bins,).
        background: What is expected without a signal.
    """

    z: Floats
    widths: Floats
    background: BackgroundEstimate


class Method(Protocol):
    """A way to read significances off spectra; it travels to workers."""

    def read(self, spectra: Spectra) -> Reading:
        """Return what it says of spectra."""

    def largest_again(
        self, spectra: Spectra, background: BackgroundEstimate, skip: float
    ) -> Floats:
        """Return the largest significance of each of many pseudo-data, quickly.

        Args:
            spectra: Pseudo-data.
            background: That they were drawn from, bin by bin.
            skip: Share of each spectrum's first bins in which nothing is looked for.

        Returns:
            As ``Peaks.z``.
        """


@dataclass(frozen=True)
class LikelihoodMethod:
    """The exact likelihood ratio of a Gaussian signal.

    Attributes:
        estimate: The background.
        widths: Standard deviations of the signals that are looked for, in bins: of each bin the
            width of the largest z counts.
    """

    estimate: Estimator
    widths: tuple[float, ...] = field(default=WIDTHS)

    def read(self, spectra: Spectra) -> Reading:
        """Return what the likelihood says of spectra."""
        background = self.estimate(spectra)
        z, widths = _scan(spectra, background, self.widths)
        return Reading(z, widths, background)

    def largest_again(
        self, spectra: Spectra, background: BackgroundEstimate, skip: float
    ) -> Floats:
        """Return the largest significances of pseudo-data.

        What is free in the background is fitted to them anew. The family and the order of a
        function, and the hyperparameters of a Gaussian process, stay what they were.
        """
        z, _ = _scan(spectra, background, self.widths, skip)
        return largest(spectra.offsets, z, skip).z


def _scan(
    spectra: Spectra,
    background: BackgroundEstimate,
    widths: tuple[float, ...],
    skip: float | None = None,
) -> tuple[Floats, Floats]:
    """Return the largest z over the widths at each bin, and the width that it has there.

    Where a share of bins is to be skipped, only z that may be the largest are wanted.
    """
    if np.any(background.modes):
        return profiled_scan(
            spectra.offsets,
            spectra.counts,
            background.expected,
            background.modes,
            background.precisions,
            background.centres,
            widths,
            uncertainty=background.uncertainty,
            event_weight=spectra.event_weight,
            skip=skip,
        )
    best = np.full(len(spectra.counts), np.nan)
    best_width = np.full(len(best), np.nan)
    for width in widths:
        z = signed_significances(
            spectra.offsets,
            spectra.counts,
            background.expected,
            uncertainty=background.uncertainty,
            width_bins=width,
            event_weight=spectra.event_weight,
        )
        better = np.isfinite(z) & ~(z <= best)
        best[better], best_width[better] = z[better], width
    return best, best_width


@dataclass(frozen=True, eq=False)
class Given:
    """A background that is known beforehand, such as that of simulated events.

    Attributes:
        background: Of the very spectra that will be asked for.
    """

    background: BackgroundEstimate

    def __call__(self, spectra: Spectra) -> BackgroundEstimate:
        """Return it.

        Raises:
            ValueError: It is of spectra with other bins.
        """
        if len(self.background.expected) != len(spectra.counts):
            msg = (
                f"a background of {len(self.background.expected)} bins for spectra of "
                f"{len(spectra.counts)}"
            )
            raise ValueError(msg)
        return self.background
