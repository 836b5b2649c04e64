"""Fits of functions of any form, one histogram after the other, by iminuit.

Some milliseconds a fit where `linear_terms` takes some ten microseconds: for the families that need
it, for few spectra, and as the reference of the compiled fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from bumpcast.bumps.backgrounds.families import SIMPSON, GeneralFamily
from bumpcast.bumps.backgrounds.rising import rise
from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

_FLAT = 1e-10
"""A direction of the parameters of which the counts say less than this, of what they say of the
best known, changes nothing and is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class GeneralFits:
    """All orders of one family, fitted to many histograms.

    Attributes:
        family: The family.
        spectra: What was fitted.
        fitted: Which bins were looked at, shape (bins,).
        values: Of the parameters by histogram and order; absent where a fit failed.
        deviances: As those of `LinearFits`.
        orders: Which were fitted.
    """

    family: GeneralFamily
    spectra: Spectra
    fitted: Bools
    values: list[list[Floats | None]]
    deviances: Floats
    orders: Numbers

    @property
    def parameters(self) -> Numbers:
        """Parameters of each order that was fitted."""
        return np.array([self.family.parameters(order) for order in self.orders.tolist()])

    def evaluate(self, order: Numbers) -> tuple[Floats, Floats]:
        """Return the expectations of one order a histogram, and what they change by.

        Args:
            order: Which of the fitted orders, shape (histograms,); -1: none.

        Returns:
            As for `LinearFits.evaluate`.
        """
        expected = np.full(len(self.spectra.counts), np.nan)
        modes = np.zeros((len(self.spectra.counts), int(self.parameters[-1])))
        for h in np.flatnonzero(order >= 0).tolist():
            bins = self.spectra.slice_of(h)
            best = self.values[h][order[h]]
            if best is None:
                continue
            expectation = _expectation(self.family, self.spectra.low[bins], self.spectra.high[bins])
            expected[bins] = expectation(best)
            share = np.where(self.fitted[bins], 1.0 / self.spectra.event_weight[bins], 0.0)
            changes = _changes(expectation, best, share)
            modes[bins, : changes.shape[1]] = changes
        return expected, modes


def fit_with_minuit(
    spectra: Spectra,
    family: GeneralFamily,
    fitted: Bools,
    *,
    most_order: int,
    most_rise: float = np.inf,
) -> GeneralFits:
    """Fit all orders of a family.

    Args:
        spectra: The spectra.
        family: The family.
        fitted: Which bins are looked at, shape (bins,); their counts are finite and not negative.
        most_order: No higher order is fitted.
        most_rise: As for `fit_linear`.
    """
    least = family.orders[0]
    orders = np.arange(least, max(min(family.orders[1], most_order), least) + 1)
    deviances = np.full((len(spectra), len(orders)), np.inf)
    values: list[list[Floats | None]] = []
    for h in range(len(spectra)):
        bins = spectra.slice_of(h)
        rows: list[Floats | None] = []
        for number, order in enumerate(orders.tolist()):
            used = fitted[bins]
            best, deviances[h, number] = None, np.inf
            if used.sum() > family.parameters(order):
                weight = spectra.event_weight[bins]
                expectation = _expectation(family, spectra.low[bins], spectra.high[bins])
                start = family.start(order, float(np.mean(spectra.counts[bins][used])))
                share = np.where(used, 1.0 / weight, 0.0)
                best, deviances[h, number] = minimise(
                    expectation, spectra.counts[bins], share, start, family.limits(order)
                )
                width = spectra.high[bins] - spectra.low[bins]
                mean = np.maximum(expectation(start if best is None else best), 1e-10)
                if rise(share, width, mean) > most_rise:
                    best, deviances[h, number] = None, np.inf
            rows.append(best)
        values.append(rows)
    return GeneralFits(family, spectra, fitted, values, deviances, orders)


def minimise(
    expectation: Callable[[Floats], Floats],
    counts: Floats,
    share: Floats,
    start: Floats,
    limits: list[tuple[float | None, float | None]],
) -> tuple[Floats | None, float]:
    """Return the parameters of the largest Poisson likelihood, and their deviance.

    Args:
        expectation: From parameters to expected counts, shape (bins,).
        counts: Shape (bins,).
        share: One over the weight of an event; 0 in bins that are not looked at; shape (bins,).
        start: Parameters to begin with.
        limits: Least and largest value of each.

    Returns:
        None and infinity where the fit failed.
    """
    # Imported where it is needed, which is for few families.
    from iminuit import Minuit

    used = share > 0
    n, f = counts[used], share[used]

    def deviance(parameters: Floats) -> float:
        mean = expectation(parameters)[used]
        if not np.all(np.isfinite(mean)):
            return 1e30
        mean = np.maximum(mean, 1e-10)
        return float(2 * np.sum(f * (mean - n + xlogy(n, n / mean))))

    minuit = Minuit(deviance, start)
    minuit.errordef = Minuit.LEAST_SQUARES
    minuit.errors = 0.1 * np.abs(start) + 1e-3
    minuit.limits = limits
    minuit.strategy = 1
    minuit.migrad(ncall=5000)
    if not minuit.valid:
        # Far from the minimum the first steps may end in a flat valley.
        minuit.simplex().migrad(ncall=10000)
    if not minuit.valid:
        return None, np.inf
    return np.array(minuit.values), float(minuit.fval)


def _expectation(family: GeneralFamily, low: Floats, high: Floats) -> Callable[[Floats], Floats]:
    width = high - low
    relative = width / width.mean()
    first, last = low[0], high[-1]
    unit = first if first > 0 else 1e-3 * last
    points = [(mass - first) / (last - first) for mass in (low, 0.5 * (low + high), high)]
    masses = [np.maximum(mass, unit) / unit for mass in (low, 0.5 * (low + high), high)]

    def expected(parameters: Floats) -> Floats:
        total = np.zeros_like(width)
        for share, place, mass in zip(SIMPSON, points, masses, strict=True):
            total += share * family.values(place, mass, parameters)
        relative_total: Floats = total * relative
        return relative_total

    return expected


def _changes(expectation: Callable[[Floats], Floats], best: Floats, share: Floats) -> Floats:
    """Return what expectations change by, one standard deviation along each known direction."""
    mean = expectation(best)
    changes = np.empty((len(mean), len(best)))
    for k, value in enumerate(best):
        step = 1e-5 * max(abs(value), 1e-2)
        up, down = best.copy(), best.copy()
        up[k] += step
        # Limits are at zero: a parameter there is changed to one side only.
        down[k] = value - step if value > step else value
        changes[:, k] = (expectation(up) - expectation(down)) / (up[k] - down[k])
    scaled = changes * np.sqrt(share / np.maximum(mean, 1e-10))[:, None]
    _, known, directions = np.linalg.svd(scaled, full_matrices=False)
    good = known > np.sqrt(_FLAT) * known[0]
    modes: Floats = changes @ directions[good].T / known[good]
    return modes
