"""Files that `bumpcast convert` made from Dark Machines CSV; already in GeV."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.config.formats import DarkMachinesFormat
from bumpcast.events.branches import Requirements, companions, counters
from bumpcast.events.errors import BadEvents
from bumpcast.events.nanoaod import NanoEventsSchema
from bumpcast.events.record import (
    ELECTRON_MASS_GEV,
    MUON_MASS_GEV,
    RecordBuilder,
    lists,
    numbers,
)
from bumpcast.events.weights import branch_weights

_MOMENTUM = ("pt", "eta", "phi")
_FIELDS = {
    "electron": (*_MOMENTUM, "charge"),
    "muon": (*_MOMENTUM, "charge"),
    "photon": _MOMENTUM,
    "jet": (*_MOMENTUM, "mass", "btag"),
    "met": ("pt", "phi"),
}


class DarkMachinesReader:
    """Reads converted Dark Machines files.

    Args:
        fmt: The table [formats.NAME] of the configuration.
    """

    schema = NanoEventsSchema

    def __init__(self, fmt: DarkMachinesFormat) -> None:
        self.format = fmt

    @property
    def tree(self) -> str:
        """Name of the tree that holds the events."""
        return self.format.tree

    def columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branches that `record` needs; see `Reader.columns`."""
        required = Requirements(self.tree, frozenset(keys), _split)
        for collection, fields in _FIELDS.items():
            for field in fields:
                required.need(collection, field, f"{collection}_{field}", "kind")
        if self.format.weight == "file":
            required.need_branch("weight", "weight")
        return frozenset(required.found)

    def counters(self, columns: Collection[str]) -> frozenset[str]:
        """Return the counters of the columns' collections; see `Reader.counters`."""
        return counters(columns)

    def companions(self, columns: Collection[str]) -> frozenset[str]:
        """Return the branches of the collections' four-vectors; see `Reader.companions`."""
        return companions(columns)

    def readable(self, key: str) -> bool:
        """Return whether a branch can be read at all."""
        return True

    def record(self, events: ak.Array, bad_events: BadEvents = "fail") -> ak.Array:
        """Return the events as the record of all formats; see `Reader.record`."""
        builder = RecordBuilder(events, bad_events)
        masses = {"electron": ELECTRON_MASS_GEV, "muon": MUON_MASS_GEV, "photon": 0.0}
        for name, mass in masses.items():
            found = lists(events, name, {field: field for field in _FIELDS[name]})
            builder.add(name, found.with_mass(mass), name)
        jets = lists(events, "jet", {field: field for field in _FIELDS["jet"]})
        jets.columns["btag"] = jets.columns["btag"].astype(np.bool_)
        builder.add("jet", jets, "jet")
        builder.add_met(numbers(events, "met", "pt"), numbers(events, "met", "phi"), "met")
        weight = numbers(events, "weight") if self.format.weight == "file" else None
        builder.add_weight(weight, "weight")
        return builder.build()

    def generator_weights(
        self, tree: Any, start: int, stop: int, bad_events: BadEvents = "fail"
    ) -> npt.NDArray[np.float64]:
        """Return the generator weights of a range of entries; see `Reader.generator_weights`."""
        if self.format.weight == "none":
            return np.ones(stop - start)
        return branch_weights(tree, "weight", start, stop, bad_events)


def _split(branch: str) -> tuple[str, str] | None:
    collection, _, field = branch.partition("_")
    return (collection, field) if field else None
