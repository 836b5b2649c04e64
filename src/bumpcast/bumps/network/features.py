"""What the network reads of every bin: smooth fits and the significances they lead to.

A sum of falling terms (mixture) and every model of models_of_background are fitted alone and with a
signal where that leaves most room for one. Each fit is weighed by its evidence (likelihood times
prior, integrated over the parameters in Laplace's approximation), and backgrounds are averages. The
network's part is what such averages get wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood import gaussian_template, signed_significances
from bumpcast.bumps.network.fits.columns import (
    AVERAGE_FEATURES,
    BIN_FEATURES,
    FIRST_WINDOW,
    HISTOGRAM_FEATURES,
    OF_ALL,
)
from bumpcast.bumps.network.fits.local import WINDOWS, local_z, window_bases
from bumpcast.bumps.network.fits.mixture import mixture_space
from bumpcast.bumps.network.fits.models_of_background import parameters, prior, shares
from bumpcast.bumps.network.fits.of_histograms import fit_all
from bumpcast.bumps.network.fits.profiling import quick_z
from bumpcast.bumps.network.fits.weighing import WIDTHS_BINS
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]

_FROM_QUICK: Final = 0.5
_REACH: Final = 3
"""Of a signal, in its standard deviations, in everything but the first feature."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the network reads.

    Attributes:
        bins: Shape (bins, BIN_FEATURES).
        histograms: Shape (histograms, HISTOGRAM_FEATURES).
        log_background: Of the average background, shape (bins,).
        usable: Which bins and histograms something can be said of, shape (bins,).
    """

    bins: npt.NDArray[np.float32]
    histograms: npt.NDArray[np.float32]
    log_background: Floats
    usable: npt.NDArray[np.bool_]


def features(
    offsets: npt.NDArray[np.int64], counts: Floats, share: Floats | None = None
) -> Features:
    """Return what the network reads of many histograms.

    Args:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Entries, or sums of weights; shape (bins,).
        share: Events that one unit of the counts stands for, in each bin; absent: 1. Bins whose
            count is negative or not finite, or whose share is not positive and finite, are left
            out.
    """
    share = np.ones(len(counts)) if share is None else share
    usable = np.isfinite(counts) & (counts >= 0) & np.isfinite(share) & (share > 0)
    counts, share = np.where(usable, counts, 0.0), np.where(usable, share, 0.0)
    number = len(offsets) - 1
    scale = _events_a_unit(offsets, counts, share)
    counts, share = counts * scale, share / scale
    bins = np.zeros((len(BIN_FEATURES), len(counts)))
    histograms = np.zeros((number, len(HISTOGRAM_FEATURES)))
    averages = np.full((len(AVERAGE_FEATURES), len(counts)), np.nan)
    said = np.zeros(number, np.bool_)
    templates = _templates()
    fit_all(
        offsets,
        counts,
        share,
        templates,
        _models(),
        mixture_space(),
        (bins, histograms, averages, said),
    )
    usable &= np.repeat(said, np.diff(offsets))
    weight = np.where(usable, 1.0 / np.where(usable, share, 1.0), np.nan)
    _quick_columns(
        offsets,
        counts,
        share,
        np.where(np.isfinite(averages), averages, 1.0),
        templates[0],
        tuple(window_bases(reach, order) for reach, order in WINDOWS),
        bins,
    )
    exact = signed_significances(offsets, counts, averages[OF_ALL], event_weight=weight)
    # A background that is as good as nothing in one bin makes any z of it, and that is not known.
    bins[OF_ALL] = np.clip(exact, bins[OF_ALL] - _FROM_QUICK, bins[OF_ALL] + _FROM_QUICK)
    kept = np.where(usable, bins, 0.0).T.astype(np.float32)
    return Features(kept, histograms.astype(np.float32), np.log(averages[OF_ALL] / scale), usable)


@cache
def _templates() -> tuple[Floats, ...]:
    """Return the shares of signals in bins, without their farthest ends."""
    kept = []
    for width in WIDTHS_BINS:
        whole = gaussian_template(width)
        reach = min(round(_REACH * width), len(whole) // 2)
        kept.append(np.ascontiguousarray(whole[len(whole) // 2 - reach :][: 2 * reach + 1]))
    return tuple(kept)


@cache
def _models() -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """Return numbers of parameters, prior means and sigmas, and shares of all fits.

    The shares hold what is constant for each model: its prior's normalisation.
    """
    mean, sigma = prior()
    counted = parameters()
    share = shares()
    for model, size in enumerate(counted):
        share[model] -= np.log(sigma[model, :size]).sum()
    return counted, mean, sigma, share


def _events_a_unit(offsets: npt.NDArray[np.int64], counts: Floats, share: Floats) -> Floats:
    """Return how many events one unit of a histogram's counts is on average, in each bin.

    What is fitted are events: functions that are not the same at any scale, and their priors,
    would else say something else of the same spectrum in another unit.
    """
    lengths = np.diff(offsets)
    histogram = np.repeat(np.arange(len(lengths)), lengths)
    total = np.bincount(histogram, counts, len(lengths))
    events = np.bincount(histogram, counts * share, len(lengths))
    fine = (total > 0) & (events > 0)
    return np.asarray(np.where(fine, events, 1.0) / np.where(fine, total, 1.0))[histogram]


@compiled
def _quick_columns(offsets, counts, share, averages, template, windows, columns):  # type: ignore[no-untyped-def]
    for h in range(len(offsets) - 1):
        begin, end = offsets[h], offsets[h + 1]
        n, s = counts[begin:end], share[begin:end]
        expected = averages[OF_ALL, begin:end]
        for k in range(len(windows)):
            local_z(n, s, expected, template, windows[k], columns[FIRST_WINDOW + k, begin:end])
        for k in range(len(averages)):
            quick_z(n, s, averages[k, begin:end], template, columns[k, begin:end])
