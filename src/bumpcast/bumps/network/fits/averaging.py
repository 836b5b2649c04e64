"""Averages over fits, each weighed by its evidence, and what else a histogram's fits say."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.network.fits.columns import (
    BACKGROUND,
    FIRST_SHARE,
    LOG_BINS,
    LOG_ODDS_UNIT,
    NEAR_FIRST,
    NEAR_LAST,
    NEAR_SIGNAL,
    ODDS,
    ODDS_OF_TERMS,
    OF_ALL,
    OF_ALONE,
    OF_MODELS,
    OF_TERMS,
    PLACE,
    PULL,
    PULL_OF_ALL,
    SLOPE,
    SPREAD,
    TERMS_AGAINST_MODELS,
)
from bumpcast.bumps.network.fits.weighing import WINDOW_BINS
from bumpcast.compiled import compiled_in_any_order

_NEGLIGIBLE: Final = 1e-7
_NOTHING: Final = 1e-30
"""Of all weights: there is no model that could be one."""

_RMS_NEAR: Final = 3.0


@compiled_in_any_order
def average(n, s, evidence, backgrounds, mixture, centre, averages, columns, row):  # type: ignore[no-untyped-def]
    """Fill the averages over the fits, and the features that follow from them.

    Args:
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        evidence: Logarithms, of fits alone and with a signal, shape (2, fits); -inf: none.
        backgrounds: As fitted, shape (2, fits, bins).
        mixture: Which fit is the sum of terms; it has both.
        centre: Bin of the likeliest signal.
        averages: Filled, in the order of AVERAGE_FEATURES; shape (averages, bins).
        columns: Features of the bins, of which those from SPREAD on are filled.
        row: Features of the histogram, filled but for LARGEST_PROFILED and WIDTH.
    """
    bins, fits = len(n), evidence.shape[1]
    weight = np.exp(evidence - evidence.max())
    largest_alone, largest_together = evidence[0].max(), evidence[1].max()
    kind = np.empty((2, fits))
    kind[0] = np.exp(evidence[0] - largest_alone)
    kind[1] = np.exp(evidence[1] - largest_together)
    of_all, of_alone, of_together = weight.sum(), kind[0].sum(), kind[1].sum()
    of_models = 0.0
    for fit in range(fits):
        if fit != mixture:
            of_models += weight[0, fit] + weight[1, fit]
    averages[:] = 0.0
    square = np.zeros(bins)
    for k in range(2):
        for fit in range(fits):
            share_all = weight[k, fit] / of_all
            share_kind = kind[k, fit] / (of_alone if k == 0 else of_together)
            share_mixture, share_models = 0.0, 0.0
            if fit != mixture:
                share_models = weight[k, fit] / max(of_models, _NOTHING)
            else:
                apart = evidence[1 - k, fit] - evidence[k, fit]
                share_mixture = 1.0 / (1.0 + math.exp(min(apart, 200.0)))
            if max(share_kind, share_mixture, share_models) < _NEGLIGIBLE:
                continue
            for i in range(bins):
                value = backgrounds[k, fit, i]
                averages[OF_ALL, i] += share_all * value
                averages[OF_ALONE + k, i] += share_kind * value
                averages[OF_TERMS, i] += share_mixture * value
                averages[OF_MODELS, i] += share_models * value
                square[i] += share_all * value * value
    if of_models < _NOTHING:
        averages[OF_MODELS] = averages[OF_ALL]
    pulls, usable = 0.0, 0
    for i in range(bins):
        b = averages[OF_ALL, i]
        spread = max(square[i] - b * b, 0.0)
        columns[SPREAD, i] = min(math.sqrt(spread * s[i] / b * WINDOW_BINS), 20.0)
        if s[i] > 0.0:
            usable += 1
            pull = math.sqrt(s[i] / b) * (n[i] - b)
            columns[PULL, i] = min(max(pull, -20.0), 20.0)
            pulls += pull * pull
        distance = (i - centre) / _RMS_NEAR
        columns[NEAR_SIGNAL, i] = math.exp(-0.5 * distance * distance)
        columns[NEAR_FIRST, i] = math.exp(-i / _RMS_NEAR)
        columns[NEAR_LAST, i] = math.exp(-(bins - 1 - i) / _RMS_NEAR)
        columns[PLACE, i] = 2.0 * i / (bins - 1) - 1.0
        columns[BACKGROUND, i] = 0.25 * math.log10(max(s[i] * b, 1e-3))
        left, right = max(i - 1, 0), min(i + 1, bins - 1)
        change = math.log(averages[OF_ALL, right] / averages[OF_ALL, left])
        columns[SLOPE, i] = min(max(2.0 * change / (right - left), -5.0), 5.0)
    odds = largest_together + math.log(of_together) - largest_alone - math.log(of_alone)
    row[LOG_BINS] = math.log(bins / 60.0)
    row[ODDS] = min(max(odds, -10.0), 30.0) / LOG_ODDS_UNIT
    row[ODDS_OF_TERMS] = (
        min(max(evidence[1, mixture] - evidence[0, mixture], -10.0), 30.0) / LOG_ODDS_UNIT
    )
    of_mixture = (weight[0, mixture] + weight[1, mixture]) / of_all
    apart = math.log(max(of_mixture, 1e-30)) - math.log(max(1.0 - of_mixture, 1e-30))
    row[TERMS_AGAINST_MODELS] = min(max(apart, -20.0), 20.0) / LOG_ODDS_UNIT
    row[PULL_OF_ALL] = min(pulls / usable - 1.0, 5.0)
    for fit in range(fits):
        row[FIRST_SHARE + fit] = (weight[0, fit] + weight[1, fit]) / of_all
