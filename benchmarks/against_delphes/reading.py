"""Columns of a file in the layout of Delphes, whoever wrote it."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

Array = npt.NDArray[Any]

_GROOMED = {
    "SoftDroppedMass": "SoftDroppedP4",
    "TrimmedMass": "TrimmedP4",
    "PrunedMass": "PrunedP4",
}
"""What our files hold as plain columns, and the four-vectors of Delphes's."""


class Events:
    """The first events of a file.

    Args:
        path: The file.
        events: How many; absent: all.
    """

    def __init__(self, path: Path, events: int | None = None) -> None:
        self._tree = uproot.open(path)["Delphes"]
        self._stop = events
        self.column = cache(self._column)
        self.objects = cache(self._objects)

    def __len__(self) -> int:
        entries = int(self._tree.num_entries)
        return entries if self._stop is None else min(entries, self._stop)

    def has(self, collection: str) -> bool:
        """Tell whether the file holds a collection."""
        return f"{collection}_size" in self._tree

    @cached_property
    def _branches(self) -> dict[str, str]:
        names = self._tree.keys(recursive=True)
        return {name.split("/")[-1].replace("[5]", "_5"): name for name in names}

    def _column(self, collection: str, name: str) -> Any:
        """Return a column of a collection: a list for each event."""
        vectors = _GROOMED.get(name) if collection == "FatJet" else None
        if vectors is not None and f"FatJet.{vectors}_5" in self._branches:
            return _masses(self._read(f"FatJet.{vectors}_5")[:, :, 0])
        return self._read(f"{collection}.{name}")

    def _read(self, branch: str) -> Any:
        return self._tree[self._branches[branch]].array(entry_stop=self._stop)

    def one_each(self, collection: str, name: str) -> Array:
        """Return a column of a collection that has one object an event."""
        return np.asarray(ak.to_numpy(ak.flatten(self.column(collection, name))), dtype=np.float64)

    def _objects(self, kind: str) -> Any:
        """Return electrons, muons, photons, jets, b jets, ... as four-vectors with what they have.

        Args:
            kind: A collection, or 'b jet', 'tau jet', 'light jet' for the jets with those tags.
        """
        collection, tag = _KINDS.get(kind, (kind, None))
        names = _FIELDS.get(collection, ("Mass", *_JET_FIELDS))
        fields = {name: self.column(collection, name) for name in ("PT", "Eta", "Phi", *names)}
        objects = ak.zip(fields)
        if tag == "b":
            return objects[(objects.BTag & 1) > 0]
        if tag == "tau":
            return objects[(objects.TauTag & 1) > 0]
        return objects


_KINDS = {"jet": ("Jet", None), "b jet": ("Jet", "b"), "tau jet": ("Jet", "tau")}
_FIELDS = {
    "Electron": ("Charge",),
    "Muon": ("Charge",),
    "Photon": (),
    "GenJet": ("Mass",),
    "Particle": ("PID", "Status", "M1", "D1", "D2", "Mass"),
    "FatJet": ("Mass",),
}
_JET_FIELDS = ("Flavor", "BTag", "TauTag")


def _masses(vectors: Any) -> Any:
    momentum = vectors.fP
    square = vectors.fE**2 - momentum.fX**2 - momentum.fY**2 - momentum.fZ**2
    return np.sqrt(np.maximum(square, 0.0))


def flat(column: Any) -> Array:
    """Return the values of all events, one behind the other."""
    return np.asarray(ak.to_numpy(ak.flatten(column)), dtype=np.float64)


def event_numbers(column: Any) -> Array:
    """Return for each value of `flat` the number of its event."""
    return np.repeat(np.arange(len(column)), ak.to_numpy(ak.num(column)))


def pair_mass(first: Any, second: Any) -> Any:
    """Return the mass of two objects together, each with its own mass."""
    energy, x, y, z = (a + b for a, b in zip(_components(first), _components(second), strict=True))
    return np.sqrt(np.maximum(energy**2 - x**2 - y**2 - z**2, 0.0))


def _components(objects: Any) -> tuple[Any, Any, Any, Any]:
    mass = objects.Mass if "Mass" in objects.fields else 0.0
    x, y = objects.PT * np.cos(objects.Phi), objects.PT * np.sin(objects.Phi)
    z = objects.PT * np.sinh(objects.Eta)
    return np.sqrt(x**2 + y**2 + z**2 + mass**2), x, y, z
