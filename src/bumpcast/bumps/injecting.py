"""From the results of a scan to a signal in pseudo-data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds import functions
from bumpcast.bumps.injection import Injection, InjectionError
from bumpcast.bumps.methods import Method
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.scanned import searched_spectra, spectra_of_dataset
from bumpcast.bumps.spectra import Floats, Spectra
from bumpcast.errors import did_you_mean
from bumpcast.massscan.results.results import Results

Truth = Literal["smooth", "simulation"]


@dataclass(frozen=True, slots=True)
class SignalUnit:
    """What a signal of strength 1 is.

    Attributes:
        name: What strengths are numbers of: 'pb' or 'produced events'.
        default: The strength that the data set has in the results.
    """

    name: str
    default: float


def background_truth(
    results: Results, truth: Truth
) -> tuple[Spectra, Floats, npt.NDArray[np.int64]]:
    """Return what is expected without a signal, for the spectra where that can be said.

    Args:
        results: The results of a scan.
        truth: 'simulation': the sum of the simulated backgrounds as it is, with its own
            fluctuations, which look like signals where few events were simulated; 'smooth': the
            function that describes that sum.

    Returns:
        The spectra with the background in them, what is expected in each bin, and the spectra's
        numbers among those that are searched.

    Raises:
        InjectionError: The results hold no simulated background.
    """
    searched = searched_spectra(results)
    kinds = results.analysis.datasets
    names = [name for name in results.datasets if kinds[name].kind == "background"]
    if not names:
        msg = (
            f"{results.path}: a signal is added to simulated backgrounds, and there is no data "
            f"set of kind 'background'"
        )
        raise InjectionError(msg)
    parts = [spectra_of_dataset(results, name) for name in names]
    counts = np.sum([part.counts for part in parts], axis=0)
    variances = np.sum([part.variances for part in parts], axis=0)
    simulated = searched.with_counts(counts, variances)
    expected = np.maximum(counts, 0.0)
    usable = np.bincount(simulated.histogram_of_bin, counts > 0, minlength=len(searched)) > 0
    if truth == "smooth":
        estimate = functions.estimate(simulated)
        expected = estimate.expected
        finite = np.isfinite(expected).astype(float)
        known = np.bincount(simulated.histogram_of_bin, finite, minlength=len(searched))
        usable &= known == simulated.bins
    numbers = np.flatnonzero(usable)
    whole = np.repeat(usable, simulated.bins)
    return simulated.some(numbers), expected[whole], numbers


def signal_of_dataset(
    results: Results, dataset: str, numbers: npt.NDArray[np.int64]
) -> tuple[Floats, SignalUnit]:
    """Return what a data set leaves in spectra for a strength of 1, and what that is.

    Args:
        results: The results of a scan.
        dataset: A data set of the scan.
        numbers: Of the spectra among those that are searched.

    Raises:
        InjectionError: There is no such data set, or no event of it was read.
    """
    if dataset not in results.datasets:
        signals = [
            name for name in results.datasets if results.analysis.datasets[name].kind == "signal"
        ]
        close = did_you_mean(dataset, signals or results.datasets)
        msg = f"{results.path} has no data set {dataset!r}. {close}"
        raise InjectionError(msg)
    signal = spectra_of_dataset(results, dataset).some(numbers).counts
    config = results.analysis.datasets[dataset]
    normalisation = results.analysis.normalisation
    if normalisation.mode == "raw" or config.kind == "data":
        used = float(results.cutflow["used"].loc[dataset])
        if not used:
            msg = f"{results.path}: no event of {dataset} was used"
            raise InjectionError(msg)
        return signal / used, SignalUnit("produced events", used)
    cross_section = config.effective_cross_section_pb
    if not cross_section:
        msg = f"datasets.{dataset}: a cross-section is needed to scale it"
        raise InjectionError(msg)
    return signal / cross_section, SignalUnit("pb", cross_section)


def most_sensitive(
    injection: Injection, strength: float, method: Method, *, skip: float, most: int
) -> npt.NDArray[np.int64]:
    """Return the spectra in which a search sees most of a signal, the best first.

    What counts is the significance that the search finds in the expected counts: a signal as broad
    as the spectrum adds many events and no bump.

    Args:
        injection: Background and signal.
        strength: Of the signal.
        method: Of the search.
        skip: Share of each spectrum's first bins in which nothing is looked for.
        most: How many spectra at the most.

    Raises:
        InjectionError: It is in none of them.
    """
    counts = injection.background + strength * injection.signal
    reading = method.read(injection.spectra.with_counts(counts))
    z = largest(injection.spectra.offsets, reading.z, skip).z
    order = np.argsort(-np.nan_to_num(z, nan=-np.inf), kind="stable")
    chosen = order[np.nan_to_num(z[order], nan=0.0) > 0][:most]
    if not len(chosen):
        msg = "the signal leaves no events in any histogram that is searched"
        raise InjectionError(msg)
    return chosen
