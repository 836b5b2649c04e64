"""The best rate of a Gaussian process against a library's minimiser."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from bumpcast.bumps.backgrounds.laplace import find_best_rate


def problem(seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    bins = 25
    place = np.arange(bins)
    kernel = 0.5**2 * np.exp(-0.5 * ((place[:, None] - place) / 7.0) ** 2)
    values, vectors = np.linalg.eigh(kernel + 1e-12 * np.eye(bins))
    basis = np.hstack([np.full((bins, 1), 3.0), (vectors * np.sqrt(values))[:, -8:]])
    width = np.linspace(0.8, 1.3, bins)
    rate = 40 * np.exp(-place / 12.0) + 40 * (place > 15)
    share = np.ones(bins)
    share[5:8] = 0.0
    share[10:] = 1 / 1.7
    return {
        "counts": random.poisson(rate * width / 1.7) * 1.7,
        "share": share,
        "width": width,
        "mean": np.log(40.0) - place / 30.0,
        "basis": basis,
        "falls_from": 2,
        "sharpness": np.full(bins, 0.05),
        "start": np.zeros(basis.shape[1]),
    }


def minus_log_posterior(s: Any, p: dict[str, Any]) -> float:
    log = p["mean"] + p["basis"] @ s
    expected = np.exp(log) * p["width"]
    likelihood = np.sum(p["share"] * (p["counts"] * log - expected))
    steps = np.diff(log)[p["falls_from"] :] / p["sharpness"][p["falls_from"] : -1]
    return float(-likelihood - np.sum(norm.logsf(steps)) + 0.5 * np.sum(s**2))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_best_rate_and_its_evidence(seed: int) -> None:
    p = problem(seed)
    found, s, evidence, expected, held, said, slope = find_best_rate(*p.values())
    assert found
    plain = minimize(minus_log_posterior, s + 0.01, args=(p,), method="BFGS", tol=1e-9)
    assert minus_log_posterior(s, p) <= plain.fun + 1e-6
    np.testing.assert_allclose(s, plain.x, atol=2e-2)
    np.testing.assert_allclose(
        expected, np.exp(p["mean"] + p["basis"] @ s) * p["width"], rtol=1e-12
    )
    second = np.tril(held + said) + np.tril(held + said, -1).T
    step = 1e-4 * np.eye(len(s))
    numeric = np.array(
        [
            [
                minus_log_posterior(s + a + b, p)
                - minus_log_posterior(s + a - b, p)
                - minus_log_posterior(s - a + b, p)
                + minus_log_posterior(s - a - b, p)
                for a in step
            ]
            for b in step
        ]
    ) / (4e-8)
    np.testing.assert_allclose(second, numeric, rtol=1e-3, atol=1e-2 * np.abs(numeric).max() / 10)
    wanted = -minus_log_posterior(s, p) - 0.5 * np.linalg.slogdet(second)[1]
    assert evidence == pytest.approx(wanted, abs=1e-6)
    pull = p["share"] * (p["counts"] - expected)
    np.testing.assert_allclose(slope, p["basis"].T @ pull, atol=1e-3)


def test_the_rate_does_not_rise() -> None:
    p = problem(1)
    _, _, _, free, *_ = find_best_rate(*(p | {"falls_from": 25}).values())
    sharp = p | {"sharpness": np.full(25, 0.005)}
    _, _, _, falling, *_ = find_best_rate(*sharp.values())
    assert np.diff(np.log(free / p["width"]))[2:].max() > 0.05
    assert np.diff(np.log(falling / p["width"]))[2:].max() < 0.02


def test_far_tails_of_the_slope_are_finite() -> None:
    p = problem(1) | {"sharpness": np.full(25, 1e-4)}
    found, _, evidence, expected, *_ = find_best_rate(*p.values())
    assert found
    assert math.isfinite(evidence)
    assert np.diff(np.log(expected / p["width"]))[2:].max() < 1e-3
