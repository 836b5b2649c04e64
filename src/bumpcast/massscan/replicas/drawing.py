"""How often each event stands in each replica of a data set."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.filling.normalise import NormalisationError
from bumpcast.randomness import LARGEST_STEP, event_start, key_of, poisson, stage_start

LARGEST_MEAN: Final = 50_000.0
"""Above this an event's number in a replica could exceed two bytes."""

_NARROW_MEAN: Final = 100.0
"""Up to this mean one byte is enough, but for a chance of 1e-37, which is looked for."""

_TABLE: Final = 1024
"""More numbers than any Poisson distribution of a mean of LARGEST_STEP reaches."""


def draw_replicas(
    means: npt.NDArray[np.float64],
    seed: int,
    file: str,
    entries: npt.NDArray[np.int64],
    first: int,
    number: int,
) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    """Draw how often each event stands in each replica, Poisson-distributed.

    A number follows from seed, file, entry and replica alone.

    Args:
        means: Expected number of each event, shape (events,).
        seed: The seed of the replicas.
        file: What tells the file from others: its data set and UUID.
        entries: The events' entry numbers in the file.
        first: The first replica.
        number: How many replicas.

    Returns:
        Shape (events, replicas).

    Raises:
        NormalisationError: A mean is negative, not a number, or too large.
    """
    wrong = ~((means >= 0.0) & (means <= LARGEST_MEAN))
    if np.any(wrong):
        place = int(np.flatnonzero(wrong)[0])
        if means[place] < 0:
            why = (
                "replicas cannot be drawn from negative weights; draw them from the observed "
                "events (--from observed) or from a sample without negative weights"
            )
        else:
            why = (
                f"replicas are drawn for up to {LARGEST_MEAN:g}; check its weight, "
                f"cross_section_pb and luminosity_fb"
            )
        msg = f"entry {entries[place]}: {means[place]:g} expected events of a single one: {why}"
        raise NormalisationError(msg)
    if number < 1:
        msg = f"{number} replicas: ask for one at least"
        raise NormalisationError(msg)
    key = key_of(f"replicas {seed} {file}")
    narrow = not means.size or means.max() <= _NARROW_MEAN
    if narrow:
        small = np.empty((len(means), number), np.uint8)
        if _draw(means, key, entries, first, small) < 1 << 8:
            return small
    wide = np.empty((len(means), number), np.uint16)
    largest = _draw(means, key, entries, first, wide)
    if largest >= 1 << 16:  # of a chance below 1e-300
        msg = f"an event is to stand {largest} times in a replica, which two bytes do not hold"
        raise NormalisationError(msg)
    return wide


@compiled
def _tabulate(mean, limits):  # type: ignore[no-untyped-def]
    """Write the Poisson distribution's cumulative probabilities as whole numbers of 53 bits.

    A number is larger than n if a random one of 53 bits is at least the n-th limit; that stands
    for the middle of its 2^53th of the range from 0 to 1.

    Returns:
        How many there are.
    """
    term = np.exp(-mean)
    total = term
    size = min(int(mean + 12.0 * np.sqrt(mean)) + 30, len(limits))
    for number in range(size):
        limits[number] = np.int64(np.floor(total * 2.0**53 - 0.5)) + 1
        term *= mean / (number + 1)
        total += term
    return size


@compiled
def _draw(means, key, entries, first, drawn):  # type: ignore[no-untyped-def]
    """Draw all replicas; return the largest number, also where it did not fit."""
    limits = np.empty(_TABLE, np.int64)
    size = 0
    of_limits = -1.0
    replicas = drawn.shape[1]
    random = np.empty(replicas, np.int64)
    numbers = np.empty(replicas, np.int64)
    largest = np.int64(0)
    for event in range(len(means)):
        mean = means[event]
        of_event = event_start(key, entries[event])
        if mean > LARGEST_STEP:
            for replica in range(replicas):
                _, numbers[replica] = poisson(stage_start(of_event, first + replica), mean)
        else:
            if mean != of_limits:
                size = _tabulate(mean, limits)
                of_limits = mean
            # The state that a replica's sequence begins with is itself a number of the event's.
            for replica in range(replicas):
                random[replica] = np.int64(stage_start(of_event, first + replica) >> np.uint64(11))
            least, most = random[0], random[0]
            for replica in range(replicas):
                least = min(least, random[replica])
                most = max(most, random[replica])
            number = 0
            while number < size - 1 and least >= limits[number]:
                number += 1
            numbers[:] = number
            # All replicas at once, in vector instructions; few numbers are above the least one.
            while number < size - 1 and most >= limits[number]:
                limit = limits[number]
                for replica in range(replicas):
                    numbers[replica] += random[replica] >= limit
                number += 1
        for replica in range(replicas):
            largest = max(largest, numbers[replica])
            drawn[event, replica] = numbers[replica]
    return largest
