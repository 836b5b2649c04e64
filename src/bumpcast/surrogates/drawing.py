"""Random numbers of events, which follow from a name and the events' own numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.randomness import key_of, start, uniform
from bumpcast.surrogates.llps import Floats


def uniforms(numbers: npt.NDArray[np.int64], count: int, *, name: str, draw: int = 0) -> Floats:
    """Return numbers from 0 (inclusive) to 1 (exclusive); (events, count).

    Events may be shared among workers as one likes: each has its own.

    Args:
        numbers: Each event's number in its sample; (events,).
        count: How many for each.
        name: What is drawn, with the seed.
        draw: Number of the draw, from 0: each event may be drawn several times.
    """
    drawn = np.empty((len(numbers), count))
    _draw(key_of(name), np.ascontiguousarray(numbers, np.int64), draw, drawn)
    return drawn


@compiled
def _draw(key: Any, numbers: Any, draw: Any, drawn: Any) -> None:
    for event in range(len(numbers)):
        state = start(key, numbers[event], draw)
        for number in range(drawn.shape[1]):
            state, drawn[event, number] = uniform(state)
