"""Backgrounds of smooth functions that are fitted to the counts themselves.

Every order of every family is fitted, the order chosen within each family, and the family by
Akaike's criterion. Where the counts then stick out of the fit somewhere, the window around the
largest excess is left out and everything is fitted and chosen once more, so that no order is chosen
to follow a peak (G. Choudalakis, arXiv:1101.0390; ATLAS's dijet searches, arXiv:1407.1376). That
fit and a signal in the window must then describe the spectrum better than a function that is free
to bend, which is taken else (`peak_or_shape`). The parameters stay free when significances are
computed: they are the modes of the estimate. A function that rises behind its maximum is none: it
would follow a signal that is broad in a short spectrum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.condition import reasons_against
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.families import GeneralFamily, family_of, parameters_of
from bumpcast.bumps.backgrounds.goodness import goodness_of_fit
from bumpcast.bumps.backgrounds.linear_terms import LinearFits, fit_linear
from bumpcast.bumps.backgrounds.minuit import GeneralFits, fit_with_minuit
from bumpcast.bumps.backgrounds.order import Rule, choose_orders
from bumpcast.bumps.backgrounds.peak_or_shape import (
    SIGNAL_PARAMETERS,
    criterion,
    goodness_with_signal,
    with_signal,
)
from bumpcast.bumps.backgrounds.spurious import largest_of_each, linear_significances
from bumpcast.bumps.backgrounds.window import largest_excess
from bumpcast.bumps.spectra import Spectra, bins_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DEFAULT_FAMILIES: Final = ("exp-polynomial", "running-power", "polynomial", "log-polynomial")
MOST_ORDER: Final = 6
LEAST_GOODNESS: Final = 0.01
"""A description of a smaller p-value, outside the largest excess, is none."""

MASK_ABOVE: Final = 3.0
"""The window of the largest excess is left out where its significance is larger."""

BINS_PER_ORDER: Final = 10
"""What a function can follow is as long as its range over its order: no signal is so broad."""

BINS_PER_BEND: Final = 5
"""The same where a function is asked whether it describes a spectrum better than a peak does."""

MOST_RISE: Final = 1.0
"""A background may rise behind its maximum by what a fluctuation of the counts makes it to."""

_RIVAL: Final = 10.0
"""Another family describes a spectrum about as well if Akaike's criterion is larger by less."""

NOT_DESCRIBED: Final = "no function describes it"

_AT_ONCE: Final = 1000
"""So many histograms' terms are in memory at once."""


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """How functions are fitted and chosen.

    Attributes:
        families: Names of linear families that are tried.
        rule: How the order is chosen.
        least_order: No fewer parameters than this beside the normalisation.
        most_order: No more than this.
        bins_per_order: A spectrum of fewer bins than this, times the order, is not described by
            it: the function could follow a signal.
        energy_GeV: Energy of the collisions, which the family 'dijet' needs.
        mask_above: Significance of the largest excess above which its window is left out.
        mask_widths: Standard deviations in bins of the signals that may be that excess.
        most_rise: A function that rises behind its maximum is not taken for a background: not where
            the nearest falling rate describes its expectations worse by a deviance of more.
        least_goodness: No background where the fit's p-value is less.
    """

    families: Sequence[str] = DEFAULT_FAMILIES
    rule: Rule = "likelihood-ratio"
    least_order: int = 1
    most_order: int = MOST_ORDER
    bins_per_order: int = BINS_PER_ORDER
    energy_GeV: float | None = None
    mask_above: float = MASK_ABOVE
    mask_widths: tuple[float, ...] = (1.0, 2.0, 3.0)
    most_rise: float = MOST_RISE
    least_goodness: float = LEAST_GOODNESS


