"""Sums of falling terms, against a general minimiser."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, nnls

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.network.fits import mixture
from bumpcast.bumps.synthetic import Recipe, draw

STEPS = 30


def table_of(bins: int) -> np.ndarray:
    table = np.zeros((mixture.COLUMNS, bins))
    mixture.fill_terms(table)
    return table


def fitted(counts, table, *, signal=False, share=None, steps=STEPS):
    """Return expected entries, weights, ln(likelihood), and what the information is kept in."""
    share = np.ones(len(counts)) if share is None else share
    weights = np.zeros(mixture.COLUMNS)
    active = np.zeros(mixture.MOST_ACTIVE + 1, np.int64)
    expected = np.maximum(np.convolve(counts, np.ones(7) / 7, "same"), 1.0)
    space = mixture.mixture_space()
    used, height = mixture.fit_mixture(
        counts, share, table, signal, steps, weights, active, 0, expected, space
    )
    assert np.array_equal(np.sort(active[:used]), np.flatnonzero(weights))
    return expected, weights, height, (active, used, space)


def test_terms_fall_from_one_to_nothing() -> None:
    table = table_of(57)[: mixture.TERMS].T
    assert np.all(table[:, 0] == 1)
    assert np.allclose(table[0], 1)
    assert np.allclose(table[-1, 1:], 0, atol=1e-12)
    assert np.all(np.diff(table, axis=0) <= 1e-12)


@pytest.mark.parametrize("signal", [False, True])
def test_one_step_is_the_least_squares_without_negative_weights(signal: bool) -> None:
    random = np.random.default_rng(3)
    bins = 50
    table = table_of(bins)
    template = gaussian_template(1.0)
    mixture.fill_signal(table, template, 48)
    terms = mixture.COLUMNS if signal else mixture.TERMS
    for _ in range(20):
        counts = random.poisson(
            random.uniform(10, 2000) * np.exp(-random.uniform(0, 5) * np.arange(bins) / bins) + 20
        ).astype(float)
        smooth = np.maximum(np.convolve(counts, np.ones(7) / 7, "same"), 1.0)
        expected, weights, _, _ = fitted(counts, table, signal=signal, steps=1)
        reference, _ = nnls((table[:terms] / np.sqrt(smooth)).T, counts / np.sqrt(smooth))
        squares = [
            np.sum((counts - w @ table[:terms]) ** 2 / smooth) for w in (weights[:terms], reference)
        ]
        assert squares[0] == pytest.approx(squares[1], abs=0.02)
        assert np.all(weights >= 0)
        assert np.allclose(expected, np.maximum(weights @ table, 1e-3))


def test_the_last_step_is_the_highest_of_the_likelihood() -> None:
    drawn = draw(Recipe(sum_share=0.5, signal_share=0.0), 5, "test", 12)
    for h in range(12):
        counts = drawn.counts[drawn.offsets[h] : drawn.offsets[h + 1]]
        table = table_of(len(counts))
        used = table[: mixture.TERMS].T
        expected, weights, height, _ = fitted(counts, table)
        scale = counts.max()

        def minus(values, used=used, counts=counts, scale=scale):
            b = np.maximum(used @ values * scale, 1e-9)
            slope = scale * used.T @ (1 - counts / b)
            return np.sum(b - counts * np.log(b)), slope

        found = minimize(
            minus, weights[: mixture.TERMS] / scale, jac=True, method="L-BFGS-B",
            bounds=[(0, None)] * mixture.TERMS, options={"maxiter": 3000},
        )  # fmt: skip
        assert -found.fun - height < 0.1
        # Its own background is nearly as good as the one that was drawn.
        true = drawn.background[drawn.offsets[h] : drawn.offsets[h + 1]]
        assert height > np.sum(counts * np.log(true) - true) - 2.0
        assert np.all(expected > 0)


def test_bins_left_out_do_not_count() -> None:
    random = np.random.default_rng(1)
    counts = random.poisson(np.linspace(900, 100, 40)).astype(float)
    share = np.ones(40)
    share[35:] = 0.0
    table = table_of(40)
    kept = fitted(counts, table, share=share)[0]
    changed = counts.copy()
    changed[35:] = 1e5
    again = fitted(changed, table, share=share)[0]
    # Only where the fit begins is what is left out still seen.
    assert np.allclose(kept[:35], again[:35], rtol=2e-3)


def test_spread_is_that_of_least_squares() -> None:
    random = np.random.default_rng(2)
    counts = random.poisson(np.linspace(900, 100, 40)).astype(float)
    table = table_of(40)
    expected, _, _, (active, used, space) = fitted(counts, table)
    columns = table[active[:used]].T
    information = (columns / expected[:, None]).T @ columns
    for place in (0, 20, 39):
        variance = columns[place] @ np.linalg.solve(information, columns[place])
        assert mixture.spread_of_mixture(table, active, used, place, space) == pytest.approx(
            variance, rel=0.01
        )


def test_occam_is_half_a_log_determinant() -> None:
    random = np.random.default_rng(2)
    counts = random.poisson(np.linspace(900, 100, 40)).astype(float)
    table = table_of(40)
    mixture.fill_signal(table, gaussian_template(1.0), 20)
    counts += np.round(300 * table[mixture.TERMS])
    expected, weights, _, (active, used, space) = fitted(counts, table, signal=True)
    chosen = active[:used]
    assert mixture.TERMS in chosen
    columns = table[chosen].T
    information = (columns / expected[:, None]).T @ columns
    scale = np.where(chosen == mixture.TERMS, 1.0, 3.0 * weights[chosen])
    matrix = information * np.outer(scale, scale) + np.diag((chosen != mixture.TERMS) * 1.0)
    _, wanted = np.linalg.slogdet(matrix)
    found = mixture.mixture_occam(weights, active, used, space)
    assert found == pytest.approx(0.5 * wanted, abs=0.01)
