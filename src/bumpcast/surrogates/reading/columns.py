"""From columns of numbers to events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Real
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.llps import Booleans, Floats, LlpPairs
from bumpcast.surrogates.reading.errors import LlpColumnError
from bumpcast.surrogates.reading.names import OF_LLP, ColumnNames
from bumpcast.surrogates.reading.options import ReadOptions

ROUNDING: Final = 2.5e-7
"""So much of pT may E_T be below it: twice what float32 rounds off."""

AGREEMENT: Final = 1e-3
"""Relative: within it a table's E_T has to be what pT and the mass give."""


class Columns(Protocol):
    """A file of columns, each of one value an event."""

    @property
    def names(self) -> Sequence[str]:
        """Of the columns."""

    def read(self, names: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
        """Return columns as they are; a value that is not there is NaN, or None among texts."""


def numbers(values: npt.NDArray[Any], name: str, where: str) -> Floats:
    """Return a column as float64.

    Args:
        values: As the file holds it.
        name: Its name in the file, for the message.
        where: The file, for the message.

    Raises:
        LlpColumnError: It holds something else than one number an event; the message says where.
    """
    if values.dtype.kind in "fiu" and values.ndim == 1:
        return values.astype(np.float64)
    if values.ndim == 1 and values.dtype.kind in "OUST":
        for event, value in enumerate(values):
            if not _is_number(value):
                msg = f"{where}, column {name}: {_shown(value)} in event {event} is not a number"
                raise LlpColumnError(msg)
        return values.astype(np.float64)
    msg = (
        f"{where}, column {name}: values of type {values.dtype}, where one number an event is "
        "expected"
    )
    raise LlpColumnError(msg)


def _is_number(value: Any) -> bool:
    """Return whether it is a number, perhaps as text, or nothing."""
    if value is None or isinstance(value, Real | Decimal):
        return True
    try:
        float(str(value) if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


@dataclass(frozen=True)
class _Llp:
    """The columns of one of the two particles, and where all of them are empty."""

    columns: dict[str, Floats]
    empty: Booleans


def pairs_of_columns(file: Columns, options: ReadOptions, where: str) -> LlpPairs:
    """Return the events of a file of columns, in the file's units and not yet checked.

    Args:
        file: The columns.
        options: How they are read.
        where: The file, for messages.

    Raises:
        LlpColumnError: A column is missing, not unambiguous or no column of numbers; an LLP is
            there in part; or a transverse energy is less than the transverse momentum.
    """
    names = ColumnNames(file.names, options.columns, where)
    found: dict[str, str] = {}
    for llp in (1, 2):
        found |= _of_llp(names, f"llp{llp}_", optional=llp == 2, options=options)
    _check_decays(found, where)
    for name in ("V_pt", "V_eta"):
        theirs = names.need(name) if options.boson else names.find(name)
        if theirs is not None:
            found[name] = theirs
    if ("V_pt" in found) != ("V_eta" in found):
        names.need("V_eta" if "V_pt" in found else "V_pt")
    if (weight := names.find("weight")) is not None:
        found["weight"] = weight
    for name in options.more:
        found[name] = names.need(name)
    values = file.read(sorted(set(found.values())))
    columns = {ours: numbers(values[theirs], theirs, where) for ours, theirs in found.items()}
    return _pairs(columns, options, where)


def _of_llp(
    names: ColumnNames, prefix: str, *, optional: bool, options: ReadOptions
) -> dict[str, str]:
    """Return what the file calls one particle's columns."""
    found = {
        f"{prefix}{word}": theirs
        for word in OF_LLP
        if (theirs := names.find(f"{prefix}{word}")) is not None
    }
    if optional and not found:
        return {}
    for word in ("pT", "eta"):
        names.need(f"{prefix}{word}")
    if f"{prefix}mass" not in found:
        names.need(f"{prefix}ET", instead=f"{prefix}mass would do as well.")
    if options.child is None:
        names.need(f"{prefix}child_pdgId", instead="Or say what all LLPs decay to.")
    if not options.decays:
        for word in ("Lxy", "Lz"):
            found.pop(f"{prefix}{word}", None)
    return found


def _check_decays(found: dict[str, str], where: str) -> None:
    """Do nothing if all positions of decays are there, or none."""
    llps = [llp for llp in (1, 2) if f"llp{llp}_pT" in found]
    wanted = [f"llp{llp}_{word}" for llp in llps for word in ("Lxy", "Lz")]
    missing = [name for name in wanted if name not in found]
    if missing and len(missing) < len(wanted):
        there = next(name for name in wanted if name in found)
        msg = (
            f"{where}: there is a column {there}, but none {missing[0]}; without any, it is not "
            "known where LLPs decay"
        )
        raise LlpColumnError(msg)


def _pairs(columns: dict[str, Floats], options: ReadOptions, where: str) -> LlpPairs:
    first = {word: columns[f"llp1_{word}"] for word in OF_LLP if f"llp1_{word}" in columns}
    second = {word: columns[f"llp2_{word}"] for word in OF_LLP if f"llp2_{word}" in columns}
    events = len(first["pT"])
    if second:
        # A decay flavour that is given stands in for an empty one.
        needed = [word for word in second if word != "child_pdgId" or options.child is None]
        empty = np.isnan([second[word] for word in needed])
        copied: Booleans = np.asarray(empty.all(axis=0))
        partly = empty.any(axis=0) & ~copied
        if partly.any():
            event = int(np.argmax(partly))
            name = next(word for word, lacks in zip(needed, empty, strict=True) if lacks[event])
            msg = (
                f"{where}, column llp2_{name}: nothing in event {event}, where other columns of "
                "the second LLP have values; an event with one LLP leaves all of them empty"
            )
            raise LlpColumnError(msg)
    else:
        copied = np.ones(events, np.bool_)

    def both(word: str) -> Floats:
        result = np.repeat(first[word][:, None], 2, axis=1)
        if second:
            result[~copied, 1] = second[word][~copied]
        return result

    for llp, one in ((1, first), (2, second)):
        if one:
            one["mass"] = _mass(one, f"{where}, column llp{llp}_ET")
            one["child"] = _child(
                one, options, f"{where}, column llp{llp}_child_pdgId", copied, llp
            )
    ones = np.ones(events)
    return LlpPairs(
        pt=both("pT"),
        eta=both("eta"),
        mass=both("mass"),
        child=both("child").astype(np.int64),
        weight=columns.get("weight", ones),
        copied=copied,
        lxy=both("Lxy") if "Lxy" in first else None,
        lz=both("Lz") if "Lz" in first else None,
        boson_pt=columns.get("V_pt"),
        boson_eta=columns.get("V_eta"),
        more={name: columns[name] for name in options.more},
    )


def _mass(one: dict[str, Floats], where: str) -> Floats:
    """Return the column 'mass', or what E_T and pT give: m^2 = (E_T - pT) (E_T + pT)."""
    pt, energy = one["pT"], one.get("ET")
    if "mass" in one:
        mass = one["mass"]
        if energy is not None:
            right = np.hypot(pt, mass)
            _refuse(
                np.abs(energy - right) > AGREEMENT * right,
                lambda event: (
                    f"{where}: {energy[event]:g} in event {event}, where pT = {pt[event]:g} and "
                    f"the mass {mass[event]:g} give {right[event]:g}"
                ),
            )
        return mass
    assert energy is not None, "one of the two was looked for"
    above = energy - pt
    _refuse(
        above < -ROUNDING * pt,
        lambda event: (
            f"{where}: {energy[event]:g} in event {event} is less than pT = {pt[event]:g}, so that "
            "the mass would be imaginary"
        ),
    )
    return np.sqrt(np.maximum(above, 0.0) * (energy + pt))


def _child(
    one: dict[str, Floats], options: ReadOptions, where: str, copied: Booleans, llp: int
) -> Floats:
    """Return |PDG numbers| of decays: the file's, else the one that the user gives."""
    given = options.child
    if "child_pdgId" not in one:
        assert given is not None, "one of the two was looked for"
        return np.full(len(one["pT"]), float(abs(given)))
    child = np.abs(one["child_pdgId"])
    if given is not None:
        child = np.where(np.isnan(child), abs(given), child)
    needed = ~copied if llp == 2 else np.ones(len(child), np.bool_)
    _refuse(
        needed & (np.trunc(child) != child),
        lambda event: (
            f"{where}: {child[event]:g} in event {event} is no PDG number"
            + ("; say what such LLPs decay to" if np.isnan(child[event]) else "")
        ),
    )
    return child


def _refuse(wrong: Booleans, message: Callable[[int], str]) -> None:
    if wrong.any():
        count = int(np.count_nonzero(wrong))
        more = f" (and {count - 1:,} more events)" if count > 1 else ""
        raise LlpColumnError(message(int(np.argmax(wrong))) + more)
