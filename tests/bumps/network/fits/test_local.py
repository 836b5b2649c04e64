"""Significances in a window, against least squares of a library."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.network.fits.local import WINDOWS, local_z, window_bases

TEMPLATE = gaussian_template(1.0)[2:-2]


def read(n, s, expected, reach: int, order: int):
    z = np.empty(len(n))
    local_z(n, s, expected, TEMPLATE, window_bases(reach, order), z)
    return z


@pytest.mark.parametrize(("reach", "order"), WINDOWS)
@pytest.mark.parametrize("bins", [60, 25, 9])
def test_least_squares_with_all_coefficients_free(reach: int, order: int, bins: int) -> None:
    random = np.random.default_rng(bins)
    expected = 500 * np.exp(-2 * np.linspace(0, 1, bins))
    n = random.poisson(expected).astype(float)
    found = read(n, np.ones(bins), expected, reach, order)
    near = len(TEMPLATE) // 2
    for i in range(bins):
        begin, end = max(0, i - reach), min(bins, i + reach + 1)
        place = np.arange(begin, end)
        signal = np.zeros(end - begin)
        for k in range(max(begin, i - near), min(end, i + near + 1)):
            signal[k - begin] = TEMPLATE[k - i + near] / np.sqrt(expected[k])
        powers = min(order, end - begin - 1) + 1
        table = np.polynomial.legendre.legvander((place - i) / reach, powers - 1)
        left = signal - table @ np.linalg.lstsq(table, signal, rcond=None)[0]
        if left @ left < 0.05 * (signal @ signal):
            continue
        pull = ((n - expected) / np.sqrt(expected))[begin:end]
        assert found[i] == pytest.approx(left @ pull / np.sqrt(left @ left), abs=1e-8)


def test_a_wrong_fit_that_is_smooth_is_no_excess() -> None:
    place = np.linspace(0, 1, 80)
    true = 2e4 * np.exp(-3 * place)
    wrong = true * (1 + 0.1 * np.cos(3 * place))
    n = np.random.default_rng(2).poisson(true).astype(float)
    assert np.max(np.abs(n - wrong) / np.sqrt(wrong)) > 10
    for reach, order in WINDOWS:
        assert np.max(np.abs(read(n, np.ones(80), wrong, reach, order))) < 4.5


def test_weights_and_missing_bins() -> None:
    expected = np.full(50, 300.0)
    n = np.random.default_rng(3).poisson(expected).astype(float)
    whole = read(n, np.ones(50), expected, 10, 3)
    weighted = read(0.1 * n, np.full(50, 10.0), 0.1 * expected, 10, 3)
    assert np.allclose(whole, weighted)
    share = np.ones(50)
    share[20] = 0.0
    assert read(n, share, expected, 10, 3)[20] == 0
