"""Functions with a signal against functions without, on spectra of known truth."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings, fit_functions
from bumpcast.bumps.backgrounds.function_choice import fit_and_choose
from bumpcast.bumps.backgrounds.functions import estimate
from bumpcast.bumps.backgrounds.window import has_window
from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.scanning import scan_widths
from bumpcast.bumps.spectra import Floats, Spectra
from tests.bumps.backgrounds.toys import fluctuated, many, spectra_of, with_signal


def profile_of_all(spectra: Spectra, settings: FunctionSettings) -> Floats:
    """Return the significances over all functions, each scanned exactly: slow, and plain."""
    every = fit_functions(spectra, settings, np.isfinite(spectra.counts))
    least = every.costs_without.min(axis=1)
    of = spectra.histogram_of_bin
    best = np.full(len(spectra.counts), -np.inf)
    for candidate in range(len(every.family)):
        there = np.isfinite(every.costs[:, candidate])
        expected, modes = every.evaluate(np.where(there, candidate, -1))
        background = BackgroundEstimate.of_free(expected, modes, len(spectra))
        for width in settings.signals:
            z, _ = scan_widths(spectra, background, [width])
            gain = np.sign(z) * z**2 - (every.costs[:, candidate] - least)[of]
            gain[~has_window(spectra, width)] = -np.inf
            best = np.fmax(best, gain)
    return np.sqrt(np.maximum(best, 0.0))


def test_the_largest_significance_is_that_of_the_profile_over_all_functions() -> None:
    truth = many(42, 21)
    observed, _ = with_signal(fluctuated(truth, 22), truth, 5.0, 23)
    settings = FunctionSettings()
    slow = profile_of_all(observed, settings)
    background = estimate(observed, settings)
    quick, widths = scan_widths(observed, background)
    compared = 0
    for h in range(len(observed)):
        bins = observed.slice_of(h)
        at = int(np.argmax(slow[bins])) + bins.start
        if background.reasons[h] or slow[at] < 3.5:
            continue
        compared += 1
        assert abs(quick[at] - slow[at]) < 0.15
        assert has_window(observed, float(widths[at]))[at]
    assert compared > 25


def test_a_signal_is_worth_what_no_function_describes_without_it() -> None:
    """Three bins wide and seven standard deviations: an order that is free follows most of it."""
    bins, centre = 60, 33
    falls = 3000.0 * np.exp(-3.0 * np.arange(bins) / bins)
    template = gaussian_template(3.0)
    counts = falls.copy()
    near = np.arange(len(template)) - len(template) // 2 + centre
    counts[near] += 7.0 / np.sqrt(np.sum(template**2 / falls[near])) * template
    spectra = spectra_of([counts, falls])
    found = fit_and_choose(spectra, FunctionSettings())
    assert found.order.tolist() == [1, 1]
    np.testing.assert_allclose(found.expected[:bins], falls, rtol=0.02)
    other = found.alternative
    assert other is not None
    assert other.histograms.tolist() == [0]
    assert other.lead[0] > 0
    background = estimate(spectra)
    z, widths = scan_widths(spectra, background)
    stiff, _ = scan_widths(spectra, background.held())
    follows, _ = scan_widths(spectra.some([0]), other.background)
    free, _ = scan_widths(spectra, estimate(spectra, FunctionSettings(signals=())))
    assert z[centre] == pytest.approx(np.sqrt(stiff[centre] ** 2 - other.lead[0]))
    assert free[centre] == pytest.approx(follows[centre], abs=0.01)
    assert free[centre] + 1 < z[centre] < stiff[centre] < 7
    assert widths[centre] == 3
    # Far from the signal the function without one says more, but not at the ends.
    inside = has_window(spectra, 3.0)[:bins]
    assert np.all(np.abs(z[:bins]) >= np.abs(follows[:bins]) - 1e-9, where=inside)
    ends = np.sqrt(np.maximum(stiff[[0, bins - 1]] ** 2 - other.lead[0], 0.0))
    np.testing.assert_allclose(np.abs(z[[0, bins - 1]]), ends, atol=1e-9)
    assert not np.signbit(z[z == 0]).any()


def test_without_signals_the_function_of_the_least_cost_is_chosen() -> None:
    observed = fluctuated(many(20, 31), 32)
    settings = FunctionSettings(signals=())
    every = fit_functions(observed, settings, np.isfinite(observed.counts))
    cheapest = every.cheapest_without()
    found = fit_and_choose(observed, settings)
    assert found.alternative is None
    np.testing.assert_array_equal(found.order, every.orders[cheapest])
    np.testing.assert_array_equal(found.expected, every.evaluate(cheapest)[0])
    rows = np.arange(len(observed))
    costs = every.deviances + 3.84 * every.parameters
    assert np.all(costs[rows, cheapest] <= np.min(every.costs, axis=1))


def test_a_higher_price_takes_fewer_parameters() -> None:
    observed = fluctuated(many(70, 33), 34)
    cheap, dear = (
        fit_and_choose(observed, FunctionSettings(price=price, signals=())).order
        for price in (2.0, 6.0)
    )
    assert np.mean(dear) < np.mean(cheap)
