"""The fits of models, against plain ones."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import xlogy

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.network.fits import fitting
from bumpcast.bumps.network.fits import models_of_background as models

BINS = 45
THETA = {
    models.LINE: [6.0, 4.0],
    models.PARABOLA: [6.0, 4.0],
    models.COSINE: [6.0, 4.0],
    models.HYPERBOLIC: [7.0, 4.0],
    models.POWER_1: [7.0, 4.0, 1.0],
    models.POWER_1 + 1: [7.0, 4.0, 1.0],
    models.POWER_3: [7.0, 4.0, 0.5],
    models.LOGARITHM: [6.0, 4.0, 2.0],
    models.POWER_N: [7.0, 4.0, 0.5, 2.5],
    models.EXPONENTIAL_AND_CONSTANT: [7.0, 4.0, 1.2],
    models.GAUSSIAN_AND_CONSTANT: [7.0, 4.0, 0.6],
    **{
        models.POLYNOMIAL_1 + k: [5.0, -1.5, 0.3, -0.1, 0.05, -0.02, 0.01, -0.01, 0.01][: order + 1]
        for k, order in enumerate(models.ORDERS)
    },
}


def tables():
    polynomials = np.empty((models.COLUMNS, BINS))
    models.legendre(polynomials)
    return polynomials, np.empty(BINS), np.empty((models.COLUMNS, BINS))


def evaluated(model: int, theta):
    polynomials, expected, slopes = tables()
    models.evaluate(model, np.array([*theta, 0.0]), polynomials, expected, slopes)
    return expected, slopes


@pytest.mark.parametrize("model", range(models.MODELS))
def test_slopes_are_differences(model: int) -> None:
    theta = np.array(THETA[model])
    assert len(theta) == models.parameters()[model]
    expected, slopes = evaluated(model, theta)
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = 1e-5
        change = (evaluated(model, theta + step)[0] - evaluated(model, theta - step)[0]) / 2e-5
        assert np.allclose(slopes[k], change, atol=1e-4 * expected.max())


@pytest.mark.parametrize("model", range(models.MODELS))
@pytest.mark.parametrize("signal", [False, True])
def test_a_fit_is_the_highest_of_the_likelihood(model: int, signal: bool) -> None:
    random = np.random.default_rng(model)
    start = np.array(THETA[model])
    size = len(start)
    template = gaussian_template(1.0)[2:-2]
    true = evaluated(model, start)[0]
    centre = 20 if signal else -1
    spread = np.zeros(BINS)
    if signal:
        spread[17:24] = template
    counts = random.poisson(true + 6 * np.sqrt(true[20]) * spread).astype(float)
    mean, sigma = (table[model] for table in models.prior())
    mean = mean.copy()
    mean[:2] = start[:2]
    theta = np.zeros(models.COLUMNS)
    theta[:size] = start * 1.03
    polynomials, expected, slopes = tables()
    height, _ = fitting.fit(
        model, size, theta, counts, np.ones(BINS), template, centre, mean, sigma, 40, -np.inf,
        polynomials, expected, slopes, np.empty((2, BINS)), np.zeros(models.COLUMNS),
        np.zeros(models.COLUMNS),
        np.zeros((models.COLUMNS, models.COLUMNS)), np.zeros(models.COLUMNS),
    )  # fmt: skip

    def minus_height(values):
        b = evaluated(model, values[:size])[0] + (values[size] * spread if signal else 0)
        b = np.maximum(b, 1e-3)
        pulls = (values[:size] - mean[:size]) / sigma[:size]
        return -np.sum(xlogy(counts, b) - b) + 0.5 * np.sum(pulls**2)

    free = size + signal
    found = minimize(minus_height, theta[:free], method="Nelder-Mead", options={"maxiter": 4000})
    assert height == pytest.approx(-minus_height(theta[:free]), abs=1e-6)
    assert -found.fun - height < 0.02
