"""From the event record to the ten kinds of objects."""

from __future__ import annotations

import awkward as ak
import numpy as np

from bumpcast.config.objects import ObjectsConfig
from bumpcast.errors import BumpcastError
from bumpcast.objects.cuts import apply_cuts
from bumpcast.objects.leptonic_z import find_leptonic_z
from bumpcast.objects.lists import ObjectLists
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
    lists: dict[str, ObjectLists] = {}
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
        lists[name] = apply_cuts(ObjectLists.from_awkward(record[name]), cuts)
    for step in config.overlap:
        if step.remove in lists and step.near in lists:
            lists[step.remove] = remove_near(lists[step.remove], lists[step.near], step.delta_r)
    classed = class_by_mass(lists["jet"], lists.get("large_jet"), config.mass_classes)
    b_tagged = classed.jets["btag"] > 0
    kinds = {
        "e": lists["electron"],
        "m": lists["muon"],
        "g": lists["photon"],
        "j": classed.jets.where(~b_tagged).without("btag"),
        "b": classed.jets.where(b_tagged).without("btag"),
        "Wh": classed.Wh.without("btag"),
        "T": classed.T.without("btag"),
        "HM": classed.HM.without("btag"),
    }
    kinds["Z"] = kinds["g"].where(np.zeros(len(kinds["g"]["pt"]), bool))
    if config.leptonic_z.enabled:
        found = find_leptonic_z(kinds["e"], kinds["m"], config.leptonic_z)
        kinds["e"], kinds["m"], kinds["Z"] = found
    return ak.zip(
        {
            **{kind: made.by_falling_pt().to_awkward() for kind, made in kinds.items()},
            "met": record["met"],
        },
        depth_limit=1,
    )
