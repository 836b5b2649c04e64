"""What probabilities stand for."""

from __future__ import annotations

import numpy as np
import pytest
from spectra_for_tests import falling

from bumpcast.bumps.calibration import Calibration, pseudo_spectra
from bumpcast.bumps.findings import Findings, make_table


def test_uniform_probabilities_stay_as_they_are():
    calibration = Calibration.of(np.linspace(0.0005, 1, 1000))
    p = np.array([1e-7, 1e-3, 0.05, 0.5, 1.0, np.nan])
    assert calibration.apply(p) == pytest.approx(p, rel=0.2, nan_ok=True)


def test_too_large_ones_become_uniform():
    random = np.random.default_rng(1)
    found = random.random(4000) ** 0.5
    calibrated = Calibration.of(found).apply(random.random(4000) ** 0.5)
    for level in (0.5, 0.1, 0.02):
        assert np.mean(calibrated <= level) == pytest.approx(level, rel=0.25)


def test_the_order_stays_and_far_tails_are_left_alone():
    calibration = Calibration.of(np.random.default_rng(2).random(400) ** 0.6)
    p = np.logspace(-9, 0, 500)
    calibrated = calibration.apply(p)
    assert np.all(np.diff(calibrated) >= -1e-15)
    assert calibrated[0] == pytest.approx(1e-9)
    assert np.all(calibrated <= 1)


def test_too_small_ones_are_raised_in_the_tail_as_well():
    calibration = Calibration.of(np.random.default_rng(3).random(1000) ** 2)
    assert calibration.apply(np.array([1e-8]))[0] > 3e-8


def test_few_pseudo_data_say_nothing():
    p = np.array([0.3, np.nan])
    assert Calibration.of(np.array([0.1, 0.2])).apply(p) == pytest.approx(p, nan_ok=True)


def test_pseudo_data_are_of_all_spectra_with_a_background():
    spectra, background = falling(4, bins=20)
    expected = background.expected.copy()
    expected[20:40] = np.nan
    table = make_table(spectra.names, {"z": [1.0, np.nan, 1.0, 1.0]})
    findings = Findings(spectra, {}, table, expected, expected, expected)
    toys = pseudo_spectra(findings, 300, seed=1)
    assert len(toys) == 300
    of = [int(name.split()[1]) for name in toys.names]
    assert np.bincount(of, minlength=4).tolist() == [100, 0, 100, 100]
    means = toys.counts.reshape(300, 20).mean(axis=0)
    assert means == pytest.approx(expected[:20], rel=0.05)
    again = pseudo_spectra(findings, 300, seed=1)
    assert toys.digest == again.digest
    assert toys.digest != pseudo_spectra(findings, 300, seed=2).digest


def test_pseudo_data_know_nothing_of_what_is_not_known():
    spectra, background = falling(2, bins=20)
    counts = spectra.counts.copy()
    counts[3] = np.nan
    gap = spectra.with_counts(counts)
    table = make_table(gap.names, {"z": [1.0, 1.0]})
    expected = background.expected
    toys = pseudo_spectra(Findings(gap, {}, table, expected, expected, expected), 20, seed=1)
    unknown = np.isnan(toys.counts.reshape(20, 20))
    assert unknown.sum() == unknown[:, 3].sum() == 10


def test_a_tail_that_falls_too_slowly_is_gone_on_with():
    """One in fifty has a probability that means nothing, however small it is."""

    def probabilities(random: np.random.Generator, number: int) -> np.ndarray:
        wild = random.random(number) < 0.02
        return np.where(wild, 10 ** random.uniform(-8, 0, number), random.random(number))

    p = probabilities(np.random.default_rng(6), 100_000)
    below = [
        np.mean(Calibration.of(probabilities(np.random.default_rng(k), 400)).apply(p) < 0.003)
        for k in range(40)
    ]
    assert np.mean(p < 0.003) > 0.016
    # 400 pseudo-data say little of it, and as much is said by how probabilities should be.
    assert np.mean(below) < 0.010
