"""Lists of objects as offsets and float64 columns: what compiled code works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import vector

from bumpcast.compiled import compiled

vector.register_awkward()

Column = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ObjectLists:
    """One list of objects per event.

    Attributes:
        offsets: Where each event's objects start, from 0, shape (events + 1,).
        columns: One value an object for each field; GeV and radians.
    """

    offsets: npt.NDArray[np.int64]
    columns: dict[str, Column]

    @classmethod
    def from_awkward(cls, array: ak.Array) -> ObjectLists:
        """Return the lists of an awkward array of lists of records."""
        return cls.from_layout(ak.to_layout(array))

    @classmethod
    def from_layout(cls, layout: ak.contents.Content) -> ObjectLists:
        """Return the lists of an awkward layout, without a copy where they are float64 already."""
        layout = layout.materialize()
        if layout.is_indexed:
            layout = layout.project()
        if not (
            isinstance(layout, ak.contents.ListOffsetArray)
            and layout.offsets.dtype == np.int64
            and layout.offsets[0] == 0
        ):  # it would copy the offsets in any case
            layout = layout.to_ListOffsetArray64(True)
        offsets = np.asarray(layout.offsets.data)
        content = layout.content[: offsets[-1]]
        return cls(offsets, {field: _numbers(content[field]) for field in content.fields})

    def to_layout(self) -> ak.contents.ListOffsetArray:
        """Return the lists as the layout of vector's Momentum4D, without a copy."""
        contents: list[Any] = [ak.contents.NumpyArray(column) for column in self.columns.values()]
        record = ak.contents.RecordArray(
            contents, list(self.columns), parameters={"__record__": "Momentum4D"}
        )
        return ak.contents.ListOffsetArray(ak.index.Index64(self.offsets), record)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, field: str) -> Column:
        return self.columns[field]

    def where(self, chosen: npt.NDArray[np.bool_]) -> ObjectLists:
        """Return the lists with only the chosen objects.

        Args:
            chosen: One truth value an object.
        """
        if chosen.all():
            return self
        offsets, places = _choose(self.offsets, chosen)
        kept = {field: column.take(places) for field, column in self.columns.items()}
        return ObjectLists(offsets, kept)

    def without(self, *fields: str) -> ObjectLists:
        """Return the lists without some fields."""
        left = {name: column for name, column in self.columns.items() if name not in fields}
        return ObjectLists(self.offsets, left)

    def by_falling_pt(self) -> ObjectLists:
        """Return the lists in the order of falling pt; equal ones stay in their order."""
        if _is_ordered(self.offsets, self["pt"]):
            return self
        order = _order(self.offsets, self["pt"])
        return ObjectLists(
            self.offsets, {field: column[order] for field, column in self.columns.items()}
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Objects that are chosen step by step; they are copied once, when all is decided.

    Attributes:
        lists: All of them.
        chosen: Whether an object is still in, shape (objects,).
    """

    lists: ObjectLists
    chosen: npt.NDArray[np.bool_]

    @classmethod
    def all_of(cls, lists: ObjectLists) -> Candidates:
        """Return all objects of some lists."""
        return cls(lists, np.ones(len(lists["pt"]), np.bool_))

    def __getitem__(self, field: str) -> Column:
        """Return the values of all objects, chosen or not."""
        return self.lists[field]

    def only(self, chosen: npt.NDArray[np.bool_]) -> Candidates:
        """Return the candidates that are chosen here too."""
        return Candidates(self.lists, self.chosen & chosen)

    def take(self) -> ObjectLists:
        """Return the lists of the chosen objects."""
        return self.lists.where(self.chosen)


def _numbers(content: ak.contents.Content) -> Column:
    # the same as ak.to_numpy where there is nothing to do, without its checks of every argument
    plain = isinstance(content, ak.contents.NumpyArray)
    return np.ascontiguousarray(content.data if plain else ak.to_numpy(content), dtype=np.float64)


@compiled
def _choose(offsets, chosen):  # type: ignore[no-untyped-def]
    """Return the offsets of lists of the chosen objects, and where those objects stand."""
    before = np.empty(len(chosen) + 1, np.int64)
    places = np.empty(len(chosen), np.int64)
    found = 0
    for item in range(len(chosen)):
        before[item] = found
        places[found] = item  # overwritten where the object is not chosen
        found += chosen[item]
    before[len(chosen)] = found
    kept = np.empty(len(offsets), np.int64)
    for event in range(len(offsets)):
        kept[event] = before[offsets[event]]
    return kept, places[:found]


@compiled
def _is_ordered(offsets, pt):  # type: ignore[no-untyped-def]
    for event in range(len(offsets) - 1):
        for item in range(offsets[event] + 1, offsets[event + 1]):
            if pt[item] > pt[item - 1]:
                return False
    return True


@compiled
def _order(offsets, pt):  # type: ignore[no-untyped-def]
    order = np.arange(len(pt))
    for event in range(len(offsets) - 1):
        for item in range(offsets[event] + 1, offsets[event + 1]):
            moving = order[item]
            place = item
            while place > offsets[event] and pt[order[place - 1]] < pt[moving]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = moving
    return order
