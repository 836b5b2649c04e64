"""The mass scan written plainly with awkward, vector and hist: one mask and one fill a histogram.

It shares no code with the compiled path but the bin edges and the final states' spelling.
"""

from __future__ import annotations

import itertools
from collections import Counter

import awkward as ak
import hist
import numpy as np
import vector

from bumpcast.config.scan import ScanConfig
from bumpcast.massscan.binning.binning import Binning

vector.register_awkward()

KINDS = ("e", "m", "g", "j", "b", "Z", "Wh", "T", "HM")


def scan(
    objects: ak.Array, config: ScanConfig, binning: Binning, weights: np.ndarray
) -> dict[str, hist.Hist]:
    """Return every filled histogram by name."""
    objects = ak.with_field(objects, weights, "weight")
    names = np.array(state_names(objects, config))
    filled: dict[str, hist.Hist] = {}
    for state in sorted(set(names)):
        in_state = objects[names == state]
        counts = {kind: int(ak.num(in_state[kind], axis=1)[0]) for kind in KINDS}
        passed = selections(in_state, counts, config)
        for (selection, name), histogram in _fill(in_state, passed, config, binning).items():
            middle = f"{selection} | " if selection else ""
            filled[f"{state} | {middle}{name}"] = histogram
    return filled


def state_names(objects: ak.Array, config: ScanConfig) -> list[str]:
    names = []
    for event in objects:
        words = []
        for kind in KINDS:
            count, open_from = len(event[kind]), getattr(config.open_from, kind)
            if count >= open_from > 0:
                words.append(f">={open_from}{kind}")
            elif count and count < open_from:
                words.append(f"{count}{kind}")
        leptons = [*event["e"]["charge"].tolist(), *event["m"]["charge"].tolist()]
        if config.split_dilepton_charge and len(leptons) == 2 and len(event["Z"]) == 0:
            words.append("os" if leptons[0] * leptons[1] < 0 else "ss")
        names.append(" ".join(words) or "none")
    return names


def selections(
    events: ak.Array, counts: dict[str, int], config: ScanConfig
) -> dict[str, np.ndarray]:
    passed = {"": np.ones(len(events), bool)}
    for cut in config.selections.met_min_GeV:
        passed[f"MET>{cut:g}"] = ak.to_numpy(events.met.pt > cut)
    ht = sum(ak.sum(events[kind].pt, axis=1) for kind in config.selections.ht_kinds)
    for cut in config.selections.ht_min_GeV:
        passed[f"HT>{cut:g}"] = ak.to_numpy(ht > cut)
    for kind in KINDS:
        for cut in config.selections.leading_pt_min_GeV:
            if counts[kind]:
                passed[f"pT({kind})>{cut:g}"] = ak.to_numpy(events[kind].pt[:, 0] > cut)
    return passed


def _usable(events: ak.Array, config: ScanConfig) -> dict[tuple[str, int], ak.Array]:
    """Return for each object of any event which events lend it to combinations."""
    jets = ak.concatenate(
        [
            ak.zip({"pt": events["j"].pt, "kind": 0, "place": ak.local_index(events["j"].pt)}),
            ak.zip({"pt": events["b"].pt, "kind": 1, "place": ak.local_index(events["b"].pt)}),
        ],
        axis=1,
    )
    jets = jets[ak.argsort(jets.pt, ascending=False, stable=True)][:, : config.leading_jets]
    usable = {}
    for kind in KINDS:
        limit = getattr(config.objects_per_kind, kind)
        count = ak.num(events[kind], axis=1)
        if kind in "jb":
            count = ak.sum(jets.kind == "jb".index(kind), axis=1)
        for place in range(limit):
            present = ak.to_numpy(count > place)
            if present.any():
                usable[kind, place] = present
    return usable


def _fill(
    events: ak.Array, selections: dict[str, np.ndarray], config: ScanConfig, binning: Binning
) -> dict[tuple[str, str], hist.Hist]:
    filled: dict[tuple[str, str], hist.Hist] = {}
    usable = _usable(events, config)
    met = ak.zip(
        {
            "px": events.met.pt * np.cos(events.met.phi),
            "py": events.met.pt * np.sin(events.met.phi),
        },
        with_name="Momentum2D",
    )
    largest = config.combination_max_size or len(usable)
    for size in range(1, largest + 1):
        for chosen in itertools.combinations(usable, size):
            kinds = Counter(kind for kind, _ in chosen)
            present = np.logical_and.reduce([usable[item] for item in chosen])
            if not present.any():
                continue
            parts = [
                ak.zip(
                    {
                        "pt": events[kind].pt[present][:, place],
                        "eta": events[kind].eta[present][:, place],
                        "phi": events[kind].phi[present][:, place],
                        "mass": events[kind].mass[present][:, place],
                    },
                    with_name="Momentum4D",
                )
                for kind, place in chosen
            ]
            total = parts[0].to_xyzt()
            for part in parts[1:]:
                total = total + part.to_xyzt()
            words = ",".join(f"{kind}{place}" for kind, place in chosen)
            missing = met[present]
            for variable in _variables(size, chosen[0][0], config):
                if variable == "mass":
                    name, square = f"m({words})", total.t**2 - total.mag2
                elif variable == "transverse_mass":
                    name = f"mT({words},MET)"
                    energy = np.sqrt(np.maximum(total.t**2 - total.pz**2, 0)) + missing.rho
                    square = energy**2 - (total.to_xy() + missing).rho2
                else:
                    name = f"m({words},MET)"
                    square = (
                        (total.t + missing.rho) ** 2 - (total.to_xy() + missing).rho2 - total.pz**2
                    )
                content = binning.content(list(kinds.elements()), with_met=variable != "mass")
                edges = binning.edges(content)
                masses = np.sqrt(np.maximum(ak.to_numpy(square), 0.0))
                weights = ak.to_numpy(events.weight[present])
                for selection, passed in selections.items():
                    histogram = hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Weight())
                    chosen_events = passed[present]
                    histogram.fill(masses[chosen_events], weight=weights[chosen_events])
                    filled[selection, name] = histogram
    return filled


def _variables(size: int, kind: str, config: ScanConfig) -> list[str]:
    if size > 1:
        return list(config.variables)
    single = []
    if config.single_jet_masses and kind in ("Wh", "T", "HM"):
        single.append("mass")
    if config.single_transverse_masses:
        single.append("transverse_mass")
    return single
