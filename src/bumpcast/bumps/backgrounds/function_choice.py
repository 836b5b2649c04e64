"""Which function is the background of a spectrum that may hold a signal.

Each function with a signal anywhere, and each without one, is a description of the spectrum; the
best is that of the least deviance and price of its parameters. A signal is as significant as the
best description with it is better than the best one without, which may be another function: an
order that is not needed but to follow a peak is not taken, and where a function that bends
describes what a stiff one needs a signal for, the signal is worth no more than the difference
(discrete profiling: P. Dauncey et al., arXiv:1408.6865).

The background is the function of the best description with a signal where that signal is a
significant one, and that of the best one without it elsewhere. The former is fitted once more
without the window of the excess (G. Choudalakis, arXiv:1101.0390, section 2.1.1).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import Alternative, BackgroundEstimate
from bumpcast.bumps.backgrounds.fitted_functions import (
    FittedFunctions,
    FunctionSettings,
    fit_functions,
)
from bumpcast.bumps.backgrounds.goodness import goodness_of_fit
from bumpcast.bumps.backgrounds.peak_or_shape import goodness_with_signal, with_signal
from bumpcast.bumps.backgrounds.signal_gains import gains_of_signals, larger_of_two
from bumpcast.bumps.backgrounds.window import window_of_excess
from bumpcast.bumps.spectra import Spectra, bins_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

SIGNAL_ABOVE: Final = 3.0
"""An excess of a larger significance may be a signal: it is no part of the background."""

_RIVAL: Final = 10.0
"""Another family describes a spectrum about as well if it costs more by less."""


@dataclass(frozen=True, slots=True, eq=False)
class ChosenFunctions:
    """The function that was chosen for each spectrum.

    Attributes:
        expected: Shape (bins,); NaN where no fit succeeded.
        modes: Shape (bins, terms).
        family: Which of the families, shape (histograms,); -1: none.
        order: Parameters beside the normalisation, shape (histograms,).
        goodness: p-value of the description, shape (histograms,).
        rival: What the next best family expects, or, where none is about as good, the next order of
            the same; shape (bins,), NaN where there is none.
        alternative: The other best description of some spectra; None: there is none.
    """

    expected: Floats
    modes: Floats
    family: Numbers
    order: Numbers
    goodness: Floats
    rival: Floats
    alternative: Alternative | None

    def as_estimate(self) -> BackgroundEstimate:
        """Return the functions as a background, with all parameters free."""
        return BackgroundEstimate.of_free(self.expected, self.modes, len(self.family))


def fit_and_choose(
    spectra: Spectra, settings: FunctionSettings, fitted: Bools | None = None
) -> ChosenFunctions:
    """Fit all families and orders, and choose one for each histogram.

    Args:
        spectra: As for `fit_functions`.
        settings: How.
        fitted: Which bins are looked at, shape (bins,); absent: all that are known. Only where
            no signal is allowed for may these be others than all that are known.
    """
    looked_at = np.isfinite(spectra.counts) if fitted is None else fitted
    every = fit_functions(spectra, settings, looked_at)
    plain = every.cheapest_without()
    gains, of_plain = gains_of_signals(every, plain, settings.signals)
    cheapest = every.cheapest(gains)
    best, gain = larger_of_two(every, plain, of_plain, cheapest, gains, settings.signals)
    holds_signal = gain > SIGNAL_ABOVE**2
    chosen = np.where(holds_signal, best, plain)
    expected, modes = every.evaluate(chosen)
    window = _window(spectra, settings, expected, modes, holds_signal)
    _fit_without(every, settings, looked_at, window, chosen, expected, modes)
    return ChosenFunctions(
        expected,
        modes,
        np.where(chosen >= 0, every.family[chosen], -1),
        np.where(chosen >= 0, every.orders[chosen], -1),
        _goodness(every, settings, looked_at, window, plain, expected, modes),
        _rival(every, chosen, np.where(holds_signal[:, None], gains, 0.0)),
        _alternative(every, chosen, np.where(holds_signal, plain, best)),
    )


def _window(
    spectra: Spectra,
    settings: FunctionSettings,
    expected: Floats,
    modes: Floats,
    holds_signal: Bools,
) -> Bools:
    """Return the bins of the excess of each spectrum that may be a signal."""
    if not holds_signal.any():
        return np.zeros(len(expected), np.bool_)
    background = BackgroundEstimate.of_free(expected, modes, len(spectra))
    window = window_of_excess(spectra, background, settings.signals, above=SIGNAL_ABOVE)
    found: Bools = window & holds_signal[spectra.histogram_of_bin]
    return found


def _fit_without(
    every: FittedFunctions,
    settings: FunctionSettings,
    fitted: Bools,
    window: Bools,
    chosen: Numbers,
    expected: Floats,
    modes: Floats,
) -> None:
    """Put fits without the window in the place of those with it, where there are any."""
    spectra = every.spectra
    masked = np.flatnonzero(np.bincount(spectra.histogram_of_bin, window, minlength=len(spectra)))
    for family in np.unique(every.family[chosen[masked]]).tolist():
        some = masked[every.family[chosen[masked]] == family]
        places, _ = bins_of(spectra.offsets, some)
        only = replace(settings, families=(settings.families[family],))
        again = fit_functions(spectra.some(some), only, (fitted & ~window)[places])
        wanted = every.place[chosen[some]]
        there = np.isfinite(again.costs[np.arange(len(some)), wanted])
        mean, changes = again.evaluate(np.where(there, wanted, -1))
        # Where nothing can be fitted without the window, the fit with it is what there is.
        better = np.isfinite(mean)
        expected[places[better]] = mean[better]
        modes[places[better]] = 0.0
        modes[places[better], : changes.shape[1]] = changes[better]


def _alternative(every: FittedFunctions, chosen: Numbers, other: Numbers) -> Alternative | None:
    """Return the other best description of the spectra that have two."""
    some = np.flatnonzero((other != chosen) & (other >= 0) & (chosen >= 0))
    if not len(some):
        return None
    expected, modes = every.evaluate(np.where(other != chosen, other, -1))
    places, _ = bins_of(every.spectra.offsets, some)
    price = every.deviances + every.price * every.parameters
    lead = price[some, chosen[some]] - price[some, other[some]]
    return Alternative(
        some, BackgroundEstimate.of_free(expected[places], modes[places], len(some)), lead
    )


def _goodness(
    every: FittedFunctions,
    settings: FunctionSettings,
    fitted: Bools,
    window: Bools,
    plain: Numbers,
    expected: Floats,
    modes: Floats,
) -> Floats:
    """Return the p-value of the better description of each spectrum: with a signal, or without."""
    spectra = every.spectra
    weight = spectra.event_weight
    of = spectra.histogram_of_bin

    def p_value(mean: Floats, bins: Bools, free: Numbers) -> Floats:
        there = np.where(np.isfinite(mean), mean, 0.0) / weight
        return goodness_of_fit(of, spectra.counts / weight, there, bins, free.astype(np.float64))

    goodness = p_value(every.evaluate(plain)[0], fitted, every.parameters[plain])
    masked = np.flatnonzero(np.bincount(of, window, minlength=len(spectra)))
    if not len(masked):
        return goodness
    free = np.array(
        [np.count_nonzero(np.any(modes[spectra.slice_of(h)], axis=0)) for h in masked.tolist()]
    )
    of_all = np.zeros(len(spectra), np.int64)
    of_all[masked] = free
    outside = p_value(expected, fitted & ~window, of_all)
    for h, parameters in zip(masked.tolist(), free.tolist(), strict=True):
        bins = spectra.slice_of(h)
        per_event = weight[bins]
        own = np.any(modes[bins] != 0, axis=0)
        counts = np.where(fitted[bins], spectra.counts[bins], 0.0) / per_event
        both, alone = with_signal(
            counts,
            expected[bins] / per_event,
            modes[bins][:, own] / per_event[:, None],
            fitted[bins],
            settings.signals,
        )
        with_it = goodness_with_signal(counts, both, alone, fitted[bins], parameters)
        goodness[h] = np.fmax(goodness[h], np.fmin(outside[h], with_it))
    return goodness


def _rival(every: FittedFunctions, chosen: Numbers, gains: Floats) -> Floats:
    """Return what the next best description of each spectrum expects."""
    rows = np.arange(len(chosen))
    mine = np.maximum(chosen, 0)
    costs = every.costs - gains
    least = costs[rows, mine]
    others = np.where(every.family == every.family[mine][:, None], np.inf, costs)
    second = np.argmin(others, axis=1)
    with np.errstate(invalid="ignore"):
        about_as_good = others[rows, second] - least < _RIVAL
    following = np.minimum(mine + 1, len(every.family) - 1)
    next_order = (every.family[following] == every.family[mine]) & (following > mine)
    next_order &= np.isfinite(every.deviances[rows, following])
    rival = np.where(about_as_good, second, np.where(next_order, following, -1))
    expected, _ = every.evaluate(np.where(chosen >= 0, rival, -1))
    return expected
