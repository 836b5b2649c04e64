"""Smooth curves through the spectra of a scan, as shapes of synthetic backgrounds.

Tried are exp of polynomials of order 2 to 5, an exponential with a constant, and half a Gaussian
with a constant, all positive; the one with the least Akaike criterion is kept among those without
a local minimum. Where none of them describes the spectrum (p below LEAST_GOODNESS) the curve is the
best falling one (isotonic regression), smoothed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import isotonic_regression, least_squares
from scipy.special import xlogy
from scipy.stats import chi2

from bumpcast.bumps.spectra import Spectra
from bumpcast.bumps.synthetic.recipe import POINTS, Curves

Floats = npt.NDArray[np.float64]

LEAST_GOODNESS: Final = 0.05
LEAST_BINS: Final = 8
LEAST_EVENTS: Final = 50.0
ORDERS: Final = (2, 3, 4, 5)

_STEPS: Final = 30
_MOST_PER_STEP: Final = 2.0
_SMOOTHED_OVER: Final = 0.12
"""Of the range, by the smoother: standard deviation."""

_LEAST_LEVEL: Final = 0.5
"""Entries of a bin that a curve does not fall below: fewer are not known to be there."""


def fitted_curves(spectra: Spectra) -> Curves:
    """Return a smooth curve through each spectrum that has enough bins and events.

    Args:
        spectra: Such as the simulated ones of a scan.
    """
    names, logs = [], []
    for number, name in enumerate(spectra.names):
        bins = spectra.slice_of(number)
        weight = spectra.event_weight[bins]
        events = spectra.counts[bins] / weight
        fine = np.isfinite(events) & (events >= 0)
        if fine.sum() < LEAST_BINS or events[fine].sum() < LEAST_EVENTS or not fine.all():
            continue
        names.append(name)
        logs.append(_curve(events))
    return Curves(tuple(names), np.array(logs).reshape(len(names), POINTS))


def _curve(events: Floats) -> Floats:
    """Return the logarithm of a smooth curve through one spectrum at POINTS points."""
    u = np.linspace(-1.0, 1.0, len(events))
    fine = np.linspace(-1.0, 1.0, POINTS)
    best, chosen, goodness = np.inf, None, 0.0
    for parameters, fitted in _candidates(u, events):
        here = fitted(u)
        if not np.all(np.isfinite(here)) or _has_minimum(fitted(fine)):
            continue
        deviance = _deviance(events, np.exp(here))
        if deviance + 2 * parameters < best:
            best, chosen = deviance + 2 * parameters, fitted
            goodness = float(chi2.sf(deviance, max(len(events) - parameters, 1)))
    if chosen is None or goodness < LEAST_GOODNESS:
        return _smoothed(u, events, fine)
    # Where a fit falls to nothing there is no spectrum to speak of.
    return np.maximum(chosen(fine), np.log(_LEAST_LEVEL))


def _candidates(u: Floats, events: Floats) -> list[tuple[int, Callable[[Floats], Floats]]]:
    """Return numbers of parameters, and logarithms of the fitted functions."""
    found: list[tuple[int, Callable[[Floats], Floats]]] = [
        (order + 1, partial(_polynomial, _fit_polynomial(u, events, order))) for order in ORDERS
    ]
    for power in (1, 2):
        theta = _fit_with_constant(u, events, power)
        found.append((3, partial(_log_with_constant, theta, power)))
    return found


def _polynomial(coefficients: Floats, u: Floats) -> Floats:
    return np.asarray(np.polynomial.legendre.legval(u, coefficients))


def _log_with_constant(theta: Floats, power: int, u: Floats) -> Floats:
    return np.asarray(np.log(_with_constant(theta, u, power)))


def _fit_polynomial(u: Floats, events: Floats, order: int) -> Floats:
    """Return coefficients in Legendre polynomials of the logarithm, by Fisher scoring."""
    table = np.polynomial.legendre.legvander(u, order)
    log = np.log(events + 0.5)
    theta: Floats = np.linalg.lstsq(
        table * np.sqrt(events + 0.5)[:, None], log * np.sqrt(events + 0.5), rcond=None
    )[0]
    for _ in range(_STEPS):
        b = np.exp(np.clip(table @ theta, -30, 30))
        step = np.linalg.lstsq(table * np.sqrt(b)[:, None], (events - b) / np.sqrt(b), rcond=None)[
            0
        ]
        largest = float(np.max(np.abs(step)))
        theta = theta + step * min(1.0, _MOST_PER_STEP / max(largest, 1e-9))
        if largest < 1e-5:
            break
    return theta


def _with_constant(theta: Floats, u: Floats, power: int) -> Floats:
    """Return a exp(-(k (u + 1))^power) + c with a, k and c as exp of the parameters."""
    a, k, c = np.exp(np.clip(theta, -20, 20))
    return np.asarray(a * np.exp(-((k * (u + 1.0)) ** power)) + c)


def _fit_with_constant(u: Floats, events: Floats, power: int) -> Floats:
    high, low = max(events[:3].mean(), 1.0), max(events[-3:].mean(), 0.5)
    sigma = np.sqrt(np.maximum(events, 3.0))
    found = least_squares(
        lambda theta: (_with_constant(theta, u, power) - events) / sigma,
        np.log([high, 1.5, low]),
        max_nfev=60,
    )
    return np.asarray(found.x)


def _deviance(events: Floats, expected: Floats) -> float:
    return float(2.0 * np.sum(xlogy(events, events / expected) - events + expected))


def _has_minimum(logs: Floats) -> bool:
    """Whether a curve rises again after it fell."""
    rises = np.diff(logs) > 1e-6
    return bool(np.any(rises[np.argmax(~rises) :])) if np.any(~rises) else False


def _smoothed(u: Floats, events: Floats, fine: Floats) -> Floats:
    falling = np.asarray(isotonic_regression(events, increasing=False).x)
    logs = np.interp(fine, u, np.log(np.maximum(falling, _LEAST_LEVEL)))
    # A straight line is taken off first, so that the ends are not bent.
    line = np.linspace(logs[0], logs[-1], len(logs))
    smoothed = gaussian_filter1d(logs - line, _SMOOTHED_OVER * POINTS, mode="nearest") + line
    return np.minimum.accumulate(smoothed)
