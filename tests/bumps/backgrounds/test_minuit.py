"""Families that need iminuit."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.backgrounds.families import GENERAL
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.functions import estimate
from bumpcast.bumps.backgrounds.minuit import fit_with_minuit
from tests.bumps.backgrounds.toys import fluctuated, spectra_of


def truth(name: str) -> np.ndarray:
    low, high = 100.0 + 10.0 * np.arange(50), 110.0 + 10.0 * np.arange(50)
    t, m = (0.5 * (low + high) - 100) / 500, 0.5 * (low + high) / 100
    return {
        "bernstein": 2000 * (1 - t) ** 2 + 600 * t * (1 - t) + 100 * t**2,
        "power-sum": 4000 * m**-4.0 + 500 * m**-1.0,
        "exponentials-constant": 3000 * np.exp(-6 * t) + 200,
    }[name]


@pytest.mark.parametrize("name", list(GENERAL))
def test_each_describes_what_it_is(name: str) -> None:
    spectra = fluctuated(spectra_of([truth(name)]), 2)
    found = estimate(spectra, FunctionSettings(families=(name,)))
    assert found.reasons == [""]
    assert found.models[0].startswith(f"{name} of order")
    sigma = np.sqrt(np.sum(found.modes**2, axis=1))
    assert np.all(sigma > 0)
    pull = (found.expected - truth(name)) / sigma
    assert np.abs(pull).max() < 4
    # strengths of one are one standard deviation of what the counts say
    information = found.modes.T @ (found.modes / found.expected[:, None])
    np.testing.assert_allclose(np.diag(information), 1.0, atol=1e-3)


def test_higher_orders_hold_lower_ones() -> None:
    spectra = fluctuated(spectra_of([truth("bernstein")]), 3)
    fits = fit_with_minuit(spectra, GENERAL["bernstein"], np.ones(50, bool), most_order=5)
    assert fits.orders.tolist() == [2, 3, 4, 5]
    assert np.all(np.diff(fits.deviances[0]) < 0.05)


def test_too_few_bins_are_not_fitted() -> None:
    few = spectra_of([np.full(3, 10.0)])
    fits = fit_with_minuit(few, GENERAL["bernstein"], np.ones(3, bool), most_order=3)
    assert np.isinf(fits.deviances).all()
    expected, modes = fits.evaluate(np.array([0]))
    assert np.isnan(expected).all()
    assert not modes.any()
