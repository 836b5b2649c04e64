"""The exact likelihood that knows the background's function, but not its parameters.

It stands between the one that knows the background and a search that has to choose a function, and
says how much of what such a search misses is lost by the choice.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bumpcast.bumps.backgrounds import automatic
from bumpcast.bumps.choices import SearchChoices
from bumpcast.bumps.efficiency import EfficiencyPoint
from bumpcast.bumps.expectation import expectation
from bumpcast.bumps.injecting import signal_of_dataset
from bumpcast.bumps.injection import Injection, gaussian_signal, try_injection
from bumpcast.bumps.methods import Given, LikelihoodMethod
from bumpcast.massscan.results.results import Results


def shape_known(
    results: Results,
    histogram: str,
    *,
    luminosity_fb: float,
    significance: float,
    trials: int,
    threshold: float,
    signal: str | None = None,
    mass_GeV: float = 0.0,
    width_bins: float = 1.0,
) -> EfficiencyPoint:
    """Search pseudo-data with the function that they were drawn from, its parameters free.

    Args:
        results: Of the scan.
        histogram: Name of the spectrum.
        luminosity_fb: Of the pseudo-data.
        significance: Of the exact likelihood with a known background.
        trials: Pseudo-data.
        threshold: Least significance of a signal that is found.
        signal: A data set; None: a Gaussian.
        mass_GeV: Of the Gaussian.
        width_bins: Its standard deviation.

    Raises:
        InjectionError: The signal cannot be added, or the histogram is not searched.
    """
    choices = SearchChoices.of(results.analysis.bumps)
    without = expectation(results, luminosity_fb=luminosity_fb, histograms=(histogram,))
    spectra, background = without.spectra, without.background
    if signal is not None:
        shape = signal_of_dataset(without, signal)[0]
    else:
        shape = gaussian_signal(spectra, 0, mass_GeV, width_bins)
    injection = Injection(spectra, background, shape, choices.widths, choices.skip)
    strength = injection.strength_of(significance, 0)
    # The expected counts without fluctuations are described by the very function that they follow.
    estimate = automatic.estimate(spectra.with_counts(background))
    exact = replace(estimate, expected=background)
    method = LikelihoodMethod(
        Given(exact.of(spectra.offsets, np.zeros(trials, np.int64))), choices.widths
    )
    tried = try_injection(injection, strength, method, trials=trials, seed=choices.seed)
    found = float(tried.found(threshold).mean())
    return EfficiencyPoint(
        histogram=histogram,
        strength=strength * (1.0 if signal is not None else float(shape.sum())),
        expected_z=float(tried.expected[0]),
        expected_mass_GeV=float(spectra.centres[tried.place[0]]),
        found=found,
        found_error=float(np.sqrt(found * (1 - found) / trials)),
        placed=float(tried.found(-np.inf).mean()),
        median_z=float(np.nanmedian(tried.z)),
        median_mass_GeV=float(np.nanmedian(tried.mass_GeV)),
    )
