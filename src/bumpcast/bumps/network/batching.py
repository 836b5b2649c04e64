"""Histograms of different lengths side by side, with a mask of where bins are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.network.features import Features

Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some histograms, padded to the longest.

    Attributes:
        place: Of each of their bins in flat arrays; -1 where no usable bin is; shape (histograms,
            bins).
        bins: Features, shape (histograms, features, bins).
        histograms: Features, shape (histograms, features).
        mask: 1 where a usable bin is, else 0; shape (histograms, 1, bins).
    """

    place: npt.NDArray[np.int64]
    bins: Floats32
    histograms: Floats32
    mask: Floats32


def pad(features: Features, offsets: npt.NDArray[np.int64], chosen: npt.NDArray[np.int64]) -> Batch:
    """Return some histograms side by side.

    Args:
        features: Of all histograms.
        offsets: Of their bins.
        chosen: Numbers of the histograms.
    """
    begin, length = offsets[chosen], np.diff(offsets)[chosen]
    column = np.arange(length.max(initial=1))
    place = begin[:, None] + column
    there = column < length[:, None]
    there &= features.usable[np.where(there, place, 0)] if len(features.usable) else False
    place = np.where(there, place, -1)
    bins = features.bins[place] * there[:, :, None]
    return Batch(
        place,
        np.ascontiguousarray(bins.transpose(0, 2, 1)),
        features.histograms[chosen],
        there[:, None].astype(np.float32),
    )


def of_similar_length(offsets: npt.NDArray[np.int64], size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the numbers of all histograms in groups of at most size, short ones first."""
    order = np.argsort(np.diff(offsets), kind="stable")
    for begin in range(0, len(order), size):
        yield order[begin : begin + size]
