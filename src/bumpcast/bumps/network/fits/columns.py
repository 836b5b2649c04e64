"""The features by name, and their places in the arrays that the fits fill."""

from __future__ import annotations

from typing import Final

from bumpcast.bumps.network.fits.local import WINDOWS
from bumpcast.bumps.network.fits.models_of_background import MODELS

AVERAGE_FEATURES: Final = (
    "z with the average background",
    "z with the average of fits without a signal",
    "z with the average of fits with a signal",
    "z with the average of sums of terms",
    "z with the average of models",
)
"""The first features of a bin, by the average that they are read with."""

OF_ALL, OF_ALONE, OF_TOGETHER, OF_TERMS, OF_MODELS = range(len(AVERAGE_FEATURES))

BIN_FEATURES: Final = (
    *AVERAGE_FEATURES,
    "z profiled with the best model",
    "z profiled with the sum of terms",
    *(f"z in a window of {2 * reach + 1} bins" for reach, _ in WINDOWS),
    "share of the best fit's uncertainty",
    "spread of the fits in z",
    "pull",
    "nearness of the likeliest signal",
    "nearness of the first bin",
    "nearness of the last bin",
    "place",
    "log10 of the background",
    "slope of ln background by place",
)

PROFILED_BY_MODEL: Final = len(AVERAGE_FEATURES)
PROFILED_BY_TERMS: Final = PROFILED_BY_MODEL + 1
FIRST_WINDOW: Final = PROFILED_BY_TERMS + 1
(
    LOST,
    SPREAD,
    PULL,
    NEAR_SIGNAL,
    NEAR_FIRST,
    NEAR_LAST,
    PLACE,
    BACKGROUND,
    SLOPE,
) = range(FIRST_WINDOW + len(WINDOWS), len(BIN_FEATURES))

OTHER_Z: Final = LOST - 1
"""So many features after the first are z of the same bin with another background."""

LOG_ODDS_UNIT: Final = 10.0
"""Logarithms of odds are features in this unit, so that they are of the size of the others."""

HISTOGRAM_FEATURES: Final = (
    "log of the number of bins",
    "log odds of a signal",
    "log odds of a signal, sum of terms",
    "log odds of the sum of terms against models",
    "pull of all bins",
    "largest profiled z",
    "width of the likeliest signal",
    *(f"share of fit {k}" for k in range(MODELS + 1)),
)
(
    LOG_BINS,
    ODDS,
    ODDS_OF_TERMS,
    TERMS_AGAINST_MODELS,
    PULL_OF_ALL,
    LARGEST_PROFILED,
    WIDTH,
    FIRST_SHARE,
) = range(len(HISTOGRAM_FEATURES) - MODELS)
