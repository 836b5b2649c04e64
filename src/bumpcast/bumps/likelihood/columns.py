"""What the compiled scans read: columns in events, with the bins marked that say nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Counts and backgrounds in units of events.

    Attributes:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Observed, in events; shape (bins,).
        background: Expected without a signal, in events; shape (bins,).
        variance: Of each bin's own background, in events squared; shape (bins,).
        share: What turns the counts' unit into events; 0 in bins of which nothing can be said.
    """

    offsets: npt.NDArray[np.int64]
    counts: Floats
    background: Floats
    variance: Floats
    share: Floats


def prepare_columns(
    offsets: npt.ArrayLike,
    counts: npt.ArrayLike,
    background: npt.ArrayLike,
    uncertainty: npt.ArrayLike | None,
    event_weight: npt.ArrayLike | None,
) -> Columns:
    """Check the columns that a scan is given, and turn them into events.

    Args:
        offsets: Of the histograms.
        counts: Observed, or sums of weights; shape (bins,).
        background: Expected without a signal, in the same unit; shape (bins,).
        uncertainty: Of the background in each bin, independent of other bins; absent: none.
        event_weight: What one event counts in each bin; absent: 1.

    Raises:
        ValueError: The columns do not fit together.
    """
    first = np.asarray(offsets, dtype=np.int64)
    observed = np.asarray(counts, dtype=np.float64)
    expected = np.asarray(background, dtype=np.float64)
    sigma = np.asarray(np.zeros_like(expected) if uncertainty is None else uncertainty, np.float64)
    weight = np.asarray(
        np.ones_like(expected) if event_weight is None else event_weight, np.float64
    )
    _check(first, observed, expected, sigma, weight)
    usable = (observed >= 0) & (expected > 0) & (sigma >= 0) & (weight > 0)
    for column in (observed, expected, sigma, weight):
        usable &= np.isfinite(column)
    share = np.where(usable, 1.0 / np.where(usable, weight, 1.0), 0.0)
    return Columns(
        first,
        np.where(usable, observed, 0.0) * share,
        np.where(usable, expected, 0.0) * share,
        np.square(np.where(usable, sigma, 0.0) * share),
        share,
    )


def _check(offsets: npt.NDArray[np.int64], *columns: Floats) -> None:
    lengths = {len(column) for column in columns}
    if offsets.ndim != 1 or len(offsets) == 0 or lengths != {int(offsets[-1])} or offsets[0] != 0:
        msg = f"offsets end at {offsets[-1:].tolist()}, but the columns have {sorted(lengths)} bins"
        raise ValueError(msg)
    if np.any(np.diff(offsets) < 0):
        msg = "offsets must not fall"
        raise ValueError(msg)
