"""The ways to read significances off spectra."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate, Estimator
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import Floats, Spectra


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
        z, widths = scan_widths(spectra, background, self.widths)
        return Reading(z, widths, background)

    def largest_again(
        self, spectra: Spectra, background: BackgroundEstimate, skip: float
    ) -> Floats:
        """Return the largest significances of pseudo-data.

        What is free in the background is fitted to them anew. The family and the order of a
        function, and the hyperparameters of a Gaussian process, stay what they were: they were
        drawn from it, so that nothing else describes them better.
        """
        z, _ = scan_widths(spectra, background.held(), self.widths, skip=skip)
        return largest(spectra.offsets, z, skip).z


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
