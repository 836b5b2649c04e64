"""What a scan's simulated backgrounds lead to expect, in the bins that would be searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds import automatic
from bumpcast.bumps.injection import InjectionError
from bumpcast.bumps.spectra import Floats, Spectra
from bumpcast.compiled import compiled
from bumpcast.errors import did_you_mean
from bumpcast.massscan.results.keep import KeepRule, SearchRanges
from bumpcast.massscan.results.results import Results

Truth = Literal["smooth", "simulation"]

ENOUGH: Final = 25.0
"""Effective simulated events that the weight of an event is read off: it is known to a fifth."""


CLEAREST: Final = 50
"""Of so many histograms the background is looked for, where it is not said which."""


@dataclass(frozen=True, eq=False)
class Expectation:
    """What is expected without a signal, for the spectra where that can be said.

    Attributes:
        results: The results of the scan.
        spectra: The bins, and the sum of the simulated backgrounds in them.
        background: Expected events, shape (bins,).
        exposure: How many times the run's own luminosity there is.
    """

    results: Results
    spectra: Spectra
    background: Floats
    exposure: float
    _places: npt.NDArray[np.int64]
    _ranges: SearchRanges

    def of_dataset(self, dataset: str) -> Floats:
        """Return what a data set leaves in the same bins, shape (bins,).

        Args:
            dataset: A data set of the scan.

        Raises:
            UnknownHistogramError: There is no such data set.
        """
        found = self.results.searched(self._places, dataset, self._ranges)
        return found.values * self.exposure


def expectation(
    results: Results,
    truth: Truth = "smooth",
    *,
    luminosity_fb: float | None = None,
    histograms: tuple[str, ...] = (),
    signal: str | None = None,
) -> Expectation:
    """Return what the simulated backgrounds of a scan lead to expect.

    The range of a histogram is the one that would be searched of data: from the largest expectation
    to the first bin in which less is expected than the rule of the results asks for.

    Args:
        results: The results of a scan.
        truth: 'simulation': the sum of the simulated backgrounds as it is, with its own
            fluctuations, which look like signals where few events were simulated; 'smooth': the
            function that describes that sum, or a Gaussian process where none does.
        luminosity_fb: Of the data in fb^-1; absent: the run's own.
        histograms: Names of those that are wanted; none: all that would be kept.
        signal: A data set; where no histograms are named, only the `CLEAREST` ones in which it
            stands out most of the simulated events are looked at, since each takes a fit.

    Raises:
        InjectionError: The results hold no simulated background, or are not scaled to a luminosity;
            or a histogram that is wanted would not be searched.
    """
    kinds = results.analysis.datasets
    names = [name for name in results.datasets if kinds[name].kind == "background"]
    if not names:
        msg = (
            f"{results.path}: a signal is added to simulated backgrounds, and there is no data "
            f"set of kind 'background'"
        )
        raise InjectionError(msg)
    exposure = _exposure(results, luminosity_fb)
    ranges = results.ranges_expected(names, exposure)
    filled = results.table["name"].to_numpy()
    reasons = ranges.reasons(results.keep)
    if histograms:
        places = np.array([_place(name, filled, reasons) for name in histograms], np.int64)
    else:
        places = np.flatnonzero(reasons == "")
        if signal is not None and len(places) > CLEAREST:
            places = _clearest(results, places, ranges, names, signal)
    parts = [results.searched(places, name, ranges) for name in names]
    first = parts[0]
    counts = np.sum([part.values for part in parts], axis=0) * exposure
    variances = np.sum([part.variances for part in parts], axis=0) * exposure**2
    table = results.table["name"].to_numpy()[places].tolist()
    simulated = Spectra(table, first.offsets, first.low, first.high, counts, variances)
    background = np.maximum(counts, 0.0)
    why = [""] * len(simulated)
    if truth == "smooth":
        estimate = automatic.estimate(with_local_weights(simulated))
        background, why = estimate.expected, list(estimate.reasons)
        ranges = _shortened(ranges, places, simulated, background, results.keep)
        inside = _first_bins(simulated, ranges.bins[places])
        simulated, background = _cut(simulated, inside), background[inside]
    known = np.bincount(simulated.histogram_of_bin, background > 0, minlength=len(simulated)) > 0
    reasons = ranges.reasons(results.keep)[places]
    usable = known & (reasons == "")
    if histograms and not usable.all():
        number = int(np.flatnonzero(~usable)[0])
        told = why[number] or f"{reasons[number] or 'nothing'} are expected without a signal"
        msg = f"{table[number]}: {told}: no pseudo-data can be drawn"
        raise InjectionError(msg)
    whole = np.repeat(usable, simulated.bins)
    some = np.flatnonzero(usable)
    return Expectation(
        results, simulated.some(some), background[whole], exposure, places[some], ranges
    )


def _clearest(
    results: Results,
    places: npt.NDArray[np.int64],
    ranges: SearchRanges,
    backgrounds: Sequence[str],
    signal: str,
) -> npt.NDArray[np.int64]:
    """Return the histograms of which a data set stands out most, in the order of the table.

    What counts is the sum over bins of s^2 / (s + b), as in `Results.clearness`.
    """
    found = results.searched(places, signal, ranges)
    parts = [results.searched(places, name, ranges).values for name in backgrounds]
    total = found.values + np.sum(parts, axis=0)
    squares = np.divide(found.values**2, total, out=np.zeros(len(total)), where=total > 0)
    of = np.repeat(np.arange(len(places)), np.diff(found.offsets))
    score = np.bincount(of, squares, minlength=len(places))
    return places[np.sort(np.argsort(-score, kind="stable")[:CLEAREST])]


def _place(name: str, filled: npt.NDArray[np.object_], reasons: npt.NDArray[np.object_]) -> int:
    found = np.flatnonzero(filled == name)
    if not len(found):
        close = did_you_mean(name, filled[reasons == ""].tolist())
        msg = f"no event filled {name!r}. {close}"
        raise InjectionError(msg)
    place = int(found[0])
    if reasons[place]:
        msg = f"{name} would not be searched: {reasons[place]} are expected without a signal"
        raise InjectionError(msg)
    return place


def _shortened(
    ranges: SearchRanges,
    places: npt.NDArray[np.int64],
    simulated: Spectra,
    background: Floats,
    rule: KeepRule,
) -> SearchRanges:
    """Return ranges that end where a smooth background falls below what the rule asks for.

    Where no background is known, no bin is left.
    """
    enough = background >= max(rule.min_events_per_bin, 0)
    bins, events = ranges.bins.copy(), ranges.range_entries.copy()
    for number, place in enumerate(places.tolist()):
        own = simulated.slice_of(number)
        ends = np.flatnonzero(~enough[own])
        bins[place] = ends[0] if len(ends) else bins[place]
        left = background[own][: bins[place]]
        events[place] = round(float(left.sum()))
    return SearchRanges(ranges.entries, ranges.first, bins, events)


def _first_bins(simulated: Spectra, bins: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which bins are among the first ones of each spectrum."""
    place = np.arange(len(simulated.counts)) - np.repeat(simulated.offsets[:-1], simulated.bins)
    first: npt.NDArray[np.bool_] = place < np.repeat(bins, simulated.bins)
    return first


