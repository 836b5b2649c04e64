"""The lifetimes at which a limit excludes a cross-section."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.limits.likelihood import check_number

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ExcludedRange:
    """A range of lifetimes that is excluded.

    Attributes:
        low: Where it begins, c tau in m.
        high: Where it ends.
        low_open: Whether it begins where limits do, and may go on below.
        high_open: Whether it ends where limits do, and may go on above.
    """

    low: float
    high: float
    low_open: bool
    high_open: bool

    def __str__(self) -> str:
        begin = "at least from " if self.low_open else ""
        end = " at least" if self.high_open else ""
        return f"{begin}{self.low:.4g} m to {self.high:.4g} m{end}"


def excluded_ranges(ctau: Floats, limit: Floats, cross_section: float) -> list[ExcludedRange]:
    """Return the lifetimes at which a limit is below a cross-section.

    Between two lifetimes, the logarithm of the limit is a straight line over that of the lifetime.
    Towards a lifetime without a limit nothing is known: the range ends, open.

    Args:
        ctau: Lifetimes c tau in m, rising; (lifetimes,).
        limit: Limits on a cross-section, infinite where there is none; (lifetimes,).
        cross_section: In the same unit.

    Raises:
        ResultError: The cross-section is not above zero.
    """
    check_number(cross_section, "the cross-section", above=0.0)
    below = limit < cross_section
    found = []
    # Each run of lifetimes that are excluded, from its first to its last.
    edges = np.flatnonzero(np.diff(np.concatenate([[False], below, [False]]).astype(np.int8)))
    for first, after in edges.reshape(-1, 2).tolist():
        low = _crossing(ctau, limit, cross_section, first - 1, first)
        high = _crossing(ctau, limit, cross_section, after, after - 1)
        found.append(
            ExcludedRange(
                float(ctau[first]) if low is None else low,
                float(ctau[after - 1]) if high is None else high,
                low is None,
                high is None,
            )
        )
    return found


def _crossing(
    ctau: Floats, limit: Floats, cross_section: float, outside: int, inside: int
) -> float | None:
    if not 0 <= outside < len(ctau) or not math.isfinite(limit[outside]):
        return None
    x = np.log(ctau[[inside, outside]])
    y = np.log(limit[[inside, outside]])
    share = (math.log(cross_section) - y[0]) / (y[1] - y[0])
    return float(np.exp(x[0] + share * (x[1] - x[0])))
