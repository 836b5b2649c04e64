"""The signal that is looked for: a Gaussian as wide as some bins, centred in one of them.

Bins of a scan are as wide as the resolution at their mass, so that a width in bins is one in units
of the resolution wherever the signal sits.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

WIDTHS: Final = (1.0, 2.0, 3.0)
"""Standard deviations of signals that are looked for, in bins."""

REACH: Final = 5.0
"""A template ends so many standard deviations from its centre: 6e-7 of the signal are beyond."""


def gaussian_template(width_bins: float) -> npt.NDArray[np.float64]:
    """Return the share of a Gaussian signal in each bin around its centre.

    Args:
        width_bins: Standard deviation in bins; more than 0.

    Returns:
        Shares of bins -r to r relative to the one in whose middle the signal is; shape (2 r + 1,).

    Raises:
        ValueError: The width is not positive and finite.
    """
    if not (math.isfinite(width_bins) and width_bins > 0):
        msg = f"the width of a signal is {width_bins} bins: it must be positive and finite"
        raise ValueError(msg)
    reach = math.ceil(REACH * width_bins + 0.5) - 1
    edges = np.arange(-reach, reach + 2) - 0.5
    below = [0.5 * math.erfc(-edge / (width_bins * math.sqrt(2.0))) for edge in edges]
    return np.diff(np.array(below))
