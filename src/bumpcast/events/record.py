"""The record that every format is read into, built from flat columns and checked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import vector

from bumpcast.events.errors import (
    BadEventError,
    BadEvents,
    MissingBranchError,
    UnsupportedLayoutError,
)

logger = logging.getLogger(__name__)

vector.register_awkward()

ELECTRON_MASS_GEV = 0.000511
MUON_MASS_GEV = 0.10566

Values = npt.NDArray[Any]

ROUNDED_MASS = 1e-3
"""A negative mass below this part of the energy is rounding of single precision: zero."""


@dataclass(frozen=True)
class Lists:
    """One collection: `offsets[i]` to `offsets[i + 1]` are the objects of event i."""

    offsets: npt.NDArray[np.int64]
    columns: dict[str, Values]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def select(self, keep: npt.NDArray[np.bool_]) -> Lists:
        """Return the collection with only those objects that are to be kept."""
        before = np.zeros(len(keep) + 1, dtype=np.int64)
        np.cumsum(keep, out=before[1:])
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Lists(before[self.offsets], columns)

    def with_mass(self, mass: float) -> Lists:
        """Return the collection with one mass in GeV for all, after their momenta."""
        columns = dict(self.columns)
        charge = columns.pop("charge", None)
        columns["mass"] = np.full(len(columns["pt"]), mass)
        if charge is not None:
            columns["charge"] = charge
        return Lists(self.offsets, columns)

    def scaled(self, factor: float) -> Lists:
        """Return the collection with momenta and masses multiplied by a factor, in float64."""
        columns = {
            name: values.astype(np.float64) * factor if name in ("pt", "mass") else values
            for name, values in self.columns.items()
        }
        return Lists(self.offsets, columns)


def first_of_each(
    offsets: npt.NDArray[np.int64], values: Values
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the first value of each list, 0 for an empty one, and which lists are empty."""
    empty = offsets[1:] == offsets[:-1]
    first = np.zeros(len(offsets) - 1)
    first[~empty] = values[offsets[:-1][~empty]]
    return first, empty


def flat(events: ak.Array, *path: str) -> tuple[npt.NDArray[np.int64] | None, ak.contents.Content]:
    """Return a column of the events as offsets, None for one value an event, and its content.

    Args:
        events: NanoEvents, read or lazy.
        path: Names of nested fields.

    Raises:
        MissingBranchError: There is no such field.
    """
    # by layout: coffea's four-vector classes refuse records that lack a coordinate
    column = ak.to_layout(events)
    for depth, name in enumerate(path):
        if name not in column.fields:
            raise MissingBranchError.of(
                events.metadata.get("treename", "?"),
                ".".join(path[: depth + 1]),
                [".".join((*path[:depth], known)) for known in column.fields],
                why="the event record",
                filename=events.metadata.get("filename", ""),
            )
        column = column[name]
    layout = column.materialize()
    if layout.is_indexed or layout.is_option:
        layout = ak.to_packed(layout)
    if not layout.is_list or layout.is_regular:
        return None, layout
    if not (
        isinstance(layout, ak.contents.ListOffsetArray)
        and layout.offsets.dtype == np.int64
        and layout.offsets[0] == 0
    ):
        layout = layout.to_ListOffsetArray64(True)
    offsets = np.asarray(layout.offsets.data)
    return offsets, layout.content[: offsets[-1]]


def numbers(events: ak.Array, *path: str) -> Values:
    """Return a column of one number an event."""
    offsets, content = flat(events, *path)
    if offsets is not None:
        msg = f"{_place(events)}: {'.'.join(path)} holds a list an event, not one value"
        raise UnsupportedLayoutError(msg)
    return _values(content)


def _values(content: ak.contents.Content) -> Values:
    # the same as ak.to_numpy, without its checks of every argument
    if isinstance(content, ak.contents.NumpyArray):
        return np.asarray(content.data)
    return np.asarray(ak.to_numpy(content))


def lists(events: ak.Array, collection: str, fields: Mapping[str, str]) -> Lists:
    """Return some columns of a collection.

    Args:
        events: NanoEvents.
        collection: Name of the collection.
        fields: The new name of each column to its name in the collection.
    """
    columns = {}
    shared: npt.NDArray[np.int64] | None = None
    for name, source in fields.items():
        offsets, content = flat(events, collection, source)
        if offsets is None:
            msg = f"{_place(events)}: {collection}.{source} holds one value an event, not a list"
            raise UnsupportedLayoutError(msg)
        if shared is None:
            shared = offsets
        elif shared is not offsets and not np.array_equal(shared, offsets):
            msg = f"{_place(events)}: the fields of {collection} differ in length"
            raise UnsupportedLayoutError(msg)
        columns[name] = _values(content)
    assert shared is not None
    return Lists(shared, columns)


def _place(events: ak.Array) -> str:
    metadata = events.metadata
    return f"{metadata.get('filename', 'the events')}, tree {metadata.get('treename', '?')!r}"


