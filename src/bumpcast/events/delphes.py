"""Delphes trees: ATLAS and CMS cards, slim and full."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
from coffea.nanoevents.schemas import DelphesSchema

from bumpcast.config.formats import GROOMED_VECTORS, DelphesFormat
from bumpcast.events.branches import Requirements
from bumpcast.events.errors import BadEventError, BadEvents
from bumpcast.events.record import (
    ELECTRON_MASS_GEV,
    MUON_MASS_GEV,
    Lists,
    RecordBuilder,
    first_of_each,
    flat,
    lists,
    numbers,
)
from bumpcast.events.weights import branch_weights

_VECTOR_FIELDS = {
    "MissingET": ("MET", "Eta", "Phi"),
    "Vertex": ("T", "X", "Y", "Z"),
    **dict.fromkeys(("Particle", "Jet", "Track"), ("PT", "Eta", "Phi", "Mass")),
    **dict.fromkeys(("Photon", "Electron", "Muon"), ("PT", "Eta", "Phi")),
    "Tower": ("ET", "Eta", "Phi"),
}
"""What coffea's mixins take for granted."""


class DelphesEventsSchema(DelphesSchema):  # type: ignore[misc]
    """Coffea's Delphes schema, for the files that there are.

    * A collection that lacks a field of its four-vector, such as Track.Mass before Delphes 3.4.3,
      is a plain collection instead of a KeyError.
    * fBits, which cannot be read where objects are referenced, is left out.
    * The transverse momentum of missing momenta is MET, not MET x cosh(Eta).
    * A branch without a size branch stays as it is instead of a KeyError.
    """

    def __init__(self, base_form: dict[str, Any], version: str = "latest") -> None:
        branches = {
            key: form
            for key, form in zip(base_form["fields"], base_form["contents"], strict=True)
            if not key.endswith(".fBits")
        }
        self.mixins = {
            name: mixin
            for name, mixin in DelphesSchema.mixins.items()
            if all(f"{name}/{name}.{field}" in branches for field in _VECTOR_FIELDS.get(mixin, ()))
        }
        super().__init__(
            {**base_form, "fields": list(branches), "contents": list(branches.values())}, version
        )

    def _build_collections(self, branch_forms: dict[str, Any]) -> dict[str, Any]:
        plain = {
            key: form
            for key, form in branch_forms.items()
            if not key.endswith("_size") and f"{key.split('/')[0]}_size" not in branch_forms
        }
        listed = {key: form for key, form in branch_forms.items() if key not in plain}
        output: dict[str, Any] = super()._build_collections(listed)
        for name, form in output.items():
            if self.mixins.get(name) != "MissingET":
                continue
            record = form if form["class"] == "RecordArray" else form["content"]
            where = {field: index for index, field in enumerate(record["fields"])}
            record["contents"][where["rho"]] = record["contents"][where["MET"]]
        return output | plain


