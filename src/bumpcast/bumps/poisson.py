"""Poisson numbers of any mean."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LARGE: Final = 1e15
"""From here on a normal distribution is drawn from: whole numbers end at 9e18, and a Poisson number
differs from a normal one by less than 1e-7 of its standard deviation."""


def poisson_numbers(random: np.random.Generator, means: Floats) -> Floats:
    """Draw Poisson numbers.

    Args:
        random: Where from.
        means: Not negative, finite; any shape.

    Returns:
        Of the same shape.
    """
    large = means > LARGE
    drawn: Floats = random.poisson(np.where(large, 0.0, means)).astype(np.float64)
    if np.any(large):
        drawn[large] = np.rint(random.normal(means[large], np.sqrt(means[large])))
    return drawn
