"""Smooth functions fitted to spectra: all orders of all families, of which one is chosen.

The order is chosen within each family, and the family by Akaike's criterion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.families import GeneralFamily, family_of
from bumpcast.bumps.backgrounds.goodness import goodness_of_fit
from bumpcast.bumps.backgrounds.linear_terms import LinearFits, fit_linear
from bumpcast.bumps.backgrounds.minuit import GeneralFits, fit_with_minuit
from bumpcast.bumps.backgrounds.order import Rule, choose_orders
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.spectra import Spectra

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

MOST_RISE: Final = 1.0
"""A background may rise behind its maximum by what a fluctuation of the counts makes it to."""

_RIVAL: Final = 10.0
"""Another family describes a spectrum about as well if Akaike's criterion is larger by less."""


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
    mask_widths: tuple[float, ...] = WIDTHS
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


def fit_functions(spectra: Spectra, settings: FunctionSettings, fitted: Bools) -> FittedFunctions:
    """Fit all families and orders in some bins, and choose one for each histogram.

    Args:
        spectra: Spectra that can be fitted, with counts that are not negative; bins whose count is
            NaN are left out.
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
