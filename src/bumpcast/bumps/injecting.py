"""From the results of a scan to a signal in pseudo-data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.expectation import Expectation
from bumpcast.bumps.injection import Injection, InjectionError
from bumpcast.bumps.methods import Method
from bumpcast.bumps.peaks import largest
from bumpcast.bumps.spectra import Floats
from bumpcast.errors import did_you_mean


@dataclass(frozen=True, slots=True)
class SignalUnit:
    """What a signal of strength 1 is.

    Attributes:
        name: What strengths are numbers of: 'pb' or 'produced events'.
        default: The strength that the data set has in the results.
    """

    name: str
    default: float


def signal_of_dataset(expected: Expectation, dataset: str) -> tuple[Floats, SignalUnit]:
    """Return what a data set leaves in spectra for a strength of 1, and what that is.

    Args:
        expected: What is expected without it.
        dataset: A data set of the scan.

    Raises:
        InjectionError: There is no such data set, or no event of it was read.
    """
    results = expected.results
    if dataset not in results.datasets:
        signals = [
            name for name in results.datasets if results.analysis.datasets[name].kind == "signal"
        ]
        close = did_you_mean(dataset, signals or results.datasets)
        msg = f"{results.path} has no data set {dataset!r}. {close}"
        raise InjectionError(msg)
    signal = expected.of_dataset(dataset)
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
    injection: Injection, strength: float, method: Method, *, most: int
) -> npt.NDArray[np.int64]:
    """Return the spectra in which a search sees most of a signal, the best first.

    What counts is the significance that the search finds in the expected counts: a signal as broad
    as the spectrum adds many events and no bump.

    Args:
        injection: Background and signal.
        strength: Of the signal.
        method: Of the search.
        most: How many spectra at the most.

    Raises:
        InjectionError: It is in none of them.
    """
    counts = injection.background + strength * injection.signal
    reading = method.read(injection.spectra.with_counts(counts))
    z = largest(injection.spectra.offsets, reading.z, injection.skip).z
    order = np.argsort(-np.nan_to_num(z, nan=-np.inf), kind="stable")
    chosen = order[np.nan_to_num(z[order], nan=0.0) > 0][:most]
    if not len(chosen):
        msg = "the signal leaves no events in any histogram that is searched"
        raise InjectionError(msg)
    return chosen
