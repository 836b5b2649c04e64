"""Significances with a fit's parameters profiled, against least squares of a library."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.network.fits.profiling import profile, uncorrelate

BINS = 40


@pytest.mark.parametrize("width", [1.0, 2.5])
def test_least_squares_with_all_parameters_free(width: float) -> None:
    template = gaussian_template(width)
    reach = len(template) // 2
    place = np.linspace(-1, 1, BINS)
    expected = 300 * np.exp(-place)
    slopes = expected * np.vander(place, 4, increasing=True).T
    n = np.random.default_rng(3).poisson(expected).astype(float)
    s = np.ones(BINS)
    s[[11, 30]] = 0.0
    information = slopes @ np.diag(s / expected) @ slopes.T
    independent = slopes.copy()
    uncorrelate(4, independent, np.linalg.cholesky(information))
    assert independent @ np.diag(s / expected) @ independent.T == pytest.approx(np.eye(4), abs=1e-9)
    z, lost = np.empty(BINS), np.empty(BINS)
    largest = profile(4, n, s, template, 3, expected, independent, np.empty((5, BINS)), z, lost)
    pull = np.sqrt(s / expected) * (n - expected)
    table = (slopes * np.sqrt(s / expected)).T
    for centre in range(BINS):
        if s[centre] == 0:
            assert (z[centre], lost[centre]) == (0, 1)
            continue
        signal = np.zeros(BINS)
        for i in range(max(0, centre - reach), min(BINS, centre + reach + 1)):
            signal[i] = template[i - centre + reach] * np.sqrt(s[i] / expected[i])
        left = signal - table @ np.linalg.lstsq(table, signal, rcond=None)[0]
        share = left @ left / (signal @ signal)
        assert lost[centre] == pytest.approx(np.sqrt(1 - max(share, 0.02)), abs=1e-6)
        if share > 0.02:
            # The fit is not the one of these counts: what it leaves counts as a signal may.
            assert z[centre] == pytest.approx(signal @ pull / np.sqrt(left @ left), abs=1e-6)
    inner = np.where(s[3:-3] > 0, z[3:-3], -np.inf)
    assert largest == 3 + np.argmax(inner)
