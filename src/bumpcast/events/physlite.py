"""ATLAS DAOD_PHYSLITE: stored in MeV, read in GeV."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
from coffea.nanoevents.schemas import PHYSLITESchema

from bumpcast.config.formats import PhysliteFormat
from bumpcast.events.branches import Requirements
from bumpcast.events.errors import BadEvents, MissingBranchError, UnsupportedLayoutError
from bumpcast.events.record import (
    ELECTRON_MASS_GEV,
    MUON_MASS_GEV,
    RecordBuilder,
    Values,
    first_of_each,
    flat,
    lists,
)
from bumpcast.events.weights import branch_weights

GEV_PER_MEV = 1e-3
_MOMENTUM = {"pt": "pt", "eta": "eta", "phi": "phi"}
_WEIGHTS = "EventInfoAuxDyn.mcEventWeights"


class PhysliteReader:
    """Reads PHYSLITE.

    Args:
        fmt: The table [formats.NAME] of the configuration.
    """

    schema = PHYSLITESchema

    def __init__(self, fmt: PhysliteFormat) -> None:
        self.format = fmt

    @property
    def tree(self) -> str:
        """Name of the tree that holds the events."""
        return self.format.tree

    def columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branches that `record` needs; see `Reader.columns`."""
        fmt = self.format
        known = {_own_name(key): key for key in keys}
        required = Requirements(self.tree, frozenset(known), _split)
        wanted = [
            (fmt.electrons, (*_MOMENTUM, "charge"), "electrons"),
            (fmt.muons, (*_MOMENTUM, "charge"), "muons"),
            (fmt.photons, tuple(_MOMENTUM), "photons"),
            (fmt.jets, (*_MOMENTUM, "m"), "jets"),
        ]
        if fmt.large_jets is not None:
            wanted.append((fmt.large_jets, (*_MOMENTUM, "m"), "large_jets"))
        for collection, fields, key in wanted:
            for field in fields:
                branch = f"Analysis{collection}AuxDyn.{field}"
                required.need(collection, field, branch, key)
        for field in ("name", "mpx", "mpy"):
            branch = f"{fmt.missing_energy}AuxDyn.{field}"
            required.need(_collection(fmt.missing_energy), field, branch, "missing_energy")
        required.need_branch(fmt.b_tag_branch, "b_tag_branch")
        link = self._link()
        if link is not None and link in known:
            required.found.add(link)
        if fmt.weight != "none":
            required.need_branch(_WEIGHTS, "weight")
        return frozenset(known[name] for name in required.found)

    def _link(self) -> str | None:
        """Return the branch that links jets to b-tagging objects of another collection."""
        jets = f"Analysis{self.format.jets}AuxDyn"
        if self.format.b_tag_branch.startswith(f"{jets}."):
            return None
        return f"{jets}.btaggingLink.m_persIndex"

    def counters(self, columns: Collection[str]) -> frozenset[str]:
        """Return the counters of branches that are not C++ vectors; see `Reader.counters`."""
        return frozenset(f"n{_own_name(column)}" for column in columns)

    def companions(self, columns: Collection[str]) -> frozenset[str]:
        """Return the branches of the collections' four-vectors; see `Reader.companions`."""
        containers = {_own_name(column).partition(".")[0] for column in columns if "." in column}
        fields = ("pt", "eta", "phi", "m")
        return frozenset(f"{container}.{field}" for container in containers for field in fields)

    def readable(self, key: str) -> bool:
        """Return whether a branch can be read at all."""
        return True

    def record(self, events: ak.Array, bad_events: BadEvents = "fail") -> ak.Array:
        """Return the events as the record of all formats; see `Reader.record`."""
        fmt = self.format
        builder = RecordBuilder(events, bad_events)
        for name, collection, mass in (
            ("electron", fmt.electrons, ELECTRON_MASS_GEV),
            ("muon", fmt.muons, MUON_MASS_GEV),
            ("photon", fmt.photons, 0.0),
        ):
            fields = _MOMENTUM if name == "photon" else _MOMENTUM | {"charge": "charge"}
            found = lists(events, collection, fields).scaled(GEV_PER_MEV).with_mass(mass)
            builder.add(name, found, collection)
        jets = lists(events, fmt.jets, _MOMENTUM | {"mass": "m"}).scaled(GEV_PER_MEV)
        jets.columns["btag"] = self._b_tags(events, jets.offsets)
        builder.add("jet", jets, fmt.jets)
        if fmt.large_jets is not None:
            large = lists(events, fmt.large_jets, _MOMENTUM | {"mass": "m"}).scaled(GEV_PER_MEV)
            builder.add("large_jet", large, fmt.large_jets)
        px, py = self._missing_momentum(events)
        builder.add_met(np.hypot(px, py), np.arctan2(py, px), fmt.missing_energy)
        weight = None
        if fmt.weight != "none":
            offsets, content = flat(events, "EventInfo", "mcEventWeights")
            if offsets is None:
                msg = f"{_WEIGHTS} holds one value an event, not a list of weights"
                raise UnsupportedLayoutError(msg)
            weight, missing = first_of_each(offsets, ak.to_numpy(content))
            builder.reject(missing, _WEIGHTS, "the event has no weight")
        builder.add_weight(weight, _WEIGHTS)
        return builder.build()

    def _b_tags(self, events: ak.Array, jets: npt.NDArray[np.int64]) -> Values:
        fmt = self.format
        collection, field = _split(fmt.b_tag_branch) or (fmt.b_tag_branch, "")
        found = lists(events, collection, {"value": field})
        values = found.columns["value"]
        link = self._link()
        if link is not None and "btaggingLink" in ak.to_layout(events)[fmt.jets].fields:
            offsets, index = flat(events, fmt.jets, "btaggingLink", "m_persIndex")
            if offsets is None or not np.array_equal(offsets, jets):
                msg = f"{link} does not hold one link a jet"
                raise UnsupportedLayoutError(msg)
            local = np.asarray(ak.to_numpy(index), dtype=np.int64)
            counts = np.diff(jets)
            start = np.repeat(found.offsets[:-1], counts)
            sizes = np.repeat(np.diff(found.offsets), counts)
            if ((local < 0) | (local >= sizes)).any():
                msg = f"{link} points outside of {collection}"
                raise UnsupportedLayoutError(msg)
            values = values[start + local]
        elif not np.array_equal(found.offsets, jets):
            msg = f"{fmt.b_tag_branch} does not hold one value a jet, and there is no {link}"
            raise UnsupportedLayoutError(msg)
        return np.asarray(values > fmt.b_tag_working_point)

    def _missing_momentum(self, events: ak.Array) -> tuple[Values, Values]:
        """Return px and py in GeV of the configured term of the missing momentum."""
        fmt = self.format
        met = _collection(fmt.missing_energy)
        terms = lists(events, met, {"px": "mpx", "py": "mpy"})
        offsets, names = flat(events, met, "name")
        if offsets is None or not np.array_equal(offsets, terms.offsets):
            msg = f"{fmt.missing_energy}AuxDyn.name does not hold one name a term"
            raise UnsupportedLayoutError(msg)
        wanted = term_positions(names, fmt.missing_energy_term, offsets)
        missing = np.flatnonzero(wanted < 0)
        if len(missing):
            event = int(missing[0])
            raise MissingBranchError.of(
                self.tree,
                fmt.missing_energy_term,
                _texts(names[int(offsets[event]) : int(offsets[event + 1])]),
                why=f"the missing momentum of event {event} (key 'missing_energy_term')",
                filename=events.metadata.get("filename", ""),
            )
        px, py = (
            np.asarray(terms.columns[axis], dtype=np.float64)[wanted] * GEV_PER_MEV
            for axis in ("px", "py")
        )
        return px, py

    def generator_weights(
        self, tree: Any, start: int, stop: int, bad_events: BadEvents = "fail"
    ) -> npt.NDArray[np.float64]:
        """Return the generator weights of a range of entries; see `Reader.generator_weights`."""
        if self.format.weight == "none":
            return np.ones(stop - start)
        by_name = {_own_name(key): key for key in tree.keys()}  # noqa: SIM118 (a tree is no dict)
        return branch_weights(tree, by_name.get(_WEIGHTS, _WEIGHTS), start, stop, bad_events)