@dataclass(frozen=True, slots=True, eq=False)
class FittedFunctions:
    """The function that was chosen for each histogram.

    Attributes:
        expected: Shape (bins,); NaN where no fit succeeded.
        modes: Shape (bins, terms).
        family: Which of the families, shape (histograms,); -1: none.
        order: Parameters beside the normalisation, shape (histograms,).
        fitted: Which bins were looked at, shape (bins,).
        goodness: p-value of the fit in these bins, shape (histograms,).
        rival: What the next best family expects, or, where none is about as good, the next order of
            the same; shape (bins,), NaN where there is none.
    """

    expected: Floats
    modes: Floats
    family: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    fitted: Bools
    goodness: Floats
    rival: Floats

    def as_estimate(self) -> BackgroundEstimate:
        """Return the fits as a background, with all parameters free."""
        histograms = len(self.family)
        none, texts = np.zeros((histograms, self.modes.shape[1])), [""] * histograms
        return BackgroundEstimate(
            self.expected,
            np.zeros(len(self.expected)),
            self.modes,
            none,
            none,
            texts,
            texts,
            np.full(histograms, np.nan),
            self.goodness,
        )


def estimate(spectra: Spectra, settings: FunctionSettings | None = None) -> BackgroundEstimate:
    """Describe every spectrum by a smooth function fitted to it.

    Args:
        spectra: The spectra.
        settings: How; absent: the defaults.

    Raises:
        UnknownFamilyError: There is no such family, or the energy that it needs is missing.
    """
    chosen = settings or FunctionSettings()
    families = [family_of(name, chosen.energy_GeV) for name in chosen.families]
    least = min(parameters_of(family, family.orders[0]) for family in families)
    reasons = reasons_against(spectra, least)
    terms = max(
        parameters_of(family, min(family.orders[1], chosen.most_order)) for family in families
    )
    expected = np.full(len(spectra.counts), np.nan)
    modes = np.zeros((len(spectra.counts), terms))
    goodness, spurious = np.full(len(spectra), np.nan), np.full(len(spectra), np.nan)
    models = [""] * len(spectra)
    usable = np.flatnonzero([not reason for reason in reasons])
    for first in range(0, len(usable), _AT_ONCE):
        some = usable[first : first + _AT_ONCE]
        part = spectra.some(some)
        found = fit_and_choose(part, chosen)
        places, _ = bins_of(spectra.offsets, some)
        fine = found.goodness >= chosen.least_goodness
        goodness[some] = found.goodness
        spurious[some] = np.where(fine, _spurious(part, found, chosen.mask_widths), np.nan)
        inside = np.repeat(fine, spectra.bins[some])
        expected[places[inside]] = found.expected[inside]
        modes[places[inside], : found.modes.shape[1]] = found.modes[inside]
        for number, h in enumerate(some.tolist()):
            if fine[number]:
                family = chosen.families[found.family[number]]
                models[h] = f"{family} of order {found.order[number]}"
            elif found.family[number] < 0:
                reasons[h] = "no function could be fitted"
            else:
                reasons[h] = f"{NOT_DESCRIBED} (best p = {found.goodness[number]:.2g})"
    most = _modes_in_use(modes)
    none = np.zeros((len(spectra), most))
    return BackgroundEstimate(
        expected,
        np.where(np.isfinite(expected), 0.0, np.nan),
        modes[:, :most],
        none,
        none,
        models,
        reasons,
        spurious,
        goodness,
    )


def _spurious(spectra: Spectra, found: FittedFunctions, widths: Sequence[float]) -> Floats:
    """Return the largest significance that the rival's expectation has for the chosen function."""
    weight = spectra.event_weight
    truth = spectra.with_counts(found.rival, found.rival * weight)
    background = found.as_estimate()
    each = [
        largest_of_each(truth, linear_significances(truth, background, width_bins=width))
        for width in widths
    ]
    largest: Floats = np.max(each, axis=0)
    return largest


