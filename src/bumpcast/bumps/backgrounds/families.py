"""Families of smooth functions that backgrounds are described by.

A family is a row of functions of which each has more parameters than the one before and holds it as
a special case. Most of them are linear in the parameters, or their logarithm is. Their terms are
columns here, and one compiled fit serves them all (`linear_terms`). The rest are given as
functions, for iminuit (`minuit`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError, did_you_mean

Floats = npt.NDArray[np.float64]

POINTS: Final = 3
"""A function is integrated over a bin by Simpson's rule: at its edges and its middle."""

SIMPSON: Final = (1 / 6, 4 / 6, 1 / 6)


class UnknownFamilyError(BumpcastError, KeyError):
    """There is no family of this name, or something that it needs was not given."""

    def __str__(self) -> str:  # a KeyError would show the message in quotes
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class LinearFamily:
    """Functions that are linear in the parameters, or whose logarithm is.

    Attributes:
        name: As settings and tables call it.
        formula: With x the mass over the collision energy, or t, the place in the searched range.
        source: Who uses it.
        orders: Least and largest number of parameters beside the normalisation.
        terms: From masses and the ends of the range, all in GeV and of shape (points,), the
            columns whose sum, weighted by the parameters, is the function or its logarithm; shape
            (points, largest order + 1). The collision energy in GeV is the last argument.
        logarithmic: Whether it is the logarithm.
        needs_energy: Whether the terms depend on the collision energy.
    """

    name: str
    formula: str
    source: str
    orders: tuple[int, int]
    terms: Callable[[Floats, Floats, Floats, float], Floats]
    logarithmic: bool = True
    needs_energy: bool = False


@dataclass(frozen=True, slots=True)
class GeneralFamily:
    """Functions of any form.

    Attributes:
        name: As settings and tables call it.
        formula: With t the place in the searched range, from 0 to 1, and m the mass.
        source: Who uses it.
        orders: Least and largest order.
        values: From the places (points,), the masses in units of the range's lower end (points,),
            and the parameters: the expected events per bin of one unit, shape (points,).
        parameters: From an order: how many parameters it has.
        start: From an order and the mean height: parameters to begin with.
        limits: From an order: least and largest value of each parameter.
    """

    name: str
    formula: str
    source: str
    orders: tuple[int, int]
    values: Callable[[Floats, Floats, Floats], Floats]
    parameters: Callable[[int], int]
    start: Callable[[int, float], Floats]
    limits: Callable[[int], list[tuple[float | None, float | None]]]


def _powers(base: Floats, most: int) -> Floats:
    return np.stack([base**power for power in range(most + 1)], axis=1)


def _in_mass(mass: Floats, low: Floats, high: Floats, energy: float) -> Floats:
    return _powers((2.0 * mass - low - high) / (high - low), 7)


def _in_log_mass(mass: Floats, low: Floats, high: Floats, energy: float) -> Floats:
    # A range may begin at 0, where the logarithm ends.
    least = np.maximum(low, 1e-3 * high)
    place = np.log(np.maximum(mass, least) / np.sqrt(least * high)) / (0.5 * np.log(high / least))
    return _powers(place, 7)


def _dijet(mass: Floats, low: Floats, high: Floats, energy: float) -> Floats:
    x = np.clip(mass / energy, 1e-9, 1.0 - 1e-9)
    log = np.log(x)
    return np.stack([np.ones_like(x), np.log1p(-x), log, log**2, log**3], axis=1)


def _power_times_exponential(mass: Floats, low: Floats, high: Floats, energy: float) -> Floats:
    place = _in_mass(mass, low, high, energy)
    log = _in_log_mass(mass, low, high, energy)
    columns = [place[:, 0], log[:, 1], place[:, 1], log[:, 2], place[:, 2], log[:, 3], place[:, 3]]
    return np.stack(columns, axis=1)