@dataclass
class RecordBuilder:
    """Collects the parts of the record and checks each value.

    Args:
        events: NanoEvents that the record is made from; they say where an event is.
        bad_events: What to do with an event that holds a value that cannot be.
    """

    events: ak.Array
    bad_events: BadEvents
    _parts: dict[str, ak.contents.Content] = field(default_factory=dict)
    _bad: npt.NDArray[np.bool_] | None = None
    _reasons: list[str] = field(default_factory=list)
    _first: str = ""

    def add(self, name: str, collection: Lists, branch: str) -> None:
        """Add a collection with `pt, eta, phi, mass` and more.

        Args:
            name: Its name in the record.
            collection: Its columns, in GeV and radians.
            branch: What the messages call it.
        """
        columns: dict[str, Values] = {}
        for column, values in collection.columns.items():
            if column in ("charge", "btag"):
                columns[column] = np.ascontiguousarray(values)
                continue
            # a copy of its own: where masses are rounded the events stay as they are
            columns[column] = np.array(values, dtype=np.float64)
            self._check(branch, column, columns[column], collection.offsets)
        if "mass" in columns:
            columns["mass"] = self._mass(branch, columns, collection.offsets)
        record = ak.contents.RecordArray(
            [ak.contents.NumpyArray(values) for values in columns.values()],
            list(columns),
            length=int(collection.offsets[-1]),
            parameters={"__record__": "Momentum4D"},
        )
        offsets = np.ascontiguousarray(collection.offsets, dtype=np.int64)
        self._parts[name] = ak.contents.ListOffsetArray(ak.index.Index64(offsets), record)

    def add_met(self, pt: Values, phi: Values, branch: str) -> None:
        """Add the missing transverse momentum, in GeV and radians."""
        columns = {
            "pt": np.ascontiguousarray(pt, dtype=np.float64),
            "phi": np.ascontiguousarray(phi, dtype=np.float64),
        }
        for column, values in columns.items():
            self._check(branch, column, values, None)
        self._parts["met"] = ak.contents.RecordArray(
            [ak.contents.NumpyArray(values) for values in columns.values()],
            list(columns),
            parameters={"__record__": "Momentum2D"},
        )

    def add_weight(self, weight: Values | None, branch: str) -> None:
        """Add the generator weight; None: 1 for every event."""
        values = (
            np.ones(len(self.events))
            if weight is None
            else np.ascontiguousarray(weight, dtype=np.float64)
        )
        self._check(branch, "weight", values, None)
        self._parts["weight"] = ak.contents.NumpyArray(values)

    def reject(
        self, bad: npt.NDArray[np.bool_], branch: str, what: str, values: Values | None = None
    ) -> None:
        """Mark events as bad; the mask holds one entry an event."""
        self._mark(np.flatnonzero(bad), branch, what, values)

    def build(self) -> ak.Array:
        """Return the record.

        Raises:
            BadEventError: An event holds a value that cannot be, and bad events are to fail.
        """
        start = self.events.metadata.get("entrystart", 0)
        stop = start + len(self.events)
        entries = ak.contents.NumpyArray(np.arange(start, stop, dtype=np.int64))
        parts = {**self._parts, "entry": entries}
        layout = ak.contents.RecordArray(list(parts.values()), list(parts), length=stop - start)
        record = ak.Array(layout)
        if self._bad is None:
            return record
        count = int(self._bad.sum())
        summary = (
            f"{_place(self.events)}: {count} of the entries {start} to {stop} hold a value that "
            f"cannot be. The first: {self._first}."
        )
        if self.bad_events == "fail":
            msg = f"{summary} Set run.bad_events = 'skip' to leave such events out and count them."
            raise BadEventError(msg)
        logger.warning("%s They are left out.", summary)
        return ak.to_packed(record[~self._bad])

    def _check(
        self, branch: str, column: str, values: Values, offsets: npt.NDArray[np.int64] | None
    ) -> None:
        if not len(values):
            return
        # the smallest and the largest value say that all are good, in two passes without copies
        smallest = values.min()
        if np.isfinite(smallest) and np.isfinite(values.max()):
            if column != "pt" or smallest >= 0:
                return
            wrong, what = values < 0, "is negative"
        else:
            wrong, what = ~np.isfinite(values), "is not finite"
        self._mark_objects(wrong, offsets, branch, f"{column} {what}", values)

    def _mass(
        self, branch: str, columns: dict[str, Values], offsets: npt.NDArray[np.int64]
    ) -> Values:
        """Return the masses; negative ones are rounding, and zero, or mark their event as bad."""
        mass = columns["mass"]
        if not len(mass) or mass.min() >= 0:
            return mass
        negative = np.flatnonzero(mass < 0)
        with np.errstate(over="ignore", invalid="ignore"):
            momentum = columns["pt"][negative] * np.cosh(columns["eta"][negative])
            rounding = -mass[negative] <= ROUNDED_MASS * np.hypot(momentum, mass[negative])
        if not rounding.all():
            wrong = np.zeros(len(mass), dtype=np.bool_)
            wrong[negative[~rounding]] = True
            self._mark_objects(wrong, offsets, branch, "mass is negative", mass)
        logger.debug("%s: %d masses a rounding below zero", branch, rounding.sum())
        mass[negative] = 0.0
        return mass

    def _mark_objects(
        self,
        wrong: npt.NDArray[np.bool_],
        offsets: npt.NDArray[np.int64] | None,
        branch: str,
        what: str,
        values: Values,
    ) -> None:
        positions = np.flatnonzero(wrong)
        if offsets is None:
            self._mark(positions, branch, what, values[positions])
        else:
            entries = np.searchsorted(offsets, positions, side="right") - 1
            self._mark(entries, branch, what, values[positions])

    def _mark(
        self, entries: npt.NDArray[np.int64], branch: str, what: str, values: Values | None
    ) -> None:
        if not len(entries):
            return
        if self._bad is None:
            self._bad = np.zeros(len(self.events), dtype=np.bool_)
            entry = int(entries[0]) + self.events.metadata.get("entrystart", 0)
            value = f" ({values[0]})" if values is not None and len(values) else ""
            self._first = f"entry {entry} of the file, {branch}: {what}{value}"
        self._bad[entries] = True
