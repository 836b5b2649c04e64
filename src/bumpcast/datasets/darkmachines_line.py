"""One line of Dark Machines CSV, read without haste: what is right is decided here.

`event ID;process ID;weight;MET;METphi;label,E,pt,eta,phi;label,E,pt,eta,phi;...`, in MeV, with
spaces and a trailing `;` allowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

LABELS = ("j", "b", "e-", "e+", "m-", "m+", "g")
"""The kinds of objects; their positions are the codes of `darkmachines_block`."""

ALIASES = {"a": "g"}
"""Labels of an older description of the files: a for the photon."""

JET_CODES = (0, 1)

ROUNDED_SQUARED_MASS = 5e-5
"""E^2 - p^2 below zero by less than this part of E^2 is rounding: the files give six digits."""

HEADER_FIELDS = ("event ID", "process ID", "weight", "MET", "METphi")


class BadLineReasonError(ValueError):
    """What is wrong with a line."""


@dataclass(frozen=True)
class Line:
    """One event, in MeV as the line has it; objects are (code, E, pt, eta, phi)."""

    event: int
    process: str
    weight: float
    met: float
    met_phi: float
    objects: tuple[tuple[int, float, float, float, float], ...]


def parse_line(text: str) -> Line | None:
    """Return the event of a line; None for a blank one.

    Args:
        text: The line.

    Raises:
        BadLineReasonError: It is no event.
    """
    fields = [field.strip() for field in text.strip().split(";")]
    while fields and not fields[-1]:
        fields.pop()
    if not fields:
        return None
    if len(fields) < len(HEADER_FIELDS):
        msg = f"{len(fields)} fields, where an event has at least {len(HEADER_FIELDS)}"
        raise BadLineReasonError(msg)
    event, process, weight, met, met_phi, *objects = fields
    if not process:
        msg = "the process ID is empty"
        raise BadLineReasonError(msg)
    return Line(
        event=_whole_number(event),
        process=process,
        weight=_number(weight, "the weight"),
        met=_positive(met, "MET"),
        met_phi=_number(met_phi, "METphi"),
        objects=tuple(_object(field, number) for number, field in enumerate(objects, start=1)),
    )


def jet_mass(energy: float, pt: float, eta: float) -> float:
    """Return the mass of a jet in the unit of its energy; NaN where its momentum is too large."""
    try:
        momentum = pt * math.cosh(eta)
    except OverflowError:
        return math.nan
    squared = (energy - momentum) * (energy + momentum)
    if not squared >= -ROUNDED_SQUARED_MASS * energy * energy:
        return math.nan
    return math.sqrt(max(squared, 0.0))


def _object(field: str, number: int) -> tuple[int, float, float, float, float]:
    label, *values = (part.strip() for part in field.split(","))
    what = f"object {number}"
    label = ALIASES.get(label, label)
    if label not in LABELS:
        known = ", ".join((*LABELS, *ALIASES))
        msg = f"{what} has the unknown label {label!r}; known are {known}"
        raise BadLineReasonError(msg)
    if len(values) != 4:
        msg = f"{what} ({label}) has {len(values)} values, not E, pt, eta, phi"
        raise BadLineReasonError(msg)
    energy = _positive(values[0], f"E of {what}")
    pt = _positive(values[1], f"pt of {what}")
    eta = _number(values[2], f"eta of {what}")
    phi = _number(values[3], f"phi of {what}")
    code = LABELS.index(label)
    if code in JET_CODES and math.isnan(jet_mass(energy, pt, eta)):
        msg = f"{what} ({label}) has less energy than momentum: E {energy}, pt {pt}, eta {eta}"
        raise BadLineReasonError(msg)
    return code, energy, pt, eta, phi


def _whole_number(field: str) -> int:
    try:
        value = int(field)
    except ValueError:
        number = _number(field, "the event ID")
        value = int(number)
        if value != number:
            msg = f"the event ID {field!r} is no whole number"
            raise BadLineReasonError(msg) from None
    if not -(2**63) <= value < 2**63:
        msg = f"the event ID {field!r} does not fit in 64 bits"
        raise BadLineReasonError(msg)
    return value


def _number(field: str, what: str) -> float:
    # float() would also take the digit separators of Python's own numbers
    try:
        value = math.nan if "_" in field else float(field)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        msg = f"{what} is {field!r}, not a finite number"
        raise BadLineReasonError(msg)
    return value


def _positive(field: str, what: str) -> float:
    value = _number(field, what)
    if value < 0:
        msg = f"{what} is negative: {field}"
        raise BadLineReasonError(msg)
    return value