def term_positions(
    names: ak.contents.Content, term: str, offsets: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return where each event's term of that name is in the flat columns; -1 for none.

    Args:
        names: The names of all terms: lists of characters, or strings.
        term: The name to look for.
        offsets: Offsets of the events' terms, n + 1 of them.
    """
    listed = names.to_ListOffsetArray64(True)
    characters = np.asarray(listed.content.data)
    starts = np.asarray(listed.offsets.data)
    wanted = np.frombuffer(term.encode(), dtype=np.uint8)
    found = np.flatnonzero(np.diff(starts) == len(wanted))
    spelled = characters[starts[found][:, np.newaxis] + np.arange(len(wanted))]
    found = found[(spelled == wanted).all(axis=1)]
    positions = np.full(len(offsets) - 1, -1, dtype=np.int64)
    positions[np.searchsorted(offsets, found, side="right") - 1] = found
    return positions


def _texts(names: ak.contents.Content) -> list[str]:
    """Return names that awkward holds as strings or as lists of characters."""
    return [
        name if isinstance(name, str) else bytes(np.asarray(name, dtype=np.uint8)).decode()
        for name in ak.Array(names)
    ]


def _own_name(key: str) -> str:
    return key.rsplit("/", maxsplit=1)[-1]


def _split(branch: str) -> tuple[str, str] | None:
    """Return collection and field as coffea's schema names them."""
    collection, _, field = _own_name(branch).partition(".")
    if not field:
        return None
    return _collection(collection), field


def _collection(name: str) -> str:
    """Return what coffea's schema calls a collection."""
    return name.replace("Analysis", "").replace("AuxDyn", "").replace("Aux", "")
