"""A counting experiment's likelihood in the words of pyhf, with one strength to be limited.

Uncertainties are log-normal (pyhf's 'normsys' with the interpolation 'code1'): with a relative
uncertainty s, a yield is multiplied by (1 + s)^theta, theta normally distributed with mean 0 and
width 1. So it is never negative, however large the uncertainty (ATLAS and CMS,
ATL-PHYS-PUB-2011-11, section 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyhf

from bumpcast.limits.errors import ResultError

STRENGTH: Final = "strength"
"""The parameter that multiplies the signal."""

LARGEST_STRENGTH: Final = 1e5
"""Fits stay below it; at strength one, the signal is of the size of the limit itself."""

FEW: Final = 5
"""Below so many events, the asymptotic formulas are wrong by a tenth or more; see `few_events`."""

Modifier = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Likelihood:
    """The probability of what was counted, as a function of a signal's strength.

    Attributes:
        model: The model; its parameter of interest is the strength.
        data: What was counted, with the measurements that constrain the uncertainties.
        signal: How many events the signal is at strength one; the limit is given in these.
        doubts: Why the asymptotic formulas may not hold, a line each.
        several_minima: Whether fits may end in different minima, as where a signal and a free
            background can each explain what was counted.
    """

    model: pyhf.Model
    data: list[float]
    signal: float
    doubts: tuple[str, ...] = ()
    several_minima: bool = False


def make_likelihood(
    channels: Sequence[dict[str, Any]],
    counts: Sequence[int],
    signal: float,
    *,
    free: Mapping[str, tuple[float, float]] | None = None,
    doubts: tuple[str, ...] = (),
) -> Likelihood:
    """Return the likelihood of channels.

    Args:
        channels: From `channel`, in the alphabetical order of their names, which is pyhf's.
        counts: What was counted in each.
        signal: How many events the signal is at strength one.
        free: Least and largest value of each unconstrained parameter of the background.
        doubts: Why the asymptotic formulas may not hold.
    """
    parameters = [
        {"name": STRENGTH, "inits": [1.0], "bounds": [[0.0, LARGEST_STRENGTH]]},
        *(
            {"name": name, "inits": [1.0], "bounds": [list(bounds)]}
            for name, bounds in (free or {}).items()
        ),
    ]
    # pyhf checks against its schema by means that jsonschema warns will go; what it would find is
    # found before, by the classes that make channels.
    model = pyhf.Model(
        {"channels": list(channels), "parameters": parameters},
        poi_name=STRENGTH,
        validate=False,
        modifier_settings={"normsys": {"interpcode": "code1"}},
    )
    return Likelihood(
        model, [*map(float, counts), *model.config.auxdata], signal, doubts, bool(free)
    )


def channel(
    name: str,
    signal: float,
    background: float,
    *,
    of_signal: Sequence[Modifier],
    of_background: Sequence[Modifier],
) -> dict[str, Any]:
    """Return a channel of one bin.

    Args:
        name: The region.
        signal: Events of the signal at strength one.
        background: Events of the background.
        of_signal: What varies the signal, beside its strength.
        of_background: What varies the background.
    """
    return {
        "name": name,
        "samples": [
            {
                "name": "signal",
                "data": [float(signal)],
                "modifiers": [free_factor(STRENGTH), *of_signal],
            },
            {"name": "background", "data": [float(background)], "modifiers": [*of_background]},
        ],
    }


def free_factor(name: str) -> Modifier:
    """Return what multiplies by a parameter that nothing constrains."""
    return {"name": name, "type": "normfactor", "data": None}


def log_normal(name: str, relative: float) -> list[Modifier]:
    """Return what multiplies by (1 + relative)^theta; nothing where the uncertainty is 0."""
    if relative == 0:
        return []
    variation = {"hi": 1 + relative, "lo": 1 / (1 + relative)}
    return [{"name": name, "type": "normsys", "data": variation}]


def check_number(value: float, what: str, *, above: float | None = None) -> None:
    """Do nothing if a number is finite and not negative.

    Args:
        value: The number.
        what: What it is, for the message.
        above: What it has to be above instead.

    Raises:
        ResultError: It is not.
    """
    least = 0.0 if above is None else above
    # Written so that NaN is wrong, too.
    if not (least <= value < float("inf")) or value == above:
        rule = "not negative" if above is None else f"above {above:g}"
        msg = f"{what} is {value:g}; it is a finite number, {rule}"
        raise ResultError(msg)


def check_count(value: float, what: str) -> None:
    """Do nothing if a number can be a number of observed events.

    Raises:
        ResultError: It is negative, or not whole.
    """
    check_number(value, what)
    if value != int(value):
        msg = f"{what} is {value:g}; what is observed is a whole number of events"
        raise ResultError(msg)


def few_events(counts: Mapping[str, float]) -> tuple[str, ...]:
    """Return a note where the asymptotic formulas are doubtful since so few events are counted.

    With a known background b, and b events observed, their limit is below that of CLs with Poisson
    probabilities by 4 % for b = 30, 7 % for 10, 9 % for 5, 17 % for 1 and 36 % for none (1.92
    instead of 3.00 events).

    Args:
        counts: Numbers of events by what they are.
    """
    few = [f"{what} {count:.3g}" for what, count in counts.items() if count < FEW]
    if not few:
        return ()
    return (
        f"fewer than {FEW} events ({', '.join(few)}): limits of the asymptotic formulas are mostly "
        "too low by a tenth to a third here; pseudo-experiments (toys) do not rely on them",
    )
