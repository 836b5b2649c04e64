"""The figures of a validation, of values whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.network.measures import auc, measures_of
from bumpcast.bumps.network.validation.dependence import VARIABLES, dependence
from bumpcast.bumps.network.validation.samples import REFERENCE, Sample


def test_auc_counts_pairs() -> None:
    random = np.random.default_rng(1)
    signal, background = random.integers(0, 9, 40) + 2.0, random.integers(0, 9, 60) + 0.0
    pairs = signal[:, None] - background[None]
    plain = np.mean((pairs > 0) + 0.5 * (pairs == 0))
    assert auc(signal, background) == pytest.approx(plain)
    assert np.isnan(auc(signal, background[:0]))


def test_measures() -> None:
    true = np.array([1.0, 2.0, 8.0, 6.0])
    read = np.array([5.5, 2.0, 7.0, 6.5])
    found = measures_of(read, true, np.array([False, False, True, True]))
    assert found.mean == pytest.approx(np.mean(read - true))
    assert found.std == pytest.approx(np.std(read - true))
    assert (found.auc, found.auc_likelihood) == (1.0, 1.0)
    assert (found.background_histograms, found.false_alarms) == (2, 1)
    assert found.false_alarms_likelihood == 0


def test_dependence_finds_where_a_reading_is_wrong() -> None:
    random = np.random.default_rng(2)
    number = 4000
    bins = random.integers(30, 101, number)
    significance = np.where(random.random(number) < 0.5, random.uniform(1, 20, number), 0.0)
    true = np.maximum(significance, 2.0) + random.normal(size=number)
    read = true + np.where(bins < 40, 1.0, 0.0) + 0.1 * random.normal(size=number)
    zero = np.zeros(number)
    kind = random.integers(0, 11, number)
    dynamic = 10 ** random.uniform(0, 4, number)
    sample = Sample(REFERENCE, read, true, significance, zero, kind, bins, zero, dynamic, 0)
    found = dependence(sample, "bins")
    assert found.mean[0] == pytest.approx(1.0, abs=0.03)
    assert np.all(np.abs(found.mean[1:]) < 0.03)
    assert np.all(np.abs(found.std - 0.1) < 0.02)
    assert np.all(np.abs(found.auc - found.auc_likelihood) < 0.03)
    for variable in VARIABLES:
        each = dependence(sample, variable)
        assert each.number.sum() <= number
        assert set(each.as_json()) == {"edges", "number", "mean", "std", "auc", "auc_likelihood"}
