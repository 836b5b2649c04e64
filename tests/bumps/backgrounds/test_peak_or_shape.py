"""Peaks, and bends that look like peaks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.function_choice import fit_and_choose
from bumpcast.bumps.backgrounds.functions import estimate
from bumpcast.bumps.backgrounds.goodness import deviance_of_bins
from bumpcast.bumps.backgrounds.peak_or_shape import (
    criterion,
    goodness_with_signal,
    with_signal,
)
from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.methods import LikelihoodMethod
from bumpcast.bumps.scanning import scan_widths
from tests.bumps.backgrounds.toys import spectra_of

BINS = 36
X = np.arange(BINS)
FALLING = 4000.0 * np.exp(-3.0 * X / BINS)


def peak(centre: float, width: float, events: float) -> np.ndarray:
    shape = np.exp(-0.5 * ((centre - X) / width) ** 2)
    return events * shape / shape.sum()


def test_the_best_background_and_signal_are_those_of_a_plain_minimiser():
    counts = np.random.default_rng(1).poisson(FALLING + peak(14, 2.0, 900)).astype(float)
    t = X / BINS
    modes = FALLING[:, None] * np.column_stack([np.ones(BINS), t, t**2])
    known = X != 20
    both, alone = with_signal(counts, FALLING, modes, known, (1.0, 2.0, 3.0))

    template = gaussian_template(2.0)
    reach = len(template) // 2
    signal = np.zeros(BINS)
    signal[14 - reach : 14 + reach + 1] = template

    def deviance(parameters: np.ndarray) -> float:
        there = FALLING * np.exp(modes @ parameters[:3] / FALLING) + parameters[3] * signal
        return float(np.sum(deviance_of_bins(counts, np.maximum(there, 1e-9))[known]))

    begin = np.array([0.0, 0.0, 0.0, 500.0])
    plain = minimize(
        deviance, begin, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-8}
    )
    found = float(np.sum(deviance_of_bins(counts, both)[known]))
    assert found == pytest.approx(plain.fun, abs=0.05)
    assert criterion(counts, both, known, 6) == pytest.approx(found + 12)
    without = minimize(lambda p: deviance(np.append(p, 0.0)), np.zeros(3), method="Nelder-Mead")
    assert float(np.sum(deviance_of_bins(counts, alone)[known])) == pytest.approx(
        without.fun, abs=0.05
    )


def test_modes_with_a_prior_stay_near_it():
    counts = FALLING * 1.05
    modes = 0.01 * FALLING[:, None]
    _, free = with_signal(counts, FALLING, modes, X >= 0, (1.0,))
    _, held = with_signal(counts, FALLING, modes, X >= 0, (1.0,), np.zeros(1))
    assert free == pytest.approx(counts, rel=1e-3)
    # One standard deviation of the prior is a hundredth, and the counts say it to a third of that.
    assert held == pytest.approx(1.041 * FALLING, rel=2e-3)


def test_a_large_peak_may_be_a_little_unlike_a_signal_and_a_step_not():
    known = X >= 0
    modes = FALLING[:, None] * np.column_stack([np.ones(BINS), X / BINS])
    tailed = FALLING + peak(14, 1.3, 4000) + peak(12, 3.0, 500)
    both, alone = with_signal(tailed, FALLING, modes, known, (1.0, 2.0, 3.0))
    # Without fluctuations all of it is what the peak is unlike a signal.
    assert np.sum(deviance_of_bins(tailed, both)) > 60
    assert goodness_with_signal(tailed, both, alone, known, 2) > 0.01
    cut = np.where(X < 18, FALLING, 0.0)
    both, alone = with_signal(cut, FALLING, modes, known, (1.0, 2.0, 3.0))
    assert goodness_with_signal(cut, both, alone, known, 2) < 1e-6


def test_a_bend_that_no_stiff_function_follows_is_no_peak():
    """Of 36 bins only a third order is allowed, and this needs a fourth."""
    t = X / BINS
    truth = 60_000.0 / (0.06 + t) ** 1.2 * np.exp(-6.0 * t**3)
    counts = np.random.default_rng(3).poisson(truth).astype(float)
    spectra = spectra_of([counts])
    reading = LikelihoodMethod(estimate).read(spectra)
    assert reading.background.reasons == [""]
    assert np.nanmax(reading.z[4:]) < 4
    orders = fit_and_choose(spectra, FunctionSettings()).order
    assert orders[0] > BINS // 10


@pytest.mark.parametrize(("width", "least"), [(1.0, 6.5), (2.0, 5.5)])
def test_a_peak_stays_one(width: float, least: float):
    """The broader one is worth what functions that bend in 36 bins leave of it."""
    truth = FALLING + peak(15.3, width, 9.0 * np.sqrt(FALLING[15] * 3.5 * width))
    counts = np.random.default_rng(5).poisson(truth).astype(float)
    reading = LikelihoodMethod(estimate).read(spectra_of([counts]))
    alone, _ = scan_widths(spectra_of([counts]), reading.background.held())
    assert np.nanmax(alone) > 6.5
    assert np.nanmax(reading.z) > least
    assert int(np.nanargmax(reading.z)) in (14, 15, 16)
    pulls = (reading.background.expected - FALLING) / np.sqrt(FALLING)
    assert np.max(np.abs(pulls[10:21])) < 1
