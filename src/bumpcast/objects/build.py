"""From the event record to the ten kinds of objects."""

from __future__ import annotations

import awkward as ak
import numpy as np

from bumpcast.config.objects import ObjectsConfig
from bumpcast.errors import BumpcastError
from bumpcast.objects.cuts import apply_cuts
from bumpcast.objects.leptonic_z import find_leptonic_z
from bumpcast.objects.lists import Candidates, ObjectLists
from bumpcast.objects.mass_classes import class_by_mass
from bumpcast.objects.overlap import remove_near

COLLECTIONS = ("electron", "muon", "photon", "jet", "large_jet")


class MissingCutsError(BumpcastError):
    """The record holds a collection for which the configuration has no cuts."""

    permanent = True


def build(record: ak.Array, config: ObjectsConfig) -> ak.Array:
    """Return the objects of each event, each list ordered by falling pt.

    The steps are, in this order: cuts on each collection; overlap removal as listed; classing of
    jets by mass; b-jets apart from the other jets; leptonic Z bosons. An overlap step that names
    large-radius jets does nothing in a record without them.

    Args:
        record: Events as in ARCHITECTURE.md.
        config: The table [objects].

    Returns:
        Lists ``e, m, g, j, b, Z, Wh, T, HM`` and ``met``, as in ARCHITECTURE.md.

    Raises:
        MissingCutsError: There are large-radius jets and no table [objects.large_jet].
        MissingLargeJetsError: Jets are classed by large-radius jets that the record has not.
    """
    candidates: dict[str, Candidates] = {}
    for name in COLLECTIONS:
        if name not in record.fields:
            continue
        cuts = getattr(config, name)
        if cuts is None:
            msg = (
                f"the record has {name}s, but the configuration has no table [objects.{name}]: "
                f"add it, or leave {name}s out of the format's table"
            )
            raise MissingCutsError(msg)
        objects = Candidates.all_of(ObjectLists.from_awkward(record[name]))
        candidates[name] = apply_cuts(objects, cuts)
    for step in config.overlap:
        if step.remove in candidates and step.near in candidates:
            candidates[step.remove] = remove_near(
                candidates[step.remove], candidates[step.near], step.delta_r
            )
    classed = class_by_mass(candidates["jet"], candidates.get("large_jet"), config.mass_classes)
    b_tagged = classed.jets["btag"] > 0
    kinds = {
        "e": candidates["electron"].take(),
        "m": candidates["muon"].take(),
        "g": candidates["photon"].take(),
        "j": classed.jets.only(~b_tagged).take().without("btag"),
        "b": classed.jets.only(b_tagged).take().without("btag"),
        "Wh": classed.Wh.take().without("btag"),
        "T": classed.T.take().without("btag"),
        "HM": classed.HM.take().without("btag"),
    }
    kinds["Z"] = kinds["g"].where(np.zeros(len(kinds["g"]["pt"]), bool))
    if config.leptonic_z.enabled:
        found = find_leptonic_z(kinds["e"], kinds["m"], config.leptonic_z)
        kinds["e"], kinds["m"], kinds["Z"] = found
    contents: dict[str, ak.contents.Content] = {
        kind: made.by_falling_pt().to_layout() for kind, made in kinds.items()
    }
    contents["met"] = ak.to_layout(ak.materialize(record["met"]))
    layout = ak.contents.RecordArray(list(contents.values()), list(contents), length=len(record))
    return ak.Array(layout)
