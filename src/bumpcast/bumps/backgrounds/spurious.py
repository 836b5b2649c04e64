"""The spurious-signal test: how significant a signal a way to a background makes of nothing.

A truth without a signal is handed over as if it had been observed, without fluctuations, and the
signal that is then found in it at any bin is spurious. (ATLAS, arXiv:1207.7214, asks this of
functions on simulated background.) The background's parameters are free in it as in the
search itself. Without fluctuations all is close to the estimate, so that the limit of many events
says how significant the signal is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate, Estimator
from bumpcast.bumps.backgrounds.linear_limit import linear_significances
from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]


def spurious_significance(
    estimator: Estimator, truth: Spectra, *, width_bins: float = 1.0
) -> Floats:
    """Return the largest significance that a way to a background makes of smooth truths.

    Args:
        estimator: The way: any function from spectra to backgrounds.
        truth: Smooth expectations as counts, with the variances that real counts would have.
        width_bins: Standard deviation of the signal in bins.

    Returns:
        The largest signed significance over the bins of each spectrum, shape (histograms,): 0 or
        more, since a signal of no strength is one, too. NaN where there is no background.
    """
    return largest_spurious(truth, estimator(truth), [width_bins])


def largest_spurious(
    truth: Spectra, background: BackgroundEstimate, widths: Sequence[float]
) -> Floats:
    """Return the largest significance of each truth for a background that was made of it.

    Args:
        truth: As for `spurious_significance`.
        background: What a way to a background has made of it.
        widths: Standard deviations of the signals in bins.

    Returns:
        As `spurious_significance`, the largest over the widths.
    """
    each = [
        largest_of_each(truth, linear_significances(truth, background, width_bins=width))
        for width in widths
    ]
    largest: Floats = np.max(each, axis=0)
    return largest


def largest_of_each(spectra: Spectra, z: Floats) -> Floats:
    """Return the largest significance of each spectrum, at least 0; NaN where there is none."""
    largest = np.full(len(spectra), -np.inf)
    known = np.isfinite(z)
    np.maximum.at(largest, spectra.histogram_of_bin[known], z[known])
    return np.where(np.isfinite(largest), np.maximum(largest, 0.0), np.nan)
