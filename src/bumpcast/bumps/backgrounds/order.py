"""Which order of a family describes a histogram."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri

Floats = npt.NDArray[np.float64]

Rule = Literal["likelihood-ratio", "aic"]

NEEDED: Final = 0.05
"""A further parameter is not needed where its likelihood-ratio test has a larger p-value."""


def choose_orders(
    deviances: Floats, parameters: npt.NDArray[np.int64], rule: Rule
) -> npt.NDArray[np.int64]:
    """Return the order of each histogram, as its place among those that were fitted.

    'likelihood-ratio': the lowest order of which neither the next (p < 0.05) nor the one after it
    is needed: of a spectrum that is symmetric in its range the next odd term does nothing, but the
    even one after it does. 'aic': the order of the least deviance + 2 x parameters.

    Args:
        deviances: Of rising orders, shape (histograms, orders); infinity where a fit failed.
        parameters: Of each order, shape (orders,).
        rule: How to choose.

    Returns:
        Shape (histograms,); -1 where all fits failed.
    """
    histograms, orders = deviances.shape
    if rule == "aic":
        found = np.argmin(deviances + 2.0 * parameters, axis=1)
    else:
        found = np.zeros(histograms, np.int64)
        still = np.ones(histograms, np.bool_)
        rows = np.arange(histograms)
        # The lowest order that could be fitted at all is where to begin.
        found[:] = np.argmax(np.isfinite(deviances), axis=1)
        step = int(parameters[1] - parameters[0]) if orders > 1 else 1
        thresholds = [float(chdtri(further * step, NEEDED)) for further in (1, 2)]
        for _ in range(orders - 1):
            better = np.zeros(histograms, np.int64)
            for further in (2, 1):
                there = found + further
                inside = there < orders
                now = deviances[rows, found]
                then = np.where(inside, deviances[rows, np.minimum(there, orders - 1)], np.inf)
                with np.errstate(invalid="ignore"):
                    needed = now - then > thresholds[further - 1]
                better = np.where(needed & np.isfinite(then), further, better)
            still &= better > 0
            if not still.any():
                break
            found = np.where(still, found + better, found)
    return np.where(np.isfinite(deviances).any(axis=1), found, -1).astype(np.int64)
