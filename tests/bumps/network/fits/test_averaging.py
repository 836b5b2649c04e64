"""Averages over fits, against the sums that they stand for."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.network.fits.averaging import average
from bumpcast.bumps.network.fits.columns import (
    AVERAGE_FEATURES,
    BIN_FEATURES,
    FIRST_SHARE,
    HISTOGRAM_FEATURES,
    OF_ALL,
    OF_ALONE,
    OF_MODELS,
    OF_TERMS,
    OF_TOGETHER,
)
from bumpcast.bumps.network.fits.of_histograms import FITS, SUM_OF_TERMS

BINS = 20


def averaged(evidence):
    random = np.random.default_rng(3)
    backgrounds = random.uniform(50, 60, (2, FITS, BINS))
    averages = np.empty((len(AVERAGE_FEATURES), BINS))
    row = np.zeros(len(HISTOGRAM_FEATURES))
    average(
        random.poisson(55.0, BINS).astype(float),
        np.ones(BINS),
        evidence,
        backgrounds,
        SUM_OF_TERMS,
        4,
        averages,
        np.zeros((len(BIN_FEATURES), BINS)),
        row,
    )
    return backgrounds, averages, row


@pytest.mark.parametrize("ahead", [0.0, 30.0])
def test_each_average_is_over_its_fits(ahead: float) -> None:
    evidence = np.random.default_rng(4).normal(-1000, 2, (2, FITS))
    evidence[0, 3] = -np.inf
    evidence[:, SUM_OF_TERMS] += ahead
    backgrounds, averages, row = averaged(evidence)
    weight = np.exp(evidence - evidence.max())
    alone, together = np.zeros_like(weight), np.zeros_like(weight)
    alone[0], together[1] = weight[0], weight[1]
    terms = np.zeros_like(weight)
    terms[:, SUM_OF_TERMS] = weight[:, SUM_OF_TERMS]
    for kind, chosen in (
        (OF_ALL, weight),
        (OF_ALONE, alone),
        (OF_TOGETHER, together),
        (OF_TERMS, terms),
        (OF_MODELS, weight - terms),
    ):
        wanted = np.tensordot(chosen, backgrounds) / chosen.sum()
        assert averages[kind] == pytest.approx(wanted, rel=1e-5)
    assert row[FIRST_SHARE:] == pytest.approx(weight.sum(0) / weight.sum())


def test_without_models_their_average_is_that_of_all() -> None:
    evidence = np.full((2, FITS), -np.inf)
    evidence[:, SUM_OF_TERMS] = -5.0, -9.0
    _, averages, _ = averaged(evidence)
    assert np.array_equal(averages[OF_MODELS], averages[OF_ALL])