class DelphesReader:
    """Reads Delphes trees.

    Args:
        fmt: The table [formats.NAME] of the configuration.
    """

    schema = DelphesEventsSchema

    def __init__(self, fmt: DelphesFormat) -> None:
        self.format = fmt

    @property
    def tree(self) -> str:
        """Name of the tree that holds the events."""
        return self.format.tree

    def columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branches that `record` needs; see `Reader.columns`."""
        fmt = self.format
        required = Requirements(self.tree, frozenset(keys), _split)
        wanted = [
            *((fmt.electrons, field, "electrons") for field in ("PT", "Eta", "Phi", "Charge")),
            *((fmt.muons, field, "muons") for field in ("PT", "Eta", "Phi", "Charge")),
            *((fmt.photons, field, "photons") for field in ("PT", "Eta", "Phi")),
            *((fmt.jets, field, "jets") for field in ("PT", "Eta", "Phi", "Mass", "BTag")),
            *((fmt.missing_energy, field, "missing_energy") for field in ("MET", "Phi")),
        ]
        if fmt.large_jets is not None:
            vector = fmt.large_jet_mass in GROOMED_VECTORS
            mass = f"{fmt.large_jet_mass}[5]" if vector else fmt.large_jet_mass
            wanted += [
                (fmt.large_jets, field, "large_jets") for field in ("PT", "Eta", "Phi", mass)
            ]
        for collection, field, key in wanted:
            required.need(collection, field, f"{collection}/{collection}.{field}", key)
        return frozenset(required.found) | self.weight_columns(keys)

    def weight_columns(self, keys: Collection[str]) -> frozenset[str]:
        """Return the branch that `weights` needs; none, if every weight is 1.

        Args:
            keys: The branches that exist, as uproot's `tree.keys()` names them.

        Raises:
            MissingBranchError: It does not exist.
        """
        if self.format.weight == "none":
            return frozenset()
        required = Requirements(self.tree, frozenset(keys), _split)
        collection, field = self.format.weight.split(".")
        required.need(collection, field, f"{collection}/{collection}.{field}", "weight")
        return frozenset(required.found)

    def counters(self, columns: Collection[str]) -> frozenset[str]:
        """Return the size branches of the columns' collections; see `Reader.counters`."""
        return frozenset(f"{column.split('/')[0]}_size" for column in columns)

    def companions(self, columns: Collection[str]) -> frozenset[str]:
        """Return the branches of the collections' four-vectors; see `Reader.companions`."""
        names = {column.split("/")[0] for column in columns if "/" in column}
        return frozenset(
            f"{name}/{name}.{field}"
            for name in names
            for field in _VECTOR_FIELDS.get(DelphesSchema.mixins.get(name, ""), ())
        )

    def readable(self, key: str) -> bool:
        """Return whether a branch can be read: fBits of referenced objects cannot."""
        return not key.endswith(".fBits")

    def record(self, events: ak.Array, bad_events: BadEvents = "fail") -> ak.Array:
        """Return the events as the record of all formats; see `Reader.record`."""
        fmt = self.format
        builder = RecordBuilder(events, bad_events)
        momentum = {"pt": "PT", "eta": "Eta", "phi": "Phi"}
        for name, collection, mass in (
            ("electron", fmt.electrons, ELECTRON_MASS_GEV),
            ("muon", fmt.muons, MUON_MASS_GEV),
        ):
            leptons = lists(events, collection, momentum | {"charge": "Charge"})
            builder.add(name, leptons.with_mass(mass), collection)
        photons = lists(events, fmt.photons, momentum)
        builder.add("photon", photons.with_mass(0.0), fmt.photons)
        jets = lists(events, fmt.jets, momentum | {"mass": "Mass", "btag": "BTag"})
        jets.columns["btag"] = (jets.columns["btag"] & (1 << fmt.b_tag_bit)) != 0
        builder.add("jet", jets, fmt.jets)
        if fmt.large_jets is not None:
            builder.add("large_jet", self._large_jets(events, momentum), fmt.large_jets)
        self._check_one_each(events, fmt.missing_energy, builder)
        met = numbers(events, fmt.missing_energy, "MET")
        builder.add_met(met, numbers(events, fmt.missing_energy, "Phi"), fmt.missing_energy)
        builder.add_weight(self._weight(events, builder), fmt.weight)
        return builder.build()

    def weights(self, events: ak.Array, bad_events: BadEvents = "fail") -> npt.NDArray[np.float64]:
        """Return the generator weights alone.

        Args:
            events: NanoEvents.
            bad_events: "skip" gives NaN for an event without a finite weight, and logs how many.

        Returns:
            float64 of shape (events,).

        Raises:
            BadEventError: A weight is not finite or missing, and `bad_events` is "fail".
            MissingBranchError: The events lack the weight.
        """
        builder = RecordBuilder(events, bad_events)
        builder.add_weight(self._weight(events, builder), self.format.weight)
        record = builder.build()
        weights = np.full(len(events), np.nan)
        places = np.asarray(record["entry"]) - events.metadata.get("entrystart", 0)
        weights[places] = np.asarray(record["weight"])
        return weights

    def _large_jets(self, events: ak.Array, momentum: dict[str, str]) -> Lists:
        fmt = self.format
        assert fmt.large_jets is not None
        if fmt.large_jet_mass not in GROOMED_VECTORS:
            return lists(events, fmt.large_jets, momentum | {"mass": fmt.large_jet_mass})
        jets = lists(events, fmt.large_jets, momentum)
        groomed = events[fmt.large_jets][f"{fmt.large_jet_mass}_5"][..., 0]
        x, y, z, energy = (
            np.asarray(ak.to_numpy(ak.flatten(groomed[axis])), dtype=np.float64)
            for axis in ("x", "y", "z", "t")
        )
        squared = energy * energy - (x * x + y * y + z * z)
        jets.columns["mass"] = np.copysign(np.sqrt(np.abs(squared)), squared)
        return jets

    def _weight(self, events: ak.Array, builder: RecordBuilder) -> npt.NDArray[Any] | None:
        if self.format.weight == "none":
            return None
        collection, field = self.format.weight.split(".")
        if collection == "Event":
            self._check_one_each(events, collection, builder)
            return numbers(events, collection, field)
        offsets, content = flat(events, collection, field)
        assert offsets is not None
        weights, missing = first_of_each(offsets, ak.to_numpy(content))
        builder.reject(missing, collection, "the event has no weight")
        return weights

    @staticmethod
    def _check_one_each(events: ak.Array, collection: str, builder: RecordBuilder) -> None:
        """Check that a collection that coffea flattens holds exactly one object an event."""
        if f"{collection}.offsets" not in events.fields:
            return
        offsets = np.asarray(ak.to_numpy(ak.materialize(events[f"{collection}.offsets"])))
        wrong = np.flatnonzero(np.diff(offsets) != 1)
        if len(wrong):
            # every later event would be given its neighbour's values, so none can be skipped
            metadata = events.metadata
            entry = int(wrong[0]) + metadata.get("entrystart", 0)
            msg = (
                f"{metadata.get('filename', 'the events')}: entry {entry} holds "
                f"{np.diff(offsets)[wrong[0]]} objects in {collection}, which must hold one"
            )
            raise BadEventError(msg)

    def generator_weights(
        self, tree: Any, start: int, stop: int, bad_events: BadEvents = "fail"
    ) -> npt.NDArray[np.float64]:
        """Return the generator weights of a range of entries; see `Reader.generator_weights`."""
        if self.format.weight == "none":
            return np.ones(stop - start)
        collection = self.format.weight.split(".")[0]
        branch = f"{collection}/{self.format.weight}"
        return branch_weights(tree, branch, start, stop, bad_events)


def _split(branch: str) -> tuple[str, str] | None:
    collection, _, own = branch.partition("/")
    return (collection, own.removeprefix(f"{collection}.")) if own else None
