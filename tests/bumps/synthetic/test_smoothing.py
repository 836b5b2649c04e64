"""Curves through spectra: falling where they should, and near what they are through."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.spectra import Spectra
from bumpcast.bumps.synthetic.recipe import POINTS
from bumpcast.bumps.synthetic.smoothing import fitted_curves


def spectra(*columns: np.ndarray) -> Spectra:
    offsets = np.cumsum([0, *(len(column) for column in columns)])
    counts = np.concatenate(columns)
    edges = np.arange(len(counts) + 1.0)
    names = [f"spectrum {k}" for k in range(len(columns))]
    return Spectra(names, offsets, edges[:-1], edges[1:], counts, counts.copy())


@pytest.mark.parametrize("shape", ["exponential", "gaussian", "power"])
def test_a_curve_is_near_what_the_spectrum_follows(shape: str) -> None:
    u = np.linspace(0, 1, 50)
    true = {
        "exponential": 3000 * np.exp(-4 * u) + 40,
        "gaussian": 3000 * np.exp(-((1.6 * u) ** 2)) + 40,
        "power": 3000 / (1 + 2 * u) ** 3,
    }[shape]
    counts = np.random.default_rng(3).poisson(true).astype(float)
    curves = fitted_curves(spectra(counts))
    found = np.interp(u, np.linspace(0, 1, POINTS), np.exp(curves.logs[0]))
    assert np.std((found - true) / np.sqrt(true)) < 0.6


def test_what_no_function_describes_is_smoothed_and_falls() -> None:
    steps = np.repeat([5000.0, 3000.0, 400.0, 380.0, 40.0], 8)
    curves = fitted_curves(spectra(np.random.default_rng(1).poisson(steps).astype(float)))
    assert np.all(np.diff(curves.logs[0]) <= 0)
    middles = (np.arange(40) + 0.5) / 40
    found = np.exp(np.interp(middles, np.linspace(0, 1, POINTS), curves.logs[0]))
    # A curve that is smooth in its logarithm cuts the corners of a staircase, mostly below them.
    assert found.sum() == pytest.approx(steps.sum(), rel=0.15)
    assert found[:8].mean() == pytest.approx(5000, rel=0.1)


def test_spectra_of_few_bins_or_events_have_none() -> None:
    fine = np.full(20, 30.0)
    curves = fitted_curves(spectra(fine[:5], np.zeros(20), fine))
    assert curves.names == ("spectrum 2",)
    assert np.allclose(np.exp(curves.logs[0]), 30, rtol=0.2)
