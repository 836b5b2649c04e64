"""Simulated events scaled to a luminosity, or drawn from as pseudo-data."""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.config.datasets import DatasetConfig
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.errors import BumpcastError

PB_PER_FB: Final = 1000.0
LARGEST_STEP: Final = 500.0
"""Poisson numbers of larger means are sums of several: exp(-mean) must not underflow."""

LARGEST_MEAN: Final = 1e6
"""One simulated event that stands for more says little as pseudo-data."""


class NormalisationError(BumpcastError):
    """Simulated events cannot be scaled or drawn from as asked."""

    permanent = True


def scale_of(
    name: str, dataset: DatasetConfig, config: NormalisationConfig, sum_of_weights: float
) -> float:
    """Return what turns generator weights into events at the luminosity.

    Args:
        name: The data set's name, for messages.
        dataset: Its configuration.
        config: The table [normalisation].
        sum_of_weights: Sum of the generator weights that the cross-section stands for.

    Returns:
        cross-section x luminosity / sum of weights; 1 for data and for mode 'raw'.

    Raises:
        NormalisationError: The sum of weights is not above zero.
    """
    if config.mode == "raw" or dataset.kind == "data":
        return 1.0
    cross_section, luminosity = dataset.effective_cross_section_pb, config.luminosity_fb
    if cross_section is None or luminosity is None:
        msg = f"datasets.{name}: scaling needs cross_section_pb and normalisation.luminosity_fb"
        raise NormalisationError(msg)
    if not sum_of_weights > 0:
        msg = (
            f"datasets.{name}: the generator weights sum to {sum_of_weights:g}; events can be "
            f"scaled to a cross-section only if their weights' sum is above zero"
        )
        raise NormalisationError(msg)
    return cross_section * luminosity * PB_PER_FB / sum_of_weights


def draw_multiplicities(
    means: npt.NDArray[np.float64], seed: int, file: str, entries: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Draw for each event how often it stands in the pseudo-data.

    The numbers are Poisson-distributed and come from a counter-based generator (SplitMix64,
    Steele et al., OOPSLA 2014) keyed on seed, file and entry: they do not depend on how the
    events are cut into chunks.

    Args:
        means: Expected number of each event.
        seed: The seed of the pseudo-data.
        file: What tells the file from others, such as its UUID.
        entries: The events' entry numbers in the file.

    Raises:
        NormalisationError: A mean is negative or not a number, or so large that whole events
            cannot be drawn in a sensible time.
    """
    wrong = ~(means <= LARGEST_MEAN)
    if np.any(wrong):
        place = int(np.flatnonzero(wrong)[0])
        msg = (
            f"entry {entries[place]}: {means[place]:g} expected events for a single simulated one; "
            f"pseudo-data are drawn for up to {LARGEST_MEAN:g}. Check its weight, cross_section_pb "
            f"and luminosity_fb, or use mode 'luminosity'"
        )
        raise NormalisationError(msg)
    if means.size and means.min() < 0:
        place = int(np.argmin(means))
        msg = (
            f"entry {entries[place]} has a negative weight ({means[place]:g} expected "
            f"events): pseudo-data cannot be drawn from negative weights; use mode 'luminosity'"
        )
        raise NormalisationError(msg)
    key = hashlib.sha256(f"{seed}/{file}".encode()).digest()[:8]
    drawn: npt.NDArray[np.int64] = _poisson(
        means, np.uint64(int.from_bytes(key, "little")), entries, LARGEST_STEP
    )
    return drawn


@compiled
def _mix(state):  # type: ignore[no-untyped-def]
    """Return SplitMix64's output for a state."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@compiled
def _poisson(means, key, entries, largest_step):  # type: ignore[no-untyped-def]
    increment = np.uint64(0x9E3779B97F4A7C15)
    drawn = np.zeros(len(means), np.int64)
    for event in range(len(means)):
        # Each entry has a stream of its own, so that one long draw cannot run into the next.
        state = _mix(key + np.uint64(entries[event]) * increment)
        left = means[event]
        while left > 0.0:
            mean = min(left, largest_step)
            left -= mean
            state += increment
            uniform = (np.float64(_mix(state) >> np.uint64(11)) + 0.5) * 2.0**-53
            term = np.exp(-mean)
            total = term
            number = 0
            while uniform > total and term > 0.0:
                number += 1
                term *= mean / number
                total += term
            drawn[event] += number
    return drawn