LINEAR: Final = {
    family.name: family
    for family in (
        LinearFamily(
            "exp-polynomial",
            "exp(p0 + p1 t + p2 t^2 + ...)",
            "ATLAS H -> gamma gamma, orders 1 and 2 (arXiv:1802.04146)",
            (1, 7),
            _in_mass,
        ),
        LinearFamily(
            "running-power",
            "exp(p0 + p1 ln m + p2 ln^2 m + ...), a power law whose exponent runs",
            "CMS diphotons, m^(a + b ln m) (arXiv:1609.02507)",
            (1, 7),
            _in_log_mass,
        ),
        LinearFamily(
            "power-exponential",
            "m^p1 exp(p0 + p2 m + p3 ln^2 m + p4 m^2 + ...)",
            "UA2 dijets, m^-a exp(-b m - c m^2) (Nucl. Phys. B 400 (1993) 3), with terms of ln m "
            "between",
            (1, 6),
            _power_times_exponential,
        ),
        LinearFamily(
            "polynomial",
            "p0 + p1 t + p2 t^2 + ..., positive in every bin",
            "ATLAS and CMS H -> gamma gamma, as Bernstein polynomials (arXiv:1207.7214, "
            "arXiv:1407.0558)",
            (1, 7),
            _in_mass,
            logarithmic=False,
        ),
        LinearFamily(
            "log-polynomial",
            "p0 + p1 ln m + p2 ln^2 m + ..., positive in every bin",
            "Laurent series of CMS H -> gamma gamma (arXiv:1407.0558) to first orders of ln m",
            (1, 7),
            _in_log_mass,
            logarithmic=False,
        ),
        LinearFamily(
            "dijet",
            "p0 (1 - x)^p1 x^(p2 + p3 ln x + p4 ln^2 x), x = m / sqrt(s)",
            "CDF (arXiv:0812.4036), CMS (arXiv:1806.00843), ATLAS (arXiv:1703.09127); "
            "with 3 to 5 parameters",
            (2, 4),
            _dijet,
            needs_energy=True,
        ),
    )
}


def _bernstein(place: Floats, mass: Floats, parameters: Floats) -> Floats:
    order = len(parameters) - 1
    total = np.zeros_like(place)
    binomial = 1.0
    for k in range(order + 1):
        total += parameters[k] * binomial * place**k * (1.0 - place) ** (order - k)
        binomial *= (order - k) / (k + 1)
    return total


def _power_sum(place: Floats, mass: Floats, parameters: Floats) -> Floats:
    heights, exponents = parameters[0::2], parameters[1::2]
    total = np.zeros_like(mass)
    for height, exponent in zip(heights, exponents, strict=True):
        total += height * mass**-exponent
    return total


def _exponentials_and_constant(place: Floats, mass: Floats, parameters: Floats) -> Floats:
    heights, slopes = parameters[1::2], parameters[2::2]
    total = np.full_like(place, parameters[0])
    for height, slope in zip(heights, slopes, strict=True):
        total += height * np.exp(-slope * place)
    return total


GENERAL: Final = {
    family.name: family
    for family in (
        GeneralFamily(
            "bernstein",
            "sum of p_k C(n, k) t^k (1 - t)^(n - k), p_k >= 0",
            "CMS and ATLAS H -> gamma gamma (arXiv:1207.7235, arXiv:1207.7214)",
            (2, 7),
            _bernstein,
            lambda order: order + 1,
            lambda order, height: np.linspace(1.6, 0.4, order + 1) * height,
            lambda order: [(0.0, None)] * (order + 1),
        ),
        GeneralFamily(
            "power-sum",
            "sum of p_k m^-q_k, p_k >= 0",
            "CMS H -> gamma gamma (arXiv:1407.0558)",
            (1, 3),
            _power_sum,
            lambda order: 2 * order,
            lambda order, height: np.array(
                [x for k in range(order) for x in (2 * height / order, 2.0 + 3.0 * k)]
            ),
            lambda order: [(0.0, None), (-20.0, 60.0)] * order,
        ),
        GeneralFamily(
            "exponentials-constant",
            "p0 + sum of p_k exp(-q_k t), p_k >= 0",
            "sums of exponentials: CMS H -> gamma gamma (arXiv:1407.0558)",
            (1, 2),
            _exponentials_and_constant,
            lambda order: 1 + 2 * order,
            lambda order, height: np.array(
                [0.2 * height]
                + [x for k in range(order) for x in (2 * height / order, 2.0 + 4.0 * k)]
            ),
            lambda order: [(0.0, None)] + [(0.0, None), (-5.0, 100.0)] * order,
        ),
    )
}

FAMILIES: Final = (*LINEAR, *GENERAL)
"""Names of all families."""


def family_of(name: str, energy_GeV: float | None) -> LinearFamily | GeneralFamily:
    """Return a family.

    Args:
        name: Its name.
        energy_GeV: The collision energy, which some families need.

    Raises:
        UnknownFamilyError: There is none of this name, or the energy is missing.
    """
    if name in GENERAL:
        return GENERAL[name]
    if name not in LINEAR:
        msg = f"there is no family of functions {name!r}. {did_you_mean(name, list(FAMILIES))}"
        raise UnknownFamilyError(msg)
    family = LINEAR[name]
    if family.needs_energy and energy_GeV is None:
        msg = f"the functions of {name!r} depend on the energy of the collisions: say energy_GeV"
        raise UnknownFamilyError(msg)
    return family


def parameters_of(family: LinearFamily | GeneralFamily, order: int) -> int:
    """Return how many parameters an order of a family has."""
    return order + 1 if isinstance(family, LinearFamily) else family.parameters(order)
