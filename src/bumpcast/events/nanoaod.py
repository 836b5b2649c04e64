"""CMS NanoAOD, v9 to v15; every name that changed between versions is configuration."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
from coffea.nanoevents.schemas import NanoAODSchema

from bumpcast.config.formats import NanoAODFormat
from bumpcast.events.branches import Requirements, companions, counters, why_needed
from bumpcast.events.errors import BadEvents, MissingBranchError
from bumpcast.events.record import (
    ELECTRON_MASS_GEV,
    MUON_MASS_GEV,
    Lists,
    RecordBuilder,
    Values,
    lists,
    numbers,
)
from bumpcast.events.weights import branch_weights

logger = logging.getLogger(__name__)

_MOMENTUM = {"pt": "pt", "eta": "eta", "phi": "phi"}


class NanoEventsSchema(NanoAODSchema):  # type: ignore[misc]
    """Coffea's NanoAOD schema for any selection of branches.

    Cross-references that a version or a selection lacks, and event numbers that were not asked
    for, are left out without a warning; values that the file has are not replaced by constants.
    """

    warn_missing_crossrefs = False
    error_missing_event_ids = False
    event_ids: tuple[str, ...] = ()

    def __init__(self, base_form: dict[str, Any], version: str = "latest") -> None:
        stored = frozenset(base_form["fields"])
        constants = NanoAODSchema.full_like_items
        self.full_like_items = {
            name: constant for name, constant in constants.items() if name not in stored
        }
        super().__init__(base_form, version)


class NanoAODReader:
    """Reads NanoAOD.

    Args:
        fmt: The table [formats.NAME] of the configuration.
    """

    schema = NanoEventsSchema

    def __init__(self, fmt: NanoAODFormat) -> None:
        self.format = fmt
        self._identification = {
            "Electron": (fmt.electron_identification, fmt.electron_identification_min),
            "Muon": (fmt.muon_identification, fmt.muon_identification_min),
            "Photon": (fmt.photon_identification, fmt.photon_identification_min),
            fmt.jets: (fmt.jet_identification, fmt.jet_identification_min),
        }

    @property
    def tree(self) -> str:
        """Name of the tree that holds the events."""
        return self.format.tree

    def columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branches that `record` needs; see `Reader.columns`."""
        fmt = self.format
        required = Requirements(self.tree, frozenset(keys), _split)

        def need(collection: str, names: Collection[str], key: str) -> None:
            for name in names:
                required.need(collection, name, f"{collection}_{name}", key)

        need("Electron", ("pt", "eta", "phi", "charge"), "kind")
        need("Muon", ("pt", "eta", "phi", "charge"), "kind")
        need("Photon", ("pt", "eta", "phi"), "kind")
        need(fmt.jets, ("pt", "eta", "phi", "mass"), "jets")
        need(fmt.jets, (fmt.b_tag_discriminator,), "b_tag_discriminator")
        if fmt.large_jets is not None:
            need(fmt.large_jets, ("pt", "eta", "phi"), "large_jets")
            need(fmt.large_jets, (fmt.large_jet_mass,), "large_jet_mass")
        for collection, key in (
            ("Electron", "electron_identification"),
            ("Muon", "muon_identification"),
            ("Photon", "photon_identification"),
            (fmt.jets, "jet_identification"),
        ):
            name = self._identification[collection][0]
            if name is not None:
                need(collection, (name,), key)
        met = fmt.missing_energy
        if f"{met}_pt" not in required.known:
            # a missing momentum has its successor under another name, so all are listed
            others = sorted(
                name.removesuffix("_pt")
                for name in required.known
                if name.endswith("MET_pt") and not name.startswith("Gen")
            )
            listed = ", ".join(repr(name) for name in others) or "none"
            msg = (
                f"tree {self.tree!r}: there is no missing momentum {met!r}, needed for "
                f"{why_needed('missing_energy')}. There are: {listed}."
            )
            raise MissingBranchError(msg)
        need(met, ("pt", "phi"), "missing_energy")
        if fmt.weight != "none":
            required.need_branch(fmt.weight, "weight")
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
        fmt = self.format
        builder = RecordBuilder(events, bad_events)
        for name, collection, mass in (
            ("electron", "Electron", ELECTRON_MASS_GEV),
            ("muon", "Muon", MUON_MASS_GEV),
            ("photon", "Photon", 0.0),
        ):
            fields = _MOMENTUM if name == "photon" else _MOMENTUM | {"charge": "charge"}
            found = lists(events, collection, fields | self._extra(collection))
            builder.add(name, self._identified(found, collection).with_mass(mass), collection)
        fields = _MOMENTUM | {"mass": "mass", "btag": fmt.b_tag_discriminator}
        jets = lists(events, fmt.jets, fields | self._extra(fmt.jets))
        self._warn_of_constant(events, jets.columns["btag"])
        jets.columns["btag"] = jets.columns["btag"] > fmt.b_tag_working_point
        builder.add("jet", self._identified(jets, fmt.jets), fmt.jets)
        if fmt.large_jets is not None:
            large = lists(events, fmt.large_jets, _MOMENTUM | {"mass": fmt.large_jet_mass})
            builder.add("large_jet", large, fmt.large_jets)
        met = fmt.missing_energy
        builder.add_met(numbers(events, met, "pt"), numbers(events, met, "phi"), met)
        weight = None if fmt.weight == "none" else numbers(events, fmt.weight)
        builder.add_weight(weight, fmt.weight)
        return builder.build()

    def _warn_of_constant(self, events: ak.Array, discriminator: Values) -> None:
        """Warn of a discriminator that was never filled: real files hold -1 or -3000 throughout."""
        if len(discriminator) < 2 or discriminator.min() != discriminator.max():
            return
        logger.warning(
            "%s: %s_%s is %g for all %d jets: this file seems to hold no b-tagging",
            events.metadata.get("filename", "the events"),
            self.format.jets,
            self.format.b_tag_discriminator,
            discriminator[0],
            len(discriminator),
        )

    def _extra(self, collection: str) -> dict[str, str]:
        name = self._identification[collection][0]
        return {} if name is None else {"identification": name}

    def _identified(self, found: Lists, collection: str) -> Lists:
        """Return the objects that pass their identification; bool and integer fields compare."""
        name, least = self._identification[collection]
        if name is None:
            return found
        passes = found.columns.pop("identification").astype(np.float64) >= least
        return found.select(passes)

    def generator_weights(
        self, tree: Any, start: int, stop: int, bad_events: BadEvents = "fail"
    ) -> npt.NDArray[np.float64]:
        """Return the generator weights of a range of entries; see `Reader.generator_weights`."""
        if self.format.weight == "none":
            return np.ones(stop - start)
        return branch_weights(tree, self.format.weight, start, stop, bad_events)


def _split(branch: str) -> tuple[str, str] | None:
    collection, _, field = branch.partition("_")
    return (collection, field) if field else None
