"""Simulated events scaled to a luminosity, or drawn from as pseudo-data."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.config.datasets import DatasetConfig
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.errors import BumpcastError
from bumpcast.randomness import STEP, key_of, mixed, poisson

PB_PER_FB: Final = 1000.0
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

    The numbers are Poisson-distributed and come from a counter-based generator keyed on seed,
    file and entry (bumpcast.randomness): they do not depend on how the events are cut into chunks.

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
    drawn: npt.NDArray[np.int64] = _draw(means, key_of(f"{seed}/{file}"), entries)
    return drawn


@compiled
def _draw(means, key, entries):  # type: ignore[no-untyped-def]
    drawn = np.zeros(len(means), np.int64)
    for event in range(len(means)):
        # Each entry has a stream of its own, so that one long draw cannot run into the next.
        state = mixed(key + np.uint64(entries[event]) * STEP)
        _, drawn[event] = poisson(state, means[event])
    return drawn
