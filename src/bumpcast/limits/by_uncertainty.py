"""The limits of a counting result for many uncertainties of the signal.

They depend on nothing else of the signal, so that each is computed once. Where there are many
uncertainties, as those of simulated samples are different at every lifetime, the limits are
computed at a few and a polynomial through their logarithms tells the others: ln N against
ln(1 + s) at Chebyshev's points.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.interpolate

from bumpcast.limits.upper_limit import UpperLimit

Floats = npt.NDArray[np.float64]

MOST: Final = 9
"""More different uncertainties than these are interpolated."""


def limits_by_uncertainty(
    limit_of: Callable[[float], UpperLimit], uncertainties: Floats
) -> tuple[Floats, tuple[UpperLimit, ...]]:
    """Return limits for uncertainties of the signal.

    Args:
        limit_of: Computes the limits for one relative uncertainty.
        uncertainties: Relative uncertainties; (points,).

    Returns:
        Limits, observed and expected, of shape (points, 6); and those that were computed.
    """
    distinct, which = np.unique(uncertainties, return_inverse=True)
    if len(distinct) <= MOST:
        computed = tuple(limit_of(float(value)) for value in distinct)
        return np.array([limit.all for limit in computed])[which], computed
    asked = np.log1p(distinct)
    low, high = asked[0], asked[-1]
    angles = np.pi * (np.arange(MOST) + 0.5) / MOST
    nodes = (low + high) / 2 + (high - low) / 2 * np.cos(angles)
    computed = tuple(limit_of(float(value)) for value in np.expm1(nodes))
    logarithms = np.log([limit.all for limit in computed])
    curve = scipy.interpolate.BarycentricInterpolator(nodes, logarithms)
    return np.exp(curve(asked))[which], computed