def _cut(simulated: Spectra, inside: npt.NDArray[np.bool_]) -> Spectra:
    """Return spectra of some of their bins."""
    bins = np.bincount(simulated.histogram_of_bin, inside, minlength=len(simulated))
    return Spectra(
        simulated.names,
        np.concatenate([np.zeros(1, np.int64), np.cumsum(bins.astype(np.int64))]),
        simulated.low[inside],
        simulated.high[inside],
        simulated.counts[inside],
        simulated.variances[inside],
    )


def with_local_weights(simulated: Spectra) -> Spectra:
    """Return spectra whose events weigh as much as those of the bins around.

    Where events of very different weights are added up, such as those of slices, a bin's own events
    say little of how uncertain it is: one rare event of a large weight makes it both high and
    uncertain, and none of them low and certain. A fit would follow the bins that it missed.

    Args:
        simulated: Sums of weights and of squared weights.

    Returns:
        The same counts, with the variances that they have if events around a bin weigh the same.
    """
    weight = _local_weights(simulated.offsets, simulated.counts, simulated.variances, ENOUGH)
    return simulated.with_counts(simulated.counts, np.maximum(simulated.counts, 0.0) * weight)


@compiled
def _local_weights(offsets, counts, variances, enough):  # type: ignore[no-untyped-def]
    """Return the mean weight of an event in as many bins around each as hold enough of them."""
    weights = np.ones(len(counts))
    for histogram in range(len(offsets) - 1):
        start, stop = offsets[histogram], offsets[histogram + 1]
        bins = stop - start
        upto, upto_squares = np.zeros(bins + 1), np.zeros(bins + 1)
        upto[1:] = np.cumsum(counts[start:stop])
        upto_squares[1:] = np.cumsum(variances[start:stop])
        for bin_ in range(bins):
            reach = 0
            while True:
                low, high = max(bin_ - reach, 0), min(bin_ + reach + 1, bins)
                total = upto[high] - upto[low]
                square = upto_squares[high] - upto_squares[low]
                if total > 0 and square > 0:
                    weights[start + bin_] = square / total
                if (square > 0 and total * total >= enough * square) or high - low == bins:
                    break
                reach += 1
    return weights


def _exposure(results: Results, luminosity_fb: float | None) -> float:
    if luminosity_fb is None:
        return 1.0
    normalisation = results.analysis.normalisation
    if normalisation.mode != "luminosity" or normalisation.luminosity_fb is None:
        msg = (
            f"{results.path}: simulated events are not scaled to a luminosity "
            f"(normalisation.mode '{normalisation.mode}'), so that no other one can be asked for"
        )
        raise InjectionError(msg)
    return luminosity_fb / normalisation.luminosity_fb
