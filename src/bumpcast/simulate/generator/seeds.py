"""The generator's seed of each block of events."""

from __future__ import annotations

from typing import Final

import numpy as np

LARGEST_SEED: Final = 900_000_000
"""Pythia takes seeds from 1 to this."""

_HALF_BITS: Final = 15
_HALF_MASK: Final = (1 << _HALF_BITS) - 1
_ROUNDS: Final = 6


def block_seed(seed: int, block: int) -> int:
    """Return Pythia's seed for a block.

    The blocks of one run never share a seed: for each run the seeds are a permutation of all that
    there are. With seeds drawn at random, of ten thousand blocks two would be the same in one run
    of twenty.

    Args:
        seed: That of the run; not negative.
        block: Number of the block, from 0.

    Returns:
        A number from 1 to 900 000 000.

    Raises:
        ValueError: The seed is negative, or there are not that many blocks.
    """
    if seed < 0:
        msg = f"a seed cannot be negative: {seed}"
        raise ValueError(msg)
    if not 0 <= block < LARGEST_SEED:
        msg = f"there is no block {block}: Pythia has {LARGEST_SEED} seeds"
        raise ValueError(msg)
    keys = np.random.SeedSequence(seed).generate_state(_ROUNDS, np.uint64)
    value = block
    while True:
        value = _permuted(value, [int(key) for key in keys])
        if value < LARGEST_SEED:  # what lies above is permuted on until it lands among the seeds
            return value + 1


def _permuted(value: int, keys: list[int]) -> int:
    """Permute the numbers of 30 bits: a Feistel network, a round for each key."""
    left, right = value >> _HALF_BITS, value & _HALF_MASK
    for key in keys:
        mixed = (right + 1) * (key | 1) & 0xFFFF_FFFF_FFFF_FFFF
        mixed ^= mixed >> 29
        mixed = (mixed ^ key) * 0x9E37_79B9_7F4A_7C15 & 0xFFFF_FFFF_FFFF_FFFF
        left, right = right, left ^ (mixed >> 40 & _HALF_MASK)
    return left << _HALF_BITS | right
