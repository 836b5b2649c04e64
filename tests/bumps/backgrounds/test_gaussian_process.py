"""A Gaussian process on spectra of known truth."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.bumps.backgrounds.gaussian_process import estimate
from bumpcast.bumps.backgrounds.linear_limit import linear_significances
from bumpcast.bumps.backgrounds.process_fit import LEAST_LENGTH, ProcessSettings, fit_process
from bumpcast.bumps.likelihood import profiled_significances
from bumpcast.bumps.spectra import Floats, Spectra
from tests.bumps.backgrounds.toys import falling, fluctuated, many, spectra_of, with_signal


def significances(spectra: Spectra) -> Floats:
    found = estimate(spectra)
    return profiled_significances(
        spectra.offsets,
        spectra.counts,
        found.expected,
        found.modes,
        found.precisions,
        found.centres,
    )


def test_truths_of_many_shapes_are_found_within_their_uncertainty() -> None:
    truth = many(70, 21)
    found = estimate(fluctuated(truth, 22))
    assert np.mean([bool(reason) for reason in found.reasons]) < 0.06
    known = np.isfinite(found.expected)
    error = (found.expected - truth.counts)[known] / np.sqrt(truth.counts[known])
    assert np.sqrt(np.mean(error**2)) < 0.36
    assert np.all(found.uncertainty[known] == 0)
    assert np.nanmedian(found.spurious) < 1


def test_background_alone_and_a_signal_have_the_significances_that_they_should() -> None:
    truth = many(70, 23)
    observed = fluctuated(truth, 24)
    z = significances(observed)
    assert np.nanstd(z) == pytest.approx(1, abs=0.08)
    assert np.nanmean(np.abs(z) > 3) < 0.006
    signal, centres = with_signal(observed, truth, 6.0, 25)
    assert np.nanmean(significances(signal)[centres]) > 5


def test_modes_centres_and_counts_are_in_balance() -> None:
    """At the best rate the gradient of counts and prior vanishes along every mode."""
    observed = fluctuated(spectra_of([falling("power", 60, 3000.0, 60.0)]), 4)
    fit = fit_process(observed, ProcessSettings(mask_above=np.inf, lengths=(12.0,)))
    assert fit is not None
    gradient = fit.modes.T @ (observed.counts / fit.expected - 1) + fit.centres
    assert np.abs(gradient).max() < 1e-2
    # what the counts say of the modes is diagonal, and falls
    information = fit.modes.T @ (fit.modes / fit.expected[:, None])
    said = np.diag(information)
    assert np.all(np.diff(said) <= 1e-9 * said[0])
    np.testing.assert_allclose(information, np.diag(said), atol=1e-6 * said[0])


def test_what_it_hands_on_is_the_posterior_of_the_process() -> None:
    """Modes and precisions give the covariance of the textbook, without a held slope."""
    observed = fluctuated(spectra_of([falling("exponential", 40, 3000.0, 2.0)]), 5)
    # so steep a spectrum that no slope is near rising
    steep = fluctuated(spectra_of([falling("exponential", 40, 20000.0, 100.0)]), 5)
    settings = ProcessSettings(mask_above=np.inf, lengths=(10.0,), heights=(0.3,))
    for spectra, tolerance in ((steep, 0.02), (observed, 1.0)):
        fit = fit_process(spectra, settings)
        assert fit is not None
        relative = fit.modes / fit.expected[:, None]
        said = np.diag(relative.T @ (fit.expected[:, None] * relative))
        covariance = (relative / (1 + said)) @ relative.T
        place = np.arange(40)
        kernel = 0.3**2 * np.exp(-0.5 * ((place[:, None] - place) / 10.0) ** 2)
        # a function of two parameters or more is free besides
        line = np.stack([np.ones(40), place / 20 - 1], axis=1)
        kernel = kernel + 1e3 * line @ line.T
        textbook = kernel - kernel @ np.linalg.solve(kernel + np.diag(1 / fit.expected), kernel)
        ratio = np.sqrt(np.diag(covariance) / np.diag(textbook))
        assert np.all(ratio < 1 + tolerance)
        if tolerance < 1:
            assert np.all(ratio > 0.9)


def test_it_is_too_stiff_for_a_signal() -> None:
    truth = spectra_of([falling("exponential", 60, 2000.0, 20.0)])
    peak, centre = with_signal(truth, truth, 8.0, 1)
    found = estimate(peak, ProcessSettings(mask_above=np.inf, least_goodness=0.0))
    at = int(centre[0])
    excess = (peak.counts - truth.counts)[at - 2 : at + 3].sum()
    followed = (found.expected - truth.counts)[at - 2 : at + 3].sum()
    assert followed < 0.45 * excess
    window = estimate(peak)
    assert abs((window.expected - truth.counts)[at - 2 : at + 3].sum()) < 0.15 * excess


def test_gaps_weights_and_lengths() -> None:
    truth = falling("exponential", 60, 2000.0, 20.0)
    edges = 100.0 + 10.0 * np.arange(61)
    keep = np.r_[0:25, 32:60]
    gap = Spectra(
        ["gap"],
        np.array([0, len(keep)]),
        edges[:-1][keep],
        edges[1:][keep],
        truth[keep],
        truth[keep].copy(),
    )
    found = estimate(gap)
    assert found.reasons == [""]
    np.testing.assert_allclose(found.expected, truth[keep], rtol=0.01)
    weighted = gap.with_counts(0.2 * gap.counts, 0.04 * gap.counts)
    scaled = estimate(weighted)
    np.testing.assert_allclose(scaled.expected, 0.2 * found.expected, rtol=1e-4)
    fit = fit_process(gap, ProcessSettings())
    assert fit is not None
    assert fit.length >= LEAST_LENGTH


def test_what_cannot_be_described_has_a_reason_and_no_background() -> None:
    rising = falling("exponential", 60, 1e5, 50.0)
    rising[30:] = rising[30:] * 3
    found = estimate(spectra_of([rising, np.zeros(40), np.full(3, 100.0)]))
    assert found.reasons[0].startswith("no falling Gaussian process describes it")
    assert found.reasons[1:] == [
        "all bins are empty",
        "known bins: 3; a background needs at least 5",
    ]
    assert np.isnan(found.expected).all()
    assert found.models == [""] * 3


def test_linear_significances_agree_with_the_exact_ones_for_many_events() -> None:
    observed = fluctuated(many(14, 30), 31)
    found = estimate(observed)
    exact = significances(observed)
    linear = linear_significances(observed, found)
    many_events = found.expected > 1000
    np.testing.assert_allclose(linear[many_events], exact[many_events], atol=0.2)
