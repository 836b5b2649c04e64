"""Random numbers of a histogram that depend on its seed, part and number alone.

So the same histogram comes of any batch, and of making few or many. The numbers are SplitMix64
(G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014, doi:10.1145/2660193.2660195).
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from bumpcast.compiled import compiled

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_LARGEST_BY_INVERSION = 10.0


def key(seed: int, part: str) -> np.uint64:
    """Return the key that a sample's histograms share.

    Args:
        seed: Of the sample.
        part: Such as 'train'; histograms of different parts have nothing in common.
    """
    digest = hashlib.sha256(f"synthetic {seed} {part}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "little"))


@compiled
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@compiled
def start(sample_key, number, stage):  # type: ignore[no-untyped-def]
    """Return the state that a sequence begins with.

    Args:
        sample_key: From `key`.
        number: Of the histogram.
        stage: What the sequence is for: other stages may draw more without changing it.
    """
    return _mixed(_mixed(sample_key + np.uint64(number + 1) * _STEP) + np.uint64(stage + 1) * _STEP)


@compiled
def uniform(state):  # type: ignore[no-untyped-def]
    """Return the next state and a number from 0 to 1, without both."""
    state = state + _STEP
    return state, ((_mixed(state) >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@compiled
def between(state, low, high):  # type: ignore[no-untyped-def]
    """Return the next state and a number from low to high."""
    state, number = uniform(state)
    return state, low + (high - low) * number


@compiled
def below(state, number):  # type: ignore[no-untyped-def]
    """Return the next state and a whole number from 0 to number - 1."""
    state, drawn = uniform(state)
    return state, min(int(drawn * number), number - 1)


@compiled
def poisson(state, mean):  # type: ignore[no-untyped-def]
    """Return the next state and a Poisson-distributed number.

    Small means by inversion, others by transformed rejection (W. Hoermann, Insurance: Mathematics
    and Economics 12 (1993) 39, algorithm PTRS).
    """
    if mean < _LARGEST_BY_INVERSION:
        state, left = uniform(state)
        term = math.exp(-mean)
        drawn = 0
        while left > term and term > 0.0:
            left -= term
            drawn += 1
            term *= mean / drawn
        return state, float(drawn)
    log_mean = math.log(mean)
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    v_r = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        state, u = uniform(state)
        u -= 0.5
        state, v = uniform(state)
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return state, k
        if k < 0.0 or (us < 0.013 and v > us):
            continue
        accepted = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if accepted <= k * log_mean - mean - math.lgamma(k + 1.0):
            return state, k
