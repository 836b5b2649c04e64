"""How much a description rises behind its maximum, where a background falls."""

from __future__ import annotations

import math

import numpy as np

from bumpcast.compiled import compiled


@compiled
def rise(share, width, expected):  # type: ignore[no-untyped-def]
    """Return by how much expected counts are worse described by the nearest rate that falls.

    The nearest one is that of the largest likelihood among all that do not rise from the largest
    rate on: neighbours that rise are joined to their mean (M. Ayer et al., Ann. Math. Statist. 26
    (1955) 641).

    Args:
        share: One over the weight of an event, 0 in bins that are not looked at, shape (bins,).
        width: Of the bins, in any unit, shape (bins,).
        expected: Shape (bins,), positive.

    Returns:
        The deviance of the expectations from that rate; 0 where they fall.
    """
    bins = len(expected)
    top = 0
    for i in range(bins):
        if expected[i] / width[i] > expected[top] / width[top]:
            top = i
    counts = np.empty(bins)
    spans = np.empty(bins)
    blocks = 0
    first = np.empty(bins + 1, np.int64)
    for i in range(top, bins):
        # Where nothing is looked at, little is known, but a description may not rise there either.
        known = share[i] if share[i] > 0.0 else 1e-6
        counts[blocks] = known * expected[i]
        spans[blocks] = known * width[i]
        first[blocks] = i
        blocks += 1
        while blocks > 1 and (
            counts[blocks - 1] / spans[blocks - 1] > counts[blocks - 2] / spans[blocks - 2]
        ):
            counts[blocks - 2] += counts[blocks - 1]
            spans[blocks - 2] += spans[blocks - 1]
            blocks -= 1
    first[blocks] = bins
    deviance = 0.0
    for block in range(blocks):
        rate = counts[block] / spans[block]
        for i in range(first[block], first[block + 1]):
            if share[i] > 0.0:
                falling = rate * width[i]
                deviance += share[i] * (
                    falling - expected[i] + expected[i] * math.log(expected[i] / falling)
                )
    return 2.0 * deviance
