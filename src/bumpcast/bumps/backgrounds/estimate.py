"""What every way to a background returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.spectra import Floats, Spectra, bins_of


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
        )


Estimator = Callable[[Spectra], BackgroundEstimate]
"""Says what is expected of spectra without a signal."""
