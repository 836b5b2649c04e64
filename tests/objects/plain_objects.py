"""The choice of objects written plainly with awkward and vector, and lists as plain Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import awkward as ak
import numpy as np
import vector

from bumpcast.config.objects import LeptonicZ, ObjectCuts, ObjectsConfig
from bumpcast.objects.lists import Candidates, ObjectLists

vector.register_awkward()

Event = Sequence[dict[str, float]]
FIELDS = ("pt", "eta", "phi", "mass")
KINDS_OF_THE_RECORD = ("e", "m", "g", "j", "b", "Wh", "T", "HM")


def as_lists(events: Sequence[Event], *more_fields: str) -> ObjectLists:
    """Return plain events as lists of objects."""
    offsets = np.cumsum([0, *(len(event) for event in events)], dtype=np.int64)
    columns = {
        field: np.array([item[field] for event in events for item in event], dtype=np.float64)
        for field in (*FIELDS, *more_fields)
    }
    return ObjectLists(offsets, columns)


def as_candidates(events: Sequence[Event], *more_fields: str) -> Candidates:
    """Return plain events as objects that are all in."""
    return Candidates.all_of(as_lists(events, *more_fields))


def as_events(objects: ObjectLists | Candidates) -> list[list[dict[str, float]]]:
    """Return lists of objects, or of those that are still in, as plain events."""
    lists = objects.take() if isinstance(objects, Candidates) else objects
    return [
        [
            {field: float(column[item]) for field, column in lists.columns.items()}
            for item in range(start, stop)
        ]
        for start, stop in itertools.pairwise(lists.offsets.tolist())
    ]


def four_vector(item: dict[str, float]) -> vector.MomentumObject4D:
    return vector.obj(**{field: item[field] for field in FIELDS})


def pair_leptons(
    electrons: Event, muons: Event, config: LeptonicZ
) -> tuple[list[int], list[int], list[vector.MomentumObject4D]]:
    """Return the places of the leptons in no pair, and the Z bosons, of one event."""
    leptons = [("e", place, item) for place, item in enumerate(electrons)]
    leptons += [("m", place, item) for place, item in enumerate(muons)]
    bosons = []
    while True:
        best = None
        for one, other in itertools.combinations(leptons, 2):
            if one[0] != other[0] or one[2]["charge"] * other[2]["charge"] >= 0:
                continue
            total = four_vector(one[2]).to_xyzt() + four_vector(other[2]).to_xyzt()
            distance = abs(total.mass - config.mass_GeV)
            if distance < config.window_GeV and (best is None or distance < best[0]):
                best = (distance, one, other, total)
        if best is None:
            break
        leptons = [lepton for lepton in leptons if lepton not in best[1:3]]
        bosons.append(best[3])
    free_e = [place for flavour, place, _ in leptons if flavour == "e"]
    free_m = [place for flavour, place, _ in leptons if flavour == "m"]
    return free_e, free_m, sorted(bosons, key=lambda boson: -boson.pt)


def cut(objects: ak.Array, cuts: ObjectCuts) -> ak.Array:
    eta = abs(objects.eta)
    chosen = (objects.pt >= cuts.pt_min_GeV) & (eta <= cuts.abs_eta_max)
    for low, high in cuts.abs_eta_gaps:
        chosen = chosen & ~((eta >= low) & (eta <= high))
    return objects[chosen]


def away(objects: ak.Array, others: ak.Array, delta_r: float) -> ak.Array:
    one, other = ak.unzip(ak.cartesian([objects, others], nested=True))
    return objects[~ak.any(one.deltaR(other) < delta_r, axis=-1)]


def choose(record: ak.Array, config: ObjectsConfig) -> dict[str, ak.Array]:
    """Return the nine kinds of objects."""
    names = [
        name for name in ("electron", "muon", "photon", "jet", "large_jet") if name in record.fields
    ]
    kept = {name: cut(record[name], getattr(config, name)) for name in names}
    for step in config.overlap:
        kept[step.remove] = away(kept[step.remove], kept[step.near], step.delta_r)
    windows = config.mass_classes
    bounds = {"Wh": windows.Wh_GeV, "T": windows.T_GeV, "HM": windows.HM_GeV}
    kinds = {}
    source = kept["jet"][:, :0] if windows.source == "none" else kept[windows.source]
    if windows.source == "jet" and not windows.b_tagged:
        source = source[~source.btag]
    for kind, (low, high) in bounds.items():
        kinds[kind] = source[(source.mass >= low) & (source.mass < high)]
    jets = kept["jet"]
    if windows.source == "jet":
        for low, high in bounds.values():
            may_stay = jets.btag & (not windows.b_tagged)
            jets = jets[~((jets.mass >= low) & (jets.mass < high)) | may_stay]
    elif windows.source == "large_jet":
        for kind in bounds:
            jets = away(jets, kinds[kind], windows.absorb_delta_r)
    kinds |= {"j": jets[~jets.btag], "b": jets[jets.btag], "g": kept["photon"]}
    kinds |= {"e": kept["electron"], "m": kept["muon"], "Z": kept["photon"][:, :0]}
    if config.leptonic_z.enabled:
        events = zip(kinds["e"].to_list(), kinds["m"].to_list(), strict=True)
        paired = [pair_leptons(e, m, config.leptonic_z) for e, m in events]
        kinds["e"] = kinds["e"][ak.values_astype(ak.Array([p[0] for p in paired]), np.int64)]
        kinds["m"] = kinds["m"][ak.values_astype(ak.Array([p[1] for p in paired]), np.int64)]
        kinds["Z"] = ak.Array(
            [[{field: getattr(z, field) for field in FIELDS} for z in p[2]] for p in paired]
        )
    for kind in KINDS_OF_THE_RECORD:
        order = ak.argsort(kinds[kind].pt, axis=1, ascending=False, stable=True)
        kinds[kind] = kinds[kind][order]
    return kinds
