"""How far two observations of the same events are apart, and how far chance alone drives them.

Both sides have the same generated events, so that only the detectors' random numbers differ. All
errors here are from the differences event by event, in which what the events have in common drops
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_SWAPS: Final = 200
_EXPERIMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """A number and its statistical error."""

    value: float
    error: float

    def __str__(self) -> str:
        if not np.isfinite(self.value):
            return "-"
        digits = 3 if self.error < 0.1 else 2
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"


NOTHING: Final = Measured(np.nan, np.nan)


def ratio_of_sums(ours: Array, theirs: Array) -> Measured:
    """Return the ratio of two sums over the same events.

    Args:
        ours: One number an event.
        theirs: One number an event.
    """
    total = theirs.sum()
    if total == 0:
        return NOTHING
    ratio = ours.sum() / total
    # of the ratio itself, so that a common scale is no spread
    rest = ours - ratio * theirs
    return Measured(float(ratio), float(np.sqrt(np.sum(rest**2)) / abs(total)))


def ratio_of_shares(ours: tuple[Array, Array], theirs: tuple[Array, Array]) -> Measured:
    """Return the ratio of two shares, such as efficiencies, in the same events.

    Args:
        ours: Of each event, how many pass and how many there are.
        theirs: The same.
    """
    shares, rests = [], []
    for passed, there in (ours, theirs):
        if there.sum() == 0 or passed.sum() == 0:
            return NOTHING
        share = passed.sum() / there.sum()
        shares.append(share)
        rests.append((passed - share * there) / (share * there.sum()))
    ratio = shares[0] / shares[1]
    return Measured(float(ratio), float(ratio * np.sqrt(np.sum((rests[0] - rests[1]) ** 2))))


@dataclass(frozen=True, slots=True)
class Shapes:
    """Middle and width of values in two observations.

    Attributes:
        ours: Middle and width: the median, and half of the range of the central 68 %.
        delphes: The same.
        middle: Ours over Delphes's.
        width: Ours over Delphes's.
    """

    ours: tuple[float, float]
    delphes: tuple[float, float]
    middle: Measured
    width: Measured


def shapes(ours: tuple[Array, Array], theirs: tuple[Array, Array], events: int) -> Shapes:
    """Compare middle and width of values in the same events.

    Errors are those of repeated experiments, with the same events on both sides.

    Args:
        ours: Values, and the numbers of their events.
        theirs: The same.
        events: How many there are.
    """
    random = np.random.default_rng(1)
    sorted_ours, sorted_theirs = _by_value(*ours), _by_value(*theirs)
    ratios = []
    for _ in range(_EXPERIMENTS):
        weights = random.poisson(1.0, events)
        ratios.append(_shape(*sorted_ours, weights) / _shape(*sorted_theirs, weights))
    errors = np.std(ratios, axis=0)
    once = np.ones(events)
    here, there = _shape(*sorted_ours, once), _shape(*sorted_theirs, once)
    ratio = here / there
    return Shapes(
        (float(here[0]), float(here[1])),
        (float(there[0]), float(there[1])),
        Measured(float(ratio[0]), float(errors[0])),
        Measured(float(ratio[1]), float(errors[1])),
    )


def _by_value(values: Array, events: Array) -> tuple[Array, Array]:
    order = np.argsort(values)
    return values[order], events[order]


def _shape(values: Array, events: Array, weights: Array) -> Array:
    """Return middle and width of sorted values, each of which counts as its event does."""
    each = weights[events]
    shares = np.cumsum(each) / each.sum()
    low, middle, high = np.interp([0.16, 0.5, 0.84], shares, values)
    return np.array([middle, 0.5 * (high - low)])


def distance(first: Array, second: Array) -> float:
    """Return the Kolmogorov-Smirnov distance of two sets of values."""
    if not len(first) or not len(second):
        return np.nan
    both = np.sort(np.concatenate([first, second]))
    below = [np.searchsorted(np.sort(values), both, side="right") for values in (first, second)]
    return float(np.max(np.abs(below[0] / len(first) - below[1] / len(second))))


@dataclass(frozen=True, slots=True)
class Apart:
    """Kolmogorov-Smirnov distance of two observations.

    Attributes:
        distance: What it is.
        expected: What it is on average where only chance makes a difference.
        probability: That chance makes it this large.
    """

    distance: float
    expected: float
    probability: float


def apart(
    ours: Array, our_events: Array, theirs: Array, their_events: Array, *, seed: int = 1
) -> Apart:
    """Compare two distributions of the same events.

    If both detectors are the same, it is chance which of the two observations of an event is
    which: what distances are to be expected is found by exchanging them in a random half of the
    events.

    Args:
        ours: Values.
        our_events: Number of the event of each of them.
        theirs: Values.
        their_events: Number of the event of each of them.
        seed: Of the exchanges.
    """
    if not len(ours) or not len(theirs):
        return Apart(np.nan, np.nan, np.nan)
    values = np.concatenate([ours, theirs])
    events = np.concatenate([our_events, their_events])
    mine = np.concatenate([np.ones(len(ours), bool), np.zeros(len(theirs), bool)])
    order = np.argsort(values, kind="stable")
    values, events, mine = values[order], events[order], mine[order]
    last = np.append(values[1:] != values[:-1], True)  # of equal values

    def between(belongs: Array) -> float:
        first = np.cumsum(belongs)
        second = np.arange(1, len(belongs) + 1) - first
        if first[-1] == 0 or second[-1] == 0:
            return 0.0
        return float(np.max(np.abs(first[last] / first[-1] - second[last] / second[-1])))

    found = between(mine)
    random = np.random.default_rng(seed)
    exchanged = random.random((_SWAPS, int(events.max()) + 1)) < 0.5
    chance = np.array([between(mine ^ swap[events]) for swap in exchanged])
    probability = (1 + np.sum(chance >= found * (1 - 1e-9))) / (1 + _SWAPS)
    return Apart(found, float(chance.mean()), float(probability))
