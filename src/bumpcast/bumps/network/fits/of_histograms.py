"""All fits of one histogram: the sum of falling terms, which finds a signal, and the models.

The sum of terms has one best fit, with or without a signal, wherever that is: what is found with it
is where the fits of the models begin, and the level below which one of them is given up.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bumpcast.bumps.network.fits.averaging import average
from bumpcast.bumps.network.fits.columns import (
    LARGEST_PROFILED,
    LOST,
    PROFILED_BY_MODEL,
    PROFILED_BY_TERMS,
    WIDTH,
)
from bumpcast.bumps.network.fits.mixture import COLUMNS as TERM_COLUMNS
from bumpcast.bumps.network.fits.mixture import MOST_ACTIVE, fill_terms
from bumpcast.bumps.network.fits.models_of_background import (
    COLUMNS,
    MODELS,
    MOST_PARAMETERS,
    legendre,
)
from bumpcast.bumps.network.fits.of_models import fit_models
from bumpcast.bumps.network.fits.of_terms import fit_terms
from bumpcast.compiled import compiled

SUM_OF_TERMS: Final = MODELS
"""The place of the sum of terms behind the models."""

FITS: Final = MODELS + 1
LEAST_BINS: Final = 8
"""With fewer usable bins nothing is said."""


@compiled
def fit_all(offsets, counts, share, templates, models, spaces, columns):  # type: ignore[no-untyped-def]
    """Fill what the fits of every histogram say.

    Args:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Entries, shape (bins,).
        share: Events that one unit of them stands for; 0: left out.
        templates: Shares of signals of WIDTHS_BINS in bins.
        models: Numbers of parameters, prior means and sigmas, and shares of the models and the
            sum of terms, as logarithms.
        spaces: From `mixture_space`.
        columns: Filled: what is read of bins and of histograms, averages of backgrounds, and
            which histograms something is said of.
    """
    bin_columns, histogram_columns, averages, said = columns
    theta, mean = np.empty((MODELS, COLUMNS)), np.empty((MODELS, MOST_PARAMETERS))
    evidence, centres = np.empty((2, FITS)), np.empty(2, np.int64)
    bins = 0
    table = np.empty((TERM_COLUMNS, 0))
    polynomials, slopes = np.empty((COLUMNS, 0)), np.empty((MOST_ACTIVE + 1, 0))
    lines, model_lines = np.empty((0, 0)), np.empty((0, 0))
    backgrounds = np.empty((2, FITS, 0))
    for h in range(len(offsets) - 1):
        first, last = offsets[h], offsets[h + 1]
        n, s = counts[first:last], share[first:last]
        usable, total = 0, 0.0
        for i in range(len(n)):
            if s[i] > 0.0:
                usable += 1
                total += n[i]
        if usable < LEAST_BINS or total <= 0.0:
            continue
        said[h] = True
        if len(n) != bins:
            bins = len(n)
            table, slopes = np.empty((TERM_COLUMNS, bins)), np.empty((MOST_ACTIVE + 1, bins))
            polynomials = np.empty((COLUMNS, bins))
            lines, model_lines = np.empty((4, bins)), np.empty((2, bins))
            backgrounds = np.empty((2, FITS, bins))
            fill_terms(table)
            legendre(polynomials)
        evidence[:] = -np.inf
        histogram = (n, s, usable)
        found = (evidence, backgrounds, centres)
        fit_terms(
            histogram, templates, models[3][SUM_OF_TERMS], table, slopes, lines, spaces, found
        )
        model_lines[:] = lines[2:]
        fit_models(
            histogram, templates, models, lines[0], (theta, mean, polynomials),
            model_lines, found,
        )  # fmt: skip
        bin_columns[PROFILED_BY_MODEL, first:last] = model_lines[0]
        bin_columns[PROFILED_BY_TERMS, first:last] = lines[2]
        bin_columns[LOST, first:last] = model_lines[1]
        average(
            n,
            s,
            evidence,
            backgrounds,
            SUM_OF_TERMS,
            centres[0],
            averages[:, first:last],
            bin_columns[:, first:last],
            histogram_columns[h],
        )
        histogram_columns[h, LARGEST_PROFILED] = min(lines[2].max(), 30.0) / 5.0
        histogram_columns[h, WIDTH] = float(centres[1])
