"""Smooth functions fitted to spectra: all orders of all families.

What describes a spectrum best is what has the least cost: the deviance, and a price for each
parameter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.families import GeneralFamily, family_of
from bumpcast.bumps.backgrounds.linear_terms import LinearFits, fit_linear
from bumpcast.bumps.backgrounds.minuit import GeneralFits, fit_with_minuit
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

DEFAULT_FAMILIES: Final = ("exp-polynomial", "running-power", "polynomial", "log-polynomial")
MOST_ORDER: Final = 6
LEAST_GOODNESS: Final = 0.01
"""A description of a smaller p-value is none."""

PRICE: Final = 3.84
"""Of a parameter, in units of the deviance: one that is not needed gains more in 5 % of cases."""

BINS_PER_ORDER: Final = 10
"""What a function can follow is as long as its range over its order: no signal is so broad."""

BINS_PER_BEND: Final = 5
"""The same of a function that describes a spectrum better than a peak does."""

MOST_RISE: Final = 1.0
"""A background may rise behind its maximum by what a fluctuation of the counts makes it to."""


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """How functions are fitted and chosen.

    Attributes:
        families: Names of families that are tried.
        price: What a parameter costs, in units of the deviance; 2: Akaike's criterion.
        least_order: No fewer parameters than this beside the normalisation.
        most_order: No more than this.
        bins_per_order: A spectrum of fewer bins than this, times the order, is not described by
            it: the function could follow a signal.
        bins_per_bend: The same for a function that is to describe a spectrum without a signal.
        energy_GeV: Energy of the collisions, which the family 'dijet' needs.
        signals: Standard deviations in bins of the signals that a spectrum may hold while its
            function is chosen; none: there is no signal.
        most_rise: A function that rises behind its maximum is not taken for a background: not where
            the nearest falling rate describes its expectations worse by a deviance of more.
        least_goodness: No background where the fit's p-value is less.
    """

    families: Sequence[str] = DEFAULT_FAMILIES
    price: float = PRICE
    least_order: int = 1
    most_order: int = MOST_ORDER
    bins_per_order: int = BINS_PER_ORDER
    bins_per_bend: int = BINS_PER_BEND
    energy_GeV: float | None = None
    signals: tuple[float, ...] = WIDTHS
    most_rise: float = MOST_RISE
    least_goodness: float = LEAST_GOODNESS


@dataclass(frozen=True, slots=True, eq=False)
class FittedFunctions:
    """All orders of all families, fitted to many spectra; each is a candidate for a background.

    Attributes:
        spectra: What was fitted.
        fits: Of each family.
        family: Which family each candidate is of, shape (candidates,).
        place: Which of the family's orders that were fitted, shape (candidates,).
        parameters: How many were fitted, shape (candidates,).
        orders: Parameters beside the normalisation, shape (candidates,).
        price: Of a parameter.
        deviances: Shape (histograms, candidates); infinity where a fit failed.
        costs: Deviance, and the price of the parameters, of those that may be chosen where there
            may be a signal, shape (histograms, candidates); infinity of others.
        costs_without: The same of those that may be chosen where there is none.
    """

    spectra: Spectra
    fits: Sequence[LinearFits | GeneralFits]
    family: Numbers
    place: Numbers
    parameters: Numbers
    orders: Numbers
    price: float
    deviances: Floats
    costs: Floats
    costs_without: Floats

    def evaluate(self, candidates: Numbers) -> tuple[Floats, Floats]:
        """Return the expectations of one candidate a histogram, and what they change by.

        Args:
            candidates: Shape (histograms,); -1: none.

        Returns:
            As for `LinearFits.evaluate`.
        """
        counts = len(self.spectra.counts)
        expected = np.full(counts, np.nan)
        modes = np.zeros((counts, int(self.parameters.max())))
        chosen = np.maximum(candidates, 0)
        for number, fit in enumerate(self.fits):
            mine = (candidates >= 0) & (self.family[chosen] == number)
            if not mine.any():
                continue
            mean, changes = fit.evaluate(np.where(mine, self.place[chosen], -1))
            inside = mine[self.spectra.histogram_of_bin]
            expected[inside] = mean[inside]
            modes[inside, : changes.shape[1]] = changes[inside]
        return expected, modes

    def cheapest(self, gains: Floats | float = 0.0) -> Numbers:
        """Return the candidate of the least cost of each histogram; -1 where there is none.

        Args:
            gains: By what a signal reduces the deviance of each, shape (histograms, candidates).
        """
        return _cheapest(self.costs - gains)

    def cheapest_without(self) -> Numbers:
        """Return the same of spectra without a signal."""
        return _cheapest(self.costs_without)


def fit_functions(spectra: Spectra, settings: FunctionSettings, fitted: Bools) -> FittedFunctions:
    """Fit all families and orders in some bins.

    Args:
        spectra: Spectra that can be fitted, with counts that are not negative; bins whose count is
            NaN are left out.
        settings: How.
        fitted: Which bins are looked at, shape (bins,).
    """
    fits: list[LinearFits | GeneralFits] = []
    for name in settings.families:
        family = family_of(name, settings.energy_GeV)
        if isinstance(family, GeneralFamily):
            fits.append(
                fit_with_minuit(
                    spectra,
                    family,
                    fitted,
                    most_order=settings.most_order,
                    most_rise=settings.most_rise,
                )
            )
        else:
            fits.append(
                fit_linear(
                    spectra,
                    family,
                    fitted,
                    most_order=settings.most_order,
                    most_rise=settings.most_rise,
                    energy_GeV=settings.energy_GeV,
                )
            )
    lengths = [fit.deviances.shape[1] for fit in fits]
    orders = np.concatenate([fit.orders for fit in fits])
    parameters = np.concatenate([fit.parameters for fit in fits])
    deviances = np.hstack([fit.deviances for fit in fits])
    costs = deviances + settings.price * parameters

    def costs_of(bins_per_order: int) -> Floats:
        most = np.maximum(spectra.bins // bins_per_order, settings.least_order)
        allowed = (orders >= settings.least_order) & (orders <= most[:, None])
        return np.where(allowed, costs, np.inf)

    return FittedFunctions(
        spectra,
        fits,
        np.repeat(np.arange(len(fits)), lengths),
        np.concatenate([np.arange(length) for length in lengths]),
        parameters,
        orders,
        settings.price,
        deviances,
        costs_of(settings.bins_per_order),
        costs_of(min(settings.bins_per_order, settings.bins_per_bend)),
    )


def _cheapest(costs: Floats) -> Numbers:
    found = np.argmin(costs, axis=1)
    return np.where(np.isfinite(costs).any(axis=1), found, -1).astype(np.int64)