def fit_and_choose(spectra: Spectra, settings: FunctionSettings) -> FittedFunctions:
    """Fit all families and orders, and choose one for each histogram.

    Args:
        spectra: Spectra that can be fitted, with counts that are not negative; bins whose count is
            NaN are left out.
        settings: How.
    """
    known = np.isfinite(spectra.counts)
    found = fit_functions(spectra, settings, known.copy())
    background = found.as_estimate()
    window = largest_excess(
        spectra,
        {
            width: linear_significances(spectra, background, width_bins=width)
            for width in settings.mask_widths
        },
        above=settings.mask_above,
    )
    masked = np.flatnonzero(np.bincount(spectra.histogram_of_bin, window, minlength=len(spectra)))
    if len(masked) == 0:
        return found
    places, _ = bins_of(spectra.offsets, masked)
    part = spectra.some(masked)
    again = fit_functions(part, settings, (known & ~window)[places])
    freer = replace(settings, rule="aic", bins_per_order=BINS_PER_BEND)
    shapes = fit_functions(part, freer, known[places])
    bent = _are_shapes(part, again, shapes, settings)
    # Where nothing can be fitted without the window, the fit with it is what there is.
    _replace(found, spectra.offsets, masked, again, again.family >= 0)
    _replace(found, spectra.offsets, masked, shapes, bent)
    return found


def _replace(
    found: FittedFunctions,
    offsets: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int64],
    others: FittedFunctions,
    better: Bools,
) -> None:
    """Put other fits, those of the histograms of these numbers, where they are better."""
    places, _ = bins_of(offsets, numbers)
    taken = np.repeat(better, offsets[numbers + 1] - offsets[numbers])
    for name in ("expected", "modes", "fitted", "rival"):
        getattr(found, name)[places[taken]] = getattr(others, name)[taken]
    for name in ("family", "order", "goodness"):
        getattr(found, name)[numbers[better]] = getattr(others, name)[better]


def _are_shapes(
    spectra: Spectra, stiff: FittedFunctions, shapes: FittedFunctions, settings: FunctionSettings
) -> Bools:
    """Return where functions that bend describe spectra better than stiff ones with a signal.

    Where they do not, and these do not describe the spectrum either, the goodness of these says so
    from then on.
    """
    found = np.zeros(len(spectra), np.bool_)
    weight = spectra.event_weight
    for h in range(len(spectra)):
        bent = shapes.goodness[h] >= settings.least_goodness
        if stiff.family[h] < 0:
            found[h] = bent
            continue
        bins = spectra.slice_of(h)
        per_event = weight[bins]
        known = np.isfinite(spectra.counts[bins])
        counts = np.where(known, spectra.counts[bins], 0.0) / per_event
        own = np.any(stiff.modes[bins] != 0, axis=0)
        both, alone = with_signal(
            counts,
            stiff.expected[bins] / per_event,
            stiff.modes[bins][:, own] / per_event[:, None],
            known,
            settings.mask_widths,
        )
        free = int(np.count_nonzero(own))
        terms = int(np.count_nonzero(np.any(shapes.modes[bins] != 0, axis=0)))
        found[h] = bent and (
            criterion(counts, shapes.expected[bins] / per_event, known, terms)
            < criterion(counts, both, known, free + SIGNAL_PARAMETERS)
        )
        if not found[h]:
            goodness = goodness_with_signal(counts, both, alone, known, free)
            stiff.goodness[h] = min(stiff.goodness[h], goodness)
    return found


