"""How often background alone has so large a significance anywhere in a histogram."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, kstest, norm
from spectra_for_tests import falling, known

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.look_elsewhere import ToySettings, histogram_probabilities
from bumpcast.bumps.methods import Given, LikelihoodMethod
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Spectra


def probabilities(spectra: Spectra, background: BackgroundEstimate, **more: float) -> np.ndarray:
    settings = ToySettings(**{"most": 300, **more})
    method = LikelihoodMethod(Given(background), (1.0,))
    z = largest(spectra.offsets, method.read(spectra).z, settings.skip).z
    return histogram_probabilities(method, spectra, background, z, settings)


def test_probabilities_of_background_are_uniform():
    p = probabilities(*falling(400, bins=30))
    assert kstest(p, "uniform").pvalue > 0.01
    # Drawing ends with a whole number of pseudo-data, and yet no value comes twice.
    assert len(np.unique(p)) == len(p)
    assert np.mean(p < 0.05) == pytest.approx(0.05, abs=0.03)
    assert p.max() <= 1


def test_with_free_modes_and_uncertain_bins_they_are_uniform_too():
    spectra, background = falling(150, bins=24, seed=3)
    random = np.random.default_rng(4)
    sigma = 0.05 * background.expected
    counts = random.poisson(random.normal(background.expected, sigma)).astype(float)
    x = np.tile(np.linspace(-1, 1, 24), 150)
    modes = background.expected[:, None] * np.column_stack([np.ones_like(x), x])
    none = np.zeros((150, 2))
    uncertain = BackgroundEstimate(
        background.expected,
        sigma,
        modes,
        none,
        none,
        background.models,
        background.reasons,
        background.spurious,
    )
    p = probabilities(spectra.with_counts(counts), uncertain, most=100)
    assert np.mean(p < 0.1) == pytest.approx(0.1, abs=0.07)
    assert np.median(p) == pytest.approx(0.5, abs=0.12)


def test_it_is_the_same_however_histograms_are_grouped():
    spectra, background = falling(6)
    together = probabilities(spectra, background)
    alone = [
        probabilities(spectra.some([k]), background.of(spectra.offsets, np.array([k])))
        for k in range(6)
    ]
    assert np.array_equal(together, np.concatenate(alone))
    assert not np.array_equal(together, probabilities(spectra, background, seed=2))


def test_beyond_the_toys_the_tail_is_that_of_upcrossings():
    spectra, background = falling(1, bins=40)
    method = LikelihoodMethod(Given(background), (1.0,))
    settings = ToySettings(most=1000)
    low, high = (
        histogram_probabilities(method, spectra, background, np.array([z]), settings)[0]
        for z in (3.0, 5.0)
    )
    # Of 40 bins, one and a half of which are one signal's, about 40 are independent places.
    assert norm.sf(3) * 10 < low < norm.sf(3) * 40
    assert norm.sf(5) * 8 < high < norm.sf(5) * 80


def test_what_has_no_significance_has_no_probability():
    spectra, background = falling(2)
    method = LikelihoodMethod(Given(background), (1.0,))
    z = np.array([np.nan, 1.0])
    p = histogram_probabilities(method, spectra, background, z, ToySettings(most=40))
    assert np.isnan(p[0])
    assert np.isfinite(p[1])
    none = histogram_probabilities(method, spectra, background, z, ToySettings(most=0))
    assert np.isnan(none).all()


def test_the_first_bins_are_left_out_of_toys_too():
    spectra, background = falling(1, bins=40)
    method = LikelihoodMethod(Given(background), (1.0,))
    z = np.array([2.5])
    whole = histogram_probabilities(method, spectra, background, z, ToySettings(enough=100))
    half = histogram_probabilities(
        method, spectra, background, z, ToySettings(enough=100, skip=0.5)
    )
    assert half[0] == pytest.approx(0.5 * whole[0], rel=0.4)


def test_weights_are_drawn_as_events():
    spectra, background = falling(3)
    scaled = spectra.with_counts(0.2 * spectra.counts, 0.04 * spectra.counts)
    p = probabilities(scaled, known(0.2 * background.expected, 3))
    assert p == pytest.approx(probabilities(spectra, background))


def test_a_background_of_few_simulated_events_has_uniform_probabilities():
    """In one bin the probability is that of the exact binomial test of both numbers."""
    random = np.random.default_rng(3)
    number, mean = 2000, 6.0
    simulated = random.poisson(mean, number).astype(float)
    counts = random.poisson(mean, number).astype(float)
    usable = simulated > 0
    simulated, counts = simulated[usable], counts[usable]
    low = np.full(len(counts), 10.0)
    names = [f"h{k}" for k in range(len(counts))]
    spectra = Spectra(names, np.arange(len(counts) + 1), low, low + 1, counts, counts)
    background = BackgroundEstimate.without_modes(
        simulated, np.sqrt(simulated), [""] * len(counts), [""] * len(counts)
    )
    p = probabilities(spectra, background, most=400)
    exact = binom.sf(counts - 1, counts + simulated, 0.5)
    # Ten pseudo-data as significant as the data say p to a third.
    assert np.sqrt(np.mean((p - exact) ** 2)) < 0.15
    assert np.mean(p - exact) == pytest.approx(0.0, abs=0.02)
    assert np.mean(p < 0.1) < 0.11
