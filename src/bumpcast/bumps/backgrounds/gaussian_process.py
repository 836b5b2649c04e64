"""Backgrounds that are smooth and fall, of no chosen form: a Gaussian process for the log-rate.

The logarithm of the rate is that of a simple function, whose parameters stay free, plus a Gaussian
process with the kernel a^2 exp(-d^2 / (2 l^2)), d the distance in bins: since bins follow the
resolution, l is a length in units of the resolution. It may not be shorter than `LEAST_LENGTH`
bins, so that the process cannot follow a signal (M. Frate et al., arXiv:1709.05681, whose process
has a function as its mean, too, and a longer length than signals). Height a and length l are those
of the largest marginal likelihood, in Laplace's approximation for Poisson counts (C. Rasmussen and
C. Williams, Gaussian Processes for Machine Learning, section 3.4).

From the largest bin onward the rate must not rise: for each pair of neighbours there is a factor
Phi(-(f_i+1 - f_i) / nu) in the likelihood, as if the sign of the slope had been observed there
(J. Riihimaeki and A. Vehtari, AISTATS 2010). Its logarithm is concave, so that the best rate is
still the only one.

All this is done in coordinates s of the process with a standard normal prior, f = basis @ s: the
eigenvectors of the kernel that matter, scaled, and the changes by the function's parameters. What
the estimate hands on are modes of the same kind: with prior and slopes taken as the normal
distribution that they are near the best rate, modes are the directions in which it is standard
normal and the counts' say is diagonal, ordered by it; those of which the counts say nothing are
left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bumpcast.bumps.backgrounds.condition import reasons_against
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.process_fit import (
    MOST_MODES,
    ProcessFit,
    ProcessSettings,
    fit_process,
)
from bumpcast.bumps.backgrounds.spurious import largest_spurious
from bumpcast.bumps.spectra import Spectra


def estimate(spectra: Spectra, settings: ProcessSettings | None = None) -> BackgroundEstimate:
    """Describe every spectrum by a Gaussian process that is smooth and falls.

    Args:
        spectra: The spectra.
        settings: How; absent: the defaults.
    """
    chosen = settings or ProcessSettings()
    reasons = reasons_against(spectra, 2)
    histograms = len(spectra)
    expected = np.full(len(spectra.counts), np.nan)
    modes = np.zeros((len(spectra.counts), MOST_MODES))
    precisions, centres = np.zeros((histograms, MOST_MODES)), np.zeros((histograms, MOST_MODES))
    models = [""] * histograms
    goodness, spurious = np.full(histograms, np.nan), np.full(histograms, np.nan)
    for h in range(histograms):
        if reasons[h]:
            continue
        one = spectra.some([h])
        fit = fit_process(one, chosen)
        if fit is None:
            reasons[h] = "no Gaussian process could be fitted"
            continue
        goodness[h] = fit.goodness
        if fit.goodness < chosen.least_goodness:
            reasons[h] = f"no falling Gaussian process describes it (p = {fit.goodness:.2g})"
            continue
        spurious[h] = _spurious(one, fit, chosen.mask_widths)
        bins = spectra.slice_of(h)
        number = fit.modes.shape[1]
        expected[bins], modes[bins, :number] = fit.expected, fit.modes
        precisions[h, :number], centres[h, :number] = 1.0, fit.centres
        models[h] = f"Gaussian process of {fit.length:.0f} bins and height {fit.height:.2g}"
    used = int(np.max(np.count_nonzero(precisions, axis=1), initial=0))
    return BackgroundEstimate(
        expected,
        np.where(np.isfinite(expected), 0.0, np.nan),
        modes[:, :used],
        precisions[:, :used],
        centres[:, :used],
        models,
        reasons,
        spurious,
        goodness,
    )


def _spurious(spectrum: Spectra, fit: ProcessFit, widths: Sequence[float]) -> float:
    """Return the largest significance that a smooth function's expectation has for the process."""
    truth = spectrum.with_counts(fit.rival, fit.rival * spectrum.event_weight)
    background = fit.as_estimate()
    return float(largest_spurious(truth, background, widths)[0])
