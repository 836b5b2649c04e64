"""Backgrounds of simulated events: the sum of the data sets of kind 'background'.

They are scaled as what is searched was. What is uncertain of them, bin by bin, is the statistical
error of the simulation, the root of the sum of squared weights.

Where a run has data, simulated and searched events are different ones. Where it has none, what is
searched is the sum of all simulated data sets, and the background's events are among them: in the
modes 'raw' and 'luminosity' the very same, in the mode 'pseudo-data' with the very numbers that
were drawn. Then the background's fluctuations are the same on both sides and cancel: nothing but
the signal's events can stick out. The error is kept all the same, since the expectation is known no
better than these events say: significances are those that a signal would have over a background
of which one has seen as many events as were simulated. They are too small, by up to the root of
two, for the events that are there, and never too large. Models say 'the same events' then.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds import functions
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.spurious import largest_spurious
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.scanned import spectra_of_dataset
from bumpcast.bumps.spectra import Spectra
from bumpcast.errors import BumpcastError
from bumpcast.massscan.results.results import Results

Floats = npt.NDArray[np.float64]

NONE_SEEN: Final = (0.5, 0.5**0.5)
"""Mean and standard deviation of the events that are expected where none was simulated, with the
prior of Jeffreys for a Poisson mean: a gamma distribution of shape 1/2."""


class SimulationError(BumpcastError):
    """The results hold no simulated background, or one that cannot be compared."""


def estimate(
    results: Results, spectra: Spectra, *, normalise: bool = False, test: bool = True
) -> BackgroundEstimate:
    """Return the sum of the simulated backgrounds of a scan.

    Args:
        results: The results of the scan.
        spectra: Its searched spectra, as `scanned.searched_spectra` returns them.
        normalise: Whether each background is scaled to the entries of its spectrum, and its
            normalisation is free.
        test: Whether spurious significances are found, which takes a fit a spectrum.

    Raises:
        SimulationError: There is no data set of kind 'background', or it is not scaled and data
            are searched.
    """
    kinds = {name: results.analysis.datasets[name].kind for name in results.datasets}
    names = [name for name, kind in kinds.items() if kind == "background"]
    if not names:
        msg = (
            f"{results.path}: there is no data set of kind 'background' whose events could be the "
            f"background: mark the simulated backgrounds in [datasets], or take another background"
        )
        raise SimulationError(msg)
    has_data = "data" in (dataset.kind for dataset in results.analysis.datasets.values())
    if has_data and results.analysis.normalisation.mode == "raw" and not normalise:
        msg = (
            f"{results.path}: simulated events are added up unscaled (normalisation.mode 'raw') "
            f"and cannot be compared with data: use the mode 'luminosity', or normalise each "
            f"background to its spectrum"
        )
        raise SimulationError(msg)
    parts = [spectra_of_dataset(results, name) for name in names]
    simulated = spectra.with_counts(
        np.sum([part.counts for part in parts], axis=0),
        np.sum([part.variances for part in parts], axis=0),
    )
    model = f"simulation ({len(names)} data set{'s' if len(names) > 1 else ''}"
    model += ")" if has_data else ", the same events)"
    return simulated_background(spectra, simulated, model, normalise=normalise, test=test)


def simulated_background(
    spectra: Spectra,
    simulated: Spectra,
    model: str = "simulation",
    *,
    normalise: bool = False,
    test: bool = True,
) -> BackgroundEstimate:
    """Return simulated spectra as the background of others with the same bins.

    Where no event was simulated, half an event of the larger weight of the nearest bins with events
    is expected, with an uncertainty of 0.71 of it (`NONE_SEEN`). A bin whose weights add up to
    less than nothing has no background.

    Args:
        spectra: What is searched.
        simulated: Sums of weights and of squared weights of the simulated events.
        model: What the background is called.
        normalise: As for `estimate`.
        test: As for `estimate`.
    """
    of, histograms = simulated.histogram_of_bin, len(simulated)
    filled = np.isfinite(simulated.counts) & (simulated.variances > 0)
    empty = (simulated.counts == 0) & (simulated.variances == 0)
    weight = _nearest_weight(simulated, filled & (simulated.counts > 0))
    mean, deviation = NONE_SEEN
    expected = np.where(filled & (simulated.counts > 0), simulated.counts, np.nan)
    expected[empty] = (mean * weight)[empty]
    uncertainty = np.sqrt(np.where(filled, simulated.variances, np.nan))
    uncertainty[empty] = (deviation * weight)[empty]
    uncertainty[np.isnan(expected)] = np.nan
    known = np.isfinite(expected)
    usable = np.bincount(of, filled & known, minlength=histograms) > 0
    model_of = [model] * histograms
    modes, none = np.zeros((len(of), 0)), np.zeros((histograms, 0))
    if normalise:
        seen = np.where(known & np.isfinite(spectra.counts), spectra.counts, 0.0)
        # Bins that are not compared must not count on the other side either.
        compared = np.where(known & np.isfinite(spectra.counts), expected, 0.0)
        observed = np.bincount(of, seen, minlength=histograms)
        total = np.bincount(of, compared, minlength=histograms)
        usable &= (observed > 0) & (total > 0)
        scale = np.where(usable, observed / np.where(total > 0, total, 1.0), np.nan)
        expected, uncertainty = expected * scale[of], uncertainty * scale[of]
        squares = np.bincount(of, np.nan_to_num(spectra.variances), minlength=histograms)
        relative = np.sqrt(squares) / np.where(observed > 0, observed, 1.0)
        modes = np.nan_to_num(expected * relative[of])[:, None]
        none = np.zeros((histograms, 1))
        model_of = [f"{model}, normalised by {factor:.3g}" for factor in scale.tolist()]
    lost = ~usable[of]
    expected[lost] = uncertainty[lost] = np.nan
    modes[lost] = 0.0
    background = BackgroundEstimate(
        expected,
        uncertainty,
        modes,
        none,
        none,
        [name if fine else "" for name, fine in zip(model_of, usable.tolist(), strict=True)],
        ["" if fine else "no event of the background was simulated" for fine in usable.tolist()],
        np.full(histograms, np.nan),
    )
    if not test:
        return background
    spurious = _spurious(simulated, background)
    return BackgroundEstimate(
        expected,
        uncertainty,
        modes,
        none,
        none,
        background.models,
        background.reasons,
        spurious,
    )


def _nearest_weight(simulated: Spectra, filled: npt.NDArray[np.bool_]) -> Floats:
    """Return the larger of the event weights of the nearest filled bins to the left and right."""
    weight = simulated.event_weight
    bins = np.arange(len(weight))
    of = simulated.histogram_of_bin
    before = np.maximum.accumulate(np.where(filled, bins, -1)) if len(bins) else bins
    after = np.minimum.accumulate(np.where(filled, bins, len(bins))[::-1])[::-1]
    largest = np.zeros(len(weight))
    for near in (before, after):
        there = (near >= 0) & (near < len(bins))
        place = np.where(there, near, 0)
        there &= of[place] == of if len(of) else there
        largest = np.where(there, np.maximum(largest, weight[place]), largest)
    return np.where(largest > 0, largest, np.nan)


def _spurious(simulated: Spectra, background: BackgroundEstimate) -> Floats:
    """Return the largest significance of the smooth function behind the simulated events.

    What the simulation's own fluctuations make: the truth is the function that describes them.
    """
    smooth = functions.estimate(simulated)
    # Truths are as high as the background, which may have been normalised.
    of, histograms = simulated.histogram_of_bin, len(simulated)
    known = np.isfinite(smooth.expected) & np.isfinite(background.expected)
    mine = np.bincount(of, np.where(known, background.expected, 0.0), minlength=histograms)
    its = np.bincount(of, np.where(known, smooth.expected, 0.0), minlength=histograms)
    scale = np.where(its > 0, mine / np.where(its > 0, its, 1.0), np.nan)
    truth = simulated.with_counts(smooth.expected * scale[of])
    return largest_spurious(truth, background, WIDTHS)
