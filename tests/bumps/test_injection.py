"""Signals of known strength in pseudo-data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from spectra_for_tests import falling, known

from bumpcast.bumps.injection import (
    Injection,
    InjectionError,
    gaussian_signal,
    try_injection,
)
from bumpcast.bumps.methods import Given, LikelihoodMethod


def injection(histograms: int = 2) -> Injection:
    spectra, background = falling(histograms, bins=40)
    signal = gaussian_signal(spectra, 0, 250.0, 1.0)
    return Injection(spectra, background.expected, signal, (1.0,))


def method(tried: Injection, trials: int) -> LikelihoodMethod:
    histograms = len(tried.spectra)
    tiled = np.tile(np.arange(histograms), trials)
    background = known(tried.background, histograms)
    return LikelihoodMethod(Given(background.of(tried.spectra.offsets, tiled)), (1.0,))


def test_a_gaussian_sits_in_the_bin_of_its_mass():
    spectra, _ = falling(2, bins=40)
    signal = gaussian_signal(spectra, 1, 252.0, 2.0)
    assert signal[:40].sum() == 0
    assert np.argmax(signal) == 40 + 15
    assert signal[54] == pytest.approx(signal[56])
    with pytest.raises(InjectionError, match="searched from 100 to 500 GeV: 600 GeV is not in it"):
        gaussian_signal(spectra, 1, 600.0, 2.0)


def test_the_strength_of_a_significance():
    tried = injection()
    strength = tried.strength_of(5.0, 0)
    expected = tried.expected(strength)
    assert expected.z[0] == pytest.approx(5.0, abs=1e-4)
    assert expected.bins[0] == 15
    # For many events it is the usual s / sqrt(b) of a matched filter.
    plain = strength * np.sqrt(np.sum(tried.signal[:40] ** 2 / tried.background[:40]))
    assert plain == pytest.approx(5.0, rel=0.1)
    with pytest.raises(InjectionError, match="leaves no events where that is searched"):
        tried.strength_of(5.0, 1)


def test_what_is_found_has_the_expected_significance_and_place():
    tried = injection(1)
    strength = tried.strength_of(6.0, 0)
    trials = try_injection(tried, strength, method(tried, 300), trials=300, seed=3)
    assert trials.z.mean() == pytest.approx(6.0, abs=0.25)
    assert trials.z.std() == pytest.approx(1.0, abs=0.15)
    assert np.mean(np.abs(trials.bins - 15) <= 1) > 0.95
    assert np.median(trials.mass_GeV) == 255.0
    assert trials.found(5.0).mean() == pytest.approx(0.84, abs=0.07)


def test_where_nothing_is_looked_for_nothing_is_expected():
    tried = injection(1)
    # Bin 15 of 40 is in the first half.
    half = replace(tried, skip=0.5)
    strength = tried.strength_of(6.0, 0)
    assert tried.expected(strength).bins[0] == 15
    assert half.expected(strength).z[0] < 0.1
    trials = try_injection(half, strength, method(half, 20), trials=20, seed=3)
    assert not trials.found(5.0).any()
    assert trials.bins.min() >= 20


def test_without_a_signal_none_is_found():
    tried = injection(1)
    trials = try_injection(tried, 0.0, method(tried, 100), trials=100, seed=3)
    assert trials.found(5.0).sum() == 0
    assert trials.expected[0] == 0


def test_trials_do_not_depend_on_each_other():
    tried = injection()
    one = try_injection(tried, 20.0, method(tried, 1), trials=1, seed=5)
    more = try_injection(tried, 20.0, method(tried, 4), trials=4, seed=5)
    assert np.array_equal(one.z[:, 0], more.z[:, 0])


def test_negative_expectations_cannot_be_drawn():
    tried = injection(1)
    with pytest.raises(
        InjectionError, match=r"histogram 0: -\d.* events are expected at 2\d5.0 GeV"
    ):
        try_injection(tried, -1e4, method(tried, 1), trials=1, seed=1)
