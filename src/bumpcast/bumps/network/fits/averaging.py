"""Averages over fits, each weighed by its evidence, and what else a histogram's fits say."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.network.fits.weighing import WINDOW_BINS
from bumpcast.compiled import compiled_in_any_order

_NEGLIGIBLE: Final = 1e-7
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
        averages: Filled with those of all fits, of those alone, of those with a signal, and of the
            sum of terms; shape (4, bins).
        columns: Features of the bins from the tenth on, filled.
        row: Features of the histogram, filled but for the sixth and seventh.
    """
    bins, fits = len(n), evidence.shape[1]
    weight = np.exp(evidence - evidence.max())
    largest_alone, largest_together = evidence[0].max(), evidence[1].max()
    kind = np.empty((2, fits))
    kind[0] = np.exp(evidence[0] - largest_alone)
    kind[1] = np.exp(evidence[1] - largest_together)
    of_all, of_alone, of_together = weight.sum(), kind[0].sum(), kind[1].sum()
    averages[:] = 0.0
    square = np.zeros(bins)
    for k in range(2):
        for fit in range(fits):
            share_all = weight[k, fit] / of_all
            share_kind = kind[k, fit] / (of_alone if k == 0 else of_together)
            share_mixture = 0.0
            if fit == mixture:
                apart = evidence[1 - k, fit] - evidence[k, fit]
                share_mixture = 1.0 / (1.0 + math.exp(min(apart, 200.0)))
            if max(share_kind, share_mixture) < _NEGLIGIBLE:
                continue
            for i in range(bins):
                value = backgrounds[k, fit, i]
                averages[0, i] += share_all * value
                averages[1 + k, i] += share_kind * value
                averages[3, i] += share_mixture * value
                square[i] += share_all * value * value
    pulls, usable = 0.0, 0
    for i in range(bins):
        b = averages[0, i]
        spread = max(square[i] - b * b, 0.0)
        columns[10, i] = min(math.sqrt(spread * s[i] / b * WINDOW_BINS), 20.0)
        if s[i] > 0.0:
            usable += 1
            pull = math.sqrt(s[i] / b) * (n[i] - b)
            columns[11, i] = min(max(pull, -20.0), 20.0)
            pulls += pull * pull
        distance = (i - centre) / _RMS_NEAR
        columns[12, i] = math.exp(-0.5 * distance * distance)
        columns[13, i] = math.exp(-i / _RMS_NEAR)
        columns[14, i] = math.exp(-(bins - 1 - i) / _RMS_NEAR)
        columns[15, i] = 2.0 * i / (bins - 1) - 1.0
        columns[16, i] = 0.25 * math.log10(max(s[i] * b, 1e-3))
        left, right = max(i - 1, 0), min(i + 1, bins - 1)
        change = math.log(averages[0, right] / averages[0, left])
        columns[17, i] = min(max(2.0 * change / (right - left), -5.0), 5.0)
    odds = largest_together + math.log(of_together) - largest_alone - math.log(of_alone)
    row[0] = math.log(bins / 60.0)
    row[1] = min(max(odds, -10.0), 30.0) / 10.0
    row[2] = min(max(evidence[1, mixture] - evidence[0, mixture], -10.0), 30.0) / 10.0
    of_mixture = (weight[0, mixture] + weight[1, mixture]) / of_all
    apart = math.log(max(of_mixture, 1e-30)) - math.log(max(1.0 - of_mixture, 1e-30))
    row[3] = min(max(apart, -20.0), 20.0) / 10.0
    row[4] = min(pulls / usable - 1.0, 5.0)
    for fit in range(fits):
        row[7 + fit] = (weight[0, fit] + weight[1, fit]) / of_all
