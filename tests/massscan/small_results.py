"""Small results folders for tests, made without the compiled scan where it does not matter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bumpcast.config import Analysis, load
from bumpcast.massscan import ScanDelta
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.names import parse_name
from bumpcast.massscan.naming.observable import Selection
from bumpcast.massscan.results.publish import store_scan

QUICKSTART = Path(__file__).parents[2] / "configs" / "quickstart.toml"

Contents = Mapping[int, tuple[int, float, float]]
"""Per bin the entries, the sum of weights and the sum of their squares."""


def analysis_of(
    kinds: Mapping[str, str], mode: str = "raw", cross_section_pb: float = 3.0, **scan: object
) -> Analysis:
    """Return a configuration of data sets of these kinds."""
    normalisation: dict[str, object] = {"mode": mode}
    if mode != "raw":
        normalisation |= {"luminosity_fb": 2.0, "seed": 7}
    datasets = {}
    for name, kind in kinds.items():
        datasets[name] = {"files": ["a.root"], "format": "atlas", "kind": kind, "label": name}
        if kind != "data" and mode != "raw":
            datasets[name]["cross_section_pb"] = cross_section_pb
    return Analysis.model_validate(
        {
            "name": "toy",
            "processor": "mass_scan.py:MassScan",
            "formats": {"atlas": {"kind": "delphes", "b_tag_bit": 0, "weight": "Event.Weight"}},
            "datasets": datasets,
            "normalisation": normalisation,
            "objects": load(QUICKSTART).objects,
            "scan": dict(scan),
            "binning": {"detector": "atlas"},
        }
    )


def codes_of(name: str) -> tuple[int, int]:
    """Return the codes of a histogram, or of a yield: a name such as '2e' or '2e | MET>200 |'."""
    if "m(" in name or "mT(" in name:
        parsed = parse_name(name)
        return parsed.state.code, parsed.observable.code
    state, _, selection = name.partition("|")
    return FinalState.from_name(state).code, Selection.from_name(selection.strip(" |")).code


def delta_of(contents: Mapping[str, Contents], binning: str = "b") -> ScanDelta:
    """Return the delta of plain contents, by name."""
    rows = sorted((codes_of(name), cells) for name, cells in contents.items())
    flat = [(number, *sums) for _, cells in rows for number, sums in sorted(cells.items())]
    return ScanDelta.of_cells(
        binning,
        np.array([codes[0] for codes, _ in rows], np.int64),
        np.array([codes[1] for codes, _ in rows], np.int64),
        np.cumsum([0, *(len(cells) for _, cells in rows)]),
        np.array([cell[0] for cell in flat], np.uint16),
        np.array([cell[1] for cell in flat], np.int64),
        None,
        np.array([cell[2:] for cell in flat], np.float64).reshape(-1, 2),
    )


def falling(entries: int, bins: int, first: int = 5) -> dict[int, tuple[int, float, float]]:
    """Return a spectrum of weight one that falls from its first bin on."""
    counts = {first + place: max(entries - place, 1) for place in range(bins)}
    return {number: (count, float(count), float(count)) for number, count in counts.items()}


def found_of(delta: ScanDelta, sum_of_weights: float, events: int = 10) -> dict[str, object]:
    """Return what the processor returns for a data set."""
    return {
        "histograms": delta,
        "events": events,
        "bad_events": 1,
        "sum_of_weights": sum_of_weights,
    }


def write_manifest(folder: Path, status: str = "complete", seen: int = 10, **more: object) -> None:
    """Write the part of a run's manifest that says whether it is complete."""
    document = {"status": status, "entries_expected": 10, "entries_seen": seen, "failures": []}
    (folder / "manifest.json").write_text(json.dumps(document | more))


def small_folder(folder: Path) -> Path:
    """Write a results folder of a background and a signal in three final states."""
    analysis = analysis_of({"ttbar": "background", "signal": "signal"}, min_bins=5)
    ttbar = delta_of(
        {
            "2e os | m(e0,e1)": falling(60, 20),
            "2e os | MET>200 | m(e0,e1)": {0: (1, 1.0, 1.0), 9: (4, 4.0, 4.0)},
            "2j | m(j0,j1)": falling(40, 8),
            "2j | mT(j0,j1,MET)": {7: (3, 4.5, 6.75)},
            "2e os": {0: (900, 900.0, 900.0)},
            "2e os | MET>200 |": {0: (5, 5.0, 5.0)},
            "2j": {0: (300, 301.5, 303.0)},
            "none": {0: (40, 40.0, 40.0)},
        }
    )
    signal = delta_of(
        {
            "2e os | m(e0,e1)": {15: (50, 50.0, 50.0), 300: (1, 1.0, 1.0)},
            "1m >=6j | pT(j)>99.5 | m(m0,j0)": falling(12, 3),
            "2e os": {0: (51, 51.0, 51.0)},
            "1m >=6j": {0: (34, 34.0, 34.0)},
            "1m >=6j | pT(j)>99.5 |": {0: (33, 33.0, 33.0)},
        }
    )
    folder.mkdir(parents=True, exist_ok=True)
    output = {"ttbar": found_of(ttbar, 1240.0, 1241), "signal": found_of(signal, 85.0, 86)}
    store_scan(output, folder, analysis, {"ttbar": 1.0, "signal": 1.0})
    write_manifest(folder)
    return folder
