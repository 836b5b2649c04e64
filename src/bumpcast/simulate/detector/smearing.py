"""A positive quantity with a resolution: numbers that follow a log-normal distribution."""

from __future__ import annotations

import math

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.randomness import normal


@compiled
def log_normal(state, mean, sigma):  # type: ignore[no-untyped-def]
    """Return the next state and a log-normal number of a mean and a standard deviation.

    A number is drawn also where the mean is not positive, which gives 0.
    """
    state, number = normal(state)
    if mean <= 0.0:
        return state, 0.0
    ratio = sigma / mean
    square = math.log1p(ratio * ratio)
    return state, mean * math.exp(math.sqrt(square) * number - 0.5 * square)
