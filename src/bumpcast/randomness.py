"""Random numbers that follow from a key and a place alone, however work is shared among processes.

The generator is SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014,
doi:10.1145/2660193.2660195). A sequence belongs to a key (what is drawn, and with which seed), an
event, and a stage (of the detector, or a replica of the data). So how many numbers one stage draws
changes nothing in another stage or event.
"""

from __future__ import annotations

import hashlib
import math
from typing import Final

import numpy as np

from bumpcast.compiled import compiled

STEP: Final = np.uint64(0x9E3779B97F4A7C15)
"""What a state grows by from one number to the next."""

_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)

LARGEST_STEP: Final = 500.0
"""Poisson numbers of larger means are sums of several: exp(-mean) must not underflow."""


def key_of(text: str) -> np.uint64:
    """Return the key of a text, which names what is drawn and the seed.

    Args:
        text: Such as 'detector 1 0'.
    """
    return np.uint64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little"))


@compiled
def mixed(value):  # type: ignore[no-untyped-def]
    """Return SplitMix64's output for a state."""
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@compiled
def event_start(key, event):  # type: ignore[no-untyped-def]
    """Return what all sequences of an event begin with; `start` goes on from there.

    Args:
        key: From `key_of`.
        event: Number of the event, from 0.
    """
    return mixed(key + np.uint64(event + 1) * STEP)


@compiled
def stage_start(event_state, stage):  # type: ignore[no-untyped-def]
    """Return the state that a sequence begins with.

    Args:
        event_state: From `event_start`.
        stage: Number of the stage, from 0.
    """
    return mixed(event_state + np.uint64(stage + 1) * STEP)


@compiled
def start(key, event, stage):  # type: ignore[no-untyped-def]
    """Return the state that a sequence begins with.

    Args:
        key: From `key_of`.
        event: Number of the event, from 0.
        stage: Number of the stage, from 0.
    """
    return stage_start(event_start(key, event), stage)


@compiled
def uniform(state):  # type: ignore[no-untyped-def]
    """Return the next state and a number from 0 (inclusive) to 1 (exclusive)."""
    state = state + STEP
    return state, (mixed(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def normal(state):  # type: ignore[no-untyped-def]
    """Return the next state and a normally distributed number (Box and Muller, 1958)."""
    state, first = uniform(state)
    state, second = uniform(state)
    return state, math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(2.0 * math.pi * second)


@compiled
def poisson(state, mean):  # type: ignore[no-untyped-def]
    """Return the next state and a Poisson-distributed whole number.

    Args:
        state: Of the sequence.
        mean: Not negative; the time grows with it.
    """
    number = np.int64(0)
    left = mean
    while left > 0.0:
        part = min(left, LARGEST_STEP)
        left -= part
        state += STEP
        drawn = (np.float64(mixed(state) >> np.uint64(11)) + 0.5) * 2.0**-53
        term = np.exp(-part)
        total = term
        count = 0
        while drawn > total and term > 0.0:
            count += 1
            term *= part / count
            total += term
        number += count
    return state, number
