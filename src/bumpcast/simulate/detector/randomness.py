"""Random numbers that are the same however events are shared among workers.

A sequence belongs to a key (a run and its block), an event, and a stage of the detector. So the
number of particles that one stage draws for changes nothing in another stage or event. The numbers
are SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014, doi:10.1145/2660193.2660195).
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from bumpcast.compiled import compiled

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def key(seed: int, block: int) -> np.uint64:
    """Return the key of a block's detector.

    Args:
        seed: Of the run.
        block: Number of the block.
    """
    digest = hashlib.sha256(f"detector {seed} {block}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "little"))


@compiled
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@compiled
def start(block_key, event, stage):  # type: ignore[no-untyped-def]
    """Return the state that a sequence begins with.

    Args:
        block_key: From `key`.
        event: Number of the event in its block.
        stage: Number of the stage of the detector.
    """
    return _mixed(_mixed(block_key + np.uint64(event + 1) * _STEP) + np.uint64(stage + 1) * _STEP)


@compiled
def uniform(state):  # type: ignore[no-untyped-def]
    """Return the next state and a number from 0 (inclusive) to 1 (exclusive)."""
    state = state + _STEP
    return state, (_mixed(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def normal(state):  # type: ignore[no-untyped-def]
    """Return the next state and a normally distributed number (Box and Muller, 1958)."""
    state, first = uniform(state)
    state, second = uniform(state)
    return state, math.sqrt(-2.0 * math.log(1.0 - first)) * math.cos(2.0 * math.pi * second)
