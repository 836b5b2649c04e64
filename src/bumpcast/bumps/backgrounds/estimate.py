"""What every way to a background returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Floats, Spectra, bins_of


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """Another description of some spectra: of what holds no signal, or of what holds one.

    Attributes:
        histograms: Numbers of these spectra, rising, shape (some,).
        background: It, of these spectra alone.
        lead: By how much it describes each better, if there is no signal: the difference of the
            deviances with the price of their parameters, shape (some,). Negative: worse.
    """

    histograms: npt.NDArray[np.int64]
    background: BackgroundEstimate
    lead: Floats

    def of(
        self, offsets: npt.NDArray[np.int64], histograms: npt.NDArray[np.int64]
    ) -> Alternative | None:
        """Return that of some of all histograms, numbered anew; None where there is none.

        Args:
            offsets: Where the bins of all histograms are, shape (histograms + 1,).
            histograms: Which of them; one may occur many times.
        """
        number = np.full(len(offsets) - 1, -1, np.int64)
        number[self.histograms] = np.arange(len(self.histograms))
        found = np.flatnonzero(number[histograms] >= 0)
        if not len(found):
            return None
        lengths = np.diff(offsets)[self.histograms]
        own = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        chosen = number[histograms[found]]
        return Alternative(found, self.background.of(own, chosen), self.lead[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundEstimate:
    """The background of many spectra, bin by bin, with what is uncertain of it.

    The true background of a bin is, to first order, expected + modes @ strengths + a deviation of
    the bin's own of the standard deviation ``uncertainty``.

    Attributes:
        expected: In the unit of the counts, shape (bins,); NaN where there is none.
        uncertainty: Standard deviation of each bin's own deviation, shape (bins,).
        modes: What the background changes by when the strength of a mode does by 1, shape
            (bins, modes); zero for modes that a histogram does not have.
        precisions: Of each histogram's strengths before the counts are looked at: 0 where the
            counts alone say it, such as for a parameter of a fitted function, 1 where it is
            normally distributed with a standard deviation of 1; shape (histograms, modes).
        centres: Means of the strengths whose precision is not 0, shape (histograms, modes). At
            ``expected``, where all strengths are 0, the counts and these means are in balance.
        models: What describes each histogram, such as 'exp(polynomial of order 3)'; empty where
            there is no background.
        reasons: Why a histogram has no background; empty where it has one.
        spurious: Largest signed significance, over its bins, that a signal has in what the model
            makes of a smooth background, shape (histograms,); NaN where it was not tested.
        goodness: Probability that counts from this background are described as badly as these
            are, or worse, shape (histograms,); NaN where it is not known; absent: nowhere.
        alternative: Another description of some of the spectra; absent: there is none.
    """

    expected: Floats
    uncertainty: Floats
    modes: Floats
    precisions: Floats
    centres: Floats
    models: Sequence[str]
    reasons: Sequence[str]
    spurious: Floats
    goodness: Floats | None = None
    alternative: Alternative | None = None

    @classmethod
    def without_modes(
        cls,
        expected: Floats,
        uncertainty: Floats,
        models: Sequence[str],
        reasons: Sequence[str],
    ) -> BackgroundEstimate:
        """Return a background whose bins are uncertain one by one, or not at all."""
        histograms = len(models)
        none = np.zeros((histograms, 0))
        return cls(
            expected,
            uncertainty,
            np.zeros((len(expected), 0)),
            none,
            none,
            models,
            reasons,
            np.full(histograms, np.nan),
        )

    @classmethod
    def of_free(cls, expected: Floats, modes: Floats, histograms: int) -> BackgroundEstimate:
        """Return a background whose modes are known from the counts alone.

        Args:
            expected: Shape (bins,).
            modes: Shape (bins, modes).
            histograms: How many there are.
        """
        none, texts = np.zeros((histograms, modes.shape[1])), [""] * histograms
        unknown = np.full(histograms, np.nan)
        return cls(expected, np.zeros(len(expected)), modes, none, none, texts, texts, unknown)

    def of(
        self, offsets: npt.NDArray[np.int64], histograms: npt.NDArray[np.int64]
    ) -> BackgroundEstimate:
        """Return the background of some of the histograms, in the order asked for.

        Args:
            offsets: Where the bins of all histograms are, shape (histograms + 1,).
            histograms: Which of them; one may occur many times.
        """
        places, _ = bins_of(offsets, histograms)
        numbers = histograms.tolist()
        return BackgroundEstimate(
            self.expected[places],
            self.uncertainty[places],
            self.modes[places],
            self.precisions[histograms],
            self.centres[histograms],
            [self.models[number] for number in numbers],
            [self.reasons[number] for number in numbers],
            self.spurious[histograms],
            None if self.goodness is None else self.goodness[histograms],
            None if self.alternative is None else self.alternative.of(offsets, histograms),
        )

    def held(self) -> BackgroundEstimate:
        """Return the same background as the only one that there is."""
        return replace(self, alternative=None)


def joined(parts: Sequence[BackgroundEstimate]) -> BackgroundEstimate:
    """Return one estimate of the histograms of several, one after the other.

    Args:
        parts: At least one; their alternatives are left out.
    """
    most = max(part.modes.shape[1] for part in parts)
    unknown = [np.full(len(part.models), np.nan) for part in parts]
    goodness = [part.goodness for part in parts]
    return BackgroundEstimate(
        np.concatenate([part.expected for part in parts]),
        np.concatenate([part.uncertainty for part in parts]),
        np.concatenate([widened(part.modes, most) for part in parts]),
        np.concatenate([widened(part.precisions, most) for part in parts]),
        np.concatenate([widened(part.centres, most) for part in parts]),
        [model for part in parts for model in part.models],
        [reason for part in parts for reason in part.reasons],
        np.concatenate([part.spurious for part in parts]),
        np.concatenate([u if g is None else g for g, u in zip(goodness, unknown, strict=True)]),
    )


def widened(column: Floats, most: int) -> Floats:
    """Return modes, or what belongs to them, with columns of zeros for more of them.

    Args:
        column: Shape (any, modes).
        most: How many modes there are to be.
    """
    wide = np.zeros((len(column), most))
    wide[:, : column.shape[1]] = column
    return wide


Estimator = Callable[[Spectra], BackgroundEstimate]
"""Says what is expected of spectra without a signal."""
