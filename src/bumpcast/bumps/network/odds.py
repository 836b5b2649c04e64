"""What the odds of a signal allow a network to read.

The fits that a network reads say how probable a signal is at all: the evidence of those with a
signal, over that of those without. A network weighs the z that follow from their backgrounds, and
where none of them describes a spectrum that has no signal, all of these z can be large. Of
background-only histograms that the package's network reads above 5, three in four have odds below 7
in sums of functions, two in three in smoothed spectra, one in three in functions; of signals of 5
to 7 sigma one bin wide, one in thirty has. So without these odds there is no z of little more than
5, and with less of them, less. A much larger one stays: it is as often a broad signal.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEEDED: Final = 2.0
"""Logarithm of the odds without which little more than `WITHOUT` is read as less than that."""

WITHOUT: Final = 5.0
_LESS: Final = 0.5
"""By so much less is read where the logarithm is less by one."""

_AT_LEAST: Final = 3.0
_LARGE: Final = 8.5
_RISE: Final = 5.0
"""From `_LARGE` on the limit rises so many times as fast as z, up to z itself."""


def limited_by_odds(z: Floats, log_odds: Floats) -> Floats:
    """Return significances, less where a signal is not probable enough.

    Args:
        z: Of bins, shape (bins,).
        log_odds: Natural logarithm of the odds of a signal in each bin's histogram, shape (bins,).

    Returns:
        Never larger than z, and rising with it.
    """
    most = np.maximum(WITHOUT - _LESS * (NEEDED - log_odds), _AT_LEAST)
    most = most + _RISE * np.maximum(z - _LARGE, 0.0)
    return np.where(log_odds < NEEDED, np.minimum(z, most), z)