def fit_functions(spectra: Spectra, settings: FunctionSettings, fitted: Bools) -> FittedFunctions:
    """Fit all families and orders in some bins, and choose one for each histogram.

    Args:
        spectra: As for `fit_and_choose`.
        settings: How.
        fitted: Which bins are looked at, shape (bins,).
    """
    histograms = len(spectra)
    fits: list[LinearFits | GeneralFits] = []
    chosen: list[npt.NDArray[np.int64]] = []
    criteria = np.full((histograms, len(settings.families)), np.inf)
    for number, name in enumerate(settings.families):
        family = family_of(name, settings.energy_GeV)
        fit: LinearFits | GeneralFits
        if isinstance(family, GeneralFamily):
            fit = fit_with_minuit(
                spectra,
                family,
                fitted,
                most_order=settings.most_order,
                most_rise=settings.most_rise,
            )
        else:
            fit = fit_linear(
                spectra,
                family,
                fitted,
                most_order=settings.most_order,
                most_rise=settings.most_rise,
                energy_GeV=settings.energy_GeV,
            )
        allowed = np.where(_allowed(fit.orders, spectra, settings), fit.deviances, np.inf)
        order = choose_orders(allowed, fit.parameters, settings.rule)
        rows = np.flatnonzero(order >= 0)
        penalty = 2.0 * fit.parameters[order[rows]]
        criteria[rows, number] = fit.deviances[rows, order[rows]] + penalty
        fits.append(fit)
        chosen.append(order)
    best = np.where(np.isfinite(criteria).any(axis=1), np.argmin(criteria, axis=1), -1)
    terms = max(int(fit.parameters[-1]) for fit in fits)
    expected = np.full(len(spectra.counts), np.nan)
    modes = np.zeros((len(spectra.counts), terms))
    orders, parameters = np.full(histograms, -1, np.int64), np.zeros(histograms, np.int64)
    for number, (fit, order) in enumerate(zip(fits, chosen, strict=True)):
        mine = np.where(best == number, order, -1)
        mean, changes = fit.evaluate(mine)
        inside = (mine >= 0)[spectra.histogram_of_bin]
        expected[inside] = mean[inside]
        modes[inside, : changes.shape[1]] = changes[inside]
        orders = np.where(mine >= 0, fit.orders[mine], orders)
        parameters = np.where(mine >= 0, fit.parameters[mine], parameters)
    weight = spectra.event_weight
    goodness = goodness_of_fit(
        spectra.histogram_of_bin,
        spectra.counts / weight,
        np.where(np.isfinite(expected), expected, 0.0) / weight,
        fitted,
        parameters.astype(np.float64),
    )
    rival = _rival(spectra, fits, chosen, criteria, best)
    return FittedFunctions(expected, modes, best, orders, fitted, goodness, rival)


def _allowed(orders: npt.NDArray[np.int64], spectra: Spectra, settings: FunctionSettings) -> Bools:
    """Return which orders may be chosen, shape (histograms, orders)."""
    most = np.maximum(spectra.bins // settings.bins_per_order, settings.least_order)
    allowed: Bools = (orders >= settings.least_order) & (orders <= most[:, None])
    return allowed


def _rival(
    spectra: Spectra,
    fits: Sequence[LinearFits | GeneralFits],
    chosen: Sequence[npt.NDArray[np.int64]],
    criteria: Floats,
    best: npt.NDArray[np.int64],
) -> Floats:
    rows = np.arange(len(best))
    others = criteria.copy()
    others[rows, best] = np.inf
    second = np.argmin(others, axis=1)
    least = criteria[rows, best]
    with np.errstate(invalid="ignore"):
        about_as_good = others[rows, second] - least < _RIVAL
    rival = np.full(len(spectra.counts), np.nan)
    for number, (fit, order) in enumerate(zip(fits, chosen, strict=True)):
        highest = fit.deviances.shape[1] - 1
        there = fit.deviances[rows, np.minimum(order + 1, highest)]
        next_order = np.where((order < highest) & np.isfinite(there), order + 1, -1)
        mine = np.where(about_as_good & (second == number), order, -1)
        mine = np.where(~about_as_good & (best == number), next_order, mine)
        mean, _ = fit.evaluate(mine)
        inside = (mine >= 0)[spectra.histogram_of_bin]
        rival[inside] = mean[inside]
    return rival


def _modes_in_use(modes: Floats) -> int:
    used = np.flatnonzero(np.any(modes != 0, axis=0))
    return int(used[-1]) + 1 if len(used) else 0
