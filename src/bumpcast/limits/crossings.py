"""Where CLs falls below what a confidence level allows, with as few strengths tried as possible."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.stats

from bumpcast.limits.errors import LimitError

Floats = npt.NDArray[np.float64]

CLs = Callable[[float], Floats]
"""CLs of a strength: observed, and expected for several fluctuations; (quantities,)."""

PRECISION: Final = 1e-4
"""Relative precision of the strengths that are found."""

LARGEST: Final = 1e3
"""Up to here is a strength looked for that CLs excludes; limits should be of the size of one."""

_SMALLEST: Final = 1e-6
_STEP: Final = 2.0
_NEIGHBOURS: Final = 4
_MOST_TRIES: Final = 60
_FAR: Final = 38.0
"""Standard deviations at which a probability is 1e-300; beyond is all the same."""


class CrossingError(LimitError):
    """CLs crosses what is asked for, but where does not become clear."""


class LevelError(LimitError):
    """A confidence level cannot be."""


def crossings(cls_of: CLs, level: float, begin: Sequence[float]) -> Floats:
    """Return above which strengths everything is excluded.

    Args:
        cls_of: CLs of a strength above 0.
        level: Confidence level.
        begin: Strengths to try first, above 0; the search widens from there until each quantity is
            bracketed.

    Returns:
        A strength for each quantity; infinite where CLs does not fall so far up to `LARGEST`.

    Raises:
        LevelError: The level is not between 0 and 1.
        CrossingError: CLs is not continuous, so that no strength is found.
    """
    if not 0 < level < 1:
        msg = f"a confidence level of {level:g}: it is between 0 and 1, such as 0.95"
        raise LevelError(msg)
    tried = _Tried(cls_of, level)
    for strength in begin:
        tried.add(min(max(strength, _SMALLEST), LARGEST))
    while max(tried.strengths) < LARGEST and np.any(tried.excess[-1] < 0):
        tried.add(min(max(tried.strengths) * _STEP, LARGEST))
    while min(tried.strengths) > _SMALLEST and np.any(tried.excess[0] >= 0):
        tried.add(max(min(tried.strengths) / _STEP, _SMALLEST))
    quantities = len(tried.excess[0])
    return np.array([_crossing(tried, quantity) for quantity in range(quantities)])


class _Tried:
    """The strengths that were tried, rising, and how far each is excluded.

    Attributes:
        strengths: The strengths.
        excess: By how many standard deviations CLs is below what the level allows, which is nearly
            linear in the strength; (quantities,) for each.
    """

    def __init__(self, cls_of: CLs, level: float) -> None:
        self._cls_of = cls_of
        self._wanted = float(scipy.stats.norm.isf(1 - level))
        self.strengths: list[float] = []
        self.excess: list[Floats] = []

    def add(self, strength: float) -> None:
        """Try a strength, unless it was tried before."""
        if strength in self.strengths:
            return
        tail = self._cls_of(strength)
        if np.isnan(tail).any():
            msg = f"CLs at the strength {strength:.6g} of the signal is not a number"
            raise CrossingError(msg)
        # Rounding may leave a probability above one.
        deviations = np.clip(scipy.stats.norm.isf(np.clip(tail, 0.0, 1.0)), -_FAR, _FAR)
        place = int(np.searchsorted(self.strengths, strength))
        self.strengths.insert(place, strength)
        self.excess.insert(place, deviations - self._wanted)


def _crossing(tried: _Tried, quantity: int) -> float:
    for _ in range(_MOST_TRIES):
        excess = np.array([values[quantity] for values in tried.excess])
        strengths = np.array(tried.strengths)
        # From above: should CLs rise again, what is beyond is not excluded.
        allowed = np.flatnonzero(excess < 0)
        if not len(allowed):
            return float(strengths[0])
        last = int(allowed[-1])
        if last + 1 == len(strengths):
            return math.inf
        low, high = float(strengths[last]), float(strengths[last + 1])
        best, other = _guesses(strengths, excess, last)
        if high - low < PRECISION * low:
            return best if low <= best <= high else high
        if not low < best < high:
            tried.add((low + high) / 2)
        elif abs(best - other) < PRECISION * best:
            return best
        else:
            tried.add(best)
    msg = (
        f"CLs jumps between the strengths {low:.6g} and {high:.6g} of the signal, or fits fail "
        "there: no limit can be read off"
    )
    raise CrossingError(msg)


def _guesses(strengths: Floats, excess: Floats, last: int) -> tuple[float, float]:
    """Return where the excess is zero by the nearest points, and by one point less.

    Inverse interpolation: a polynomial that gives the strength for an excess.
    """
    first = max(last + 1 - _NEIGHBOURS // 2, 0)
    chosen = slice(first, first + _NEIGHBOURS)
    x, y = excess[chosen], strengths[chosen]
    if len(x) < _NEIGHBOURS:
        x, y = excess[-_NEIGHBOURS:], strengths[-_NEIGHBOURS:]
    usable = np.abs(x) < _FAR / 2
    x, y = x[usable], y[usable]
    if len(x) < 2 or np.any(np.diff(x) <= 0):
        return math.nan, math.nan
    farthest = int(np.argmax(np.abs(x)))
    fewer = np.delete(x, farthest), np.delete(y, farthest)
    return _at_zero(x, y), _at_zero(*fewer) if len(x) > 2 else math.nan


def _at_zero(x: Floats, y: Floats) -> float:
    """Return the value at zero of the polynomial through points (Lagrange)."""
    total = 0.0
    for number in range(len(x)):
        others = np.delete(x, number)
        total += y[number] * float(np.prod(others / (others - x[number])))
    return total
