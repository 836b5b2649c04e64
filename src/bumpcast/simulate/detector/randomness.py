"""The detector's random numbers: a sequence a block, event and stage of the detector.

So the number of particles that one stage draws for changes nothing in another stage or event.
"""

from __future__ import annotations

import numpy as np

from bumpcast.randomness import key_of, normal, start, uniform

__all__ = ["key", "normal", "start", "uniform"]


def key(seed: int, block: int) -> np.uint64:
    """Return the key of a block's detector.

    Args:
        seed: Of the run.
        block: Number of the block.
    """
    return key_of(f"detector {seed} {block}")
