"""A small results folder with a search, made without events."""

from __future__ import annotations

import json
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
from scipy.stats import norm
from small_results import analysis_of, delta_of, found_of, write_manifest

from bumpcast.bumps.findings import Findings, make_table, write_findings
from bumpcast.bumps.grouping import group_findings
from bumpcast.bumps.likelihood import signed_significances
from bumpcast.bumps.scanned import searched_spectra, spectra_of_dataset
from bumpcast.config import Analysis
from bumpcast.massscan import open_results
from bumpcast.massscan.results.publish import store_scan

HOSTILE = "</script><img src=x onerror=\"window.hacked='label'\"> & 'more'"
STATES = {
    "2m os": ["m0", "m1"],
    "2m 1j os": ["m0", "m1", "j0"],
    "2e 1j os": ["e0", "e1", "j0"],
    "3j": ["j0", "j1", "j2"],
    "2j 2b": ["j0", "j1", "b0", "b1"],
    "1m >=6j": ["m0", "j0", "j1", "j2"],
}
SELECTIONS = ["", "MET>200 | ", "HT>500 | ", "pT(j)>99.5 | "]
REASON = "the fit <b>failed</b>: p = 0.0003"


def histogram_names():
    names = []
    for state, objects in STATES.items():
        for size in (2, 3):
            for chosen in combinations(objects, size):
                for selection in SELECTIONS:
                    names.append(f"{state} | {selection}m({','.join(chosen)})")
                    names.append(f"{state} | {selection}mT({','.join(chosen)},MET)")
    return names


def write_results(folder: Path, *, weighted: bool = False, label: str = HOSTILE) -> Path:
    """Write a results folder of 264 falling spectra with peaks of a signal in some of them."""
    random = np.random.default_rng(3)
    background, signal = {}, {}
    for number, name in enumerate(histogram_names()):
        bins = int(random.integers(32, 50))
        expected = 300 * np.exp(-3 * np.arange(bins) / bins)
        counts = random.poisson(expected)
        counts[0] = 400
        background[name] = {9 + i: cells(n, weighted) for i, n in enumerate(counts)}
        if number % 3 == 0:
            peak = random.integers(5, bins - 5)
            signal[name] = {9 + peak + step: cells(n, weighted) for step, n in ((0, 70), (1, 30))}
    for state in STATES:
        background[state] = {0: cells(900, weighted)}
    document = analysis_of({"back": "background", "signal": "signal"}).model_dump()
    document["datasets"]["back"]["label"] = label
    output = {
        "back": found_of(delta_of(background), 1.0),
        "signal": found_of(delta_of(signal), 1.0),
    }
    folder.mkdir(parents=True, exist_ok=True)
    store_scan(output, folder, Analysis.model_validate(document), {"back": 1.0, "signal": 1.0})
    write_manifest(folder)
    (folder / "config.toml").write_text('label = "<img src=x onerror=window.hacked=1>"\n')
    return folder


def cells(number, weighted):
    return (int(number), *((1.5 * number, 2.5 * number) if weighted else (number, number)))


def search(folder: Path, name: str = "likelihood", skipped: int = 5) -> Findings:
    """Search against the simulated background, smoothed; one histogram is skipped."""
    with open_results(folder) as results:
        spectra = searched_spectra(results)
        own = spectra_of_dataset(results, "back").counts
    background, uncertainty = np.empty_like(own), np.empty_like(own)
    for begin, end in pairwise(spectra.offsets):
        x = np.arange(end - begin)
        line = np.polynomial.Polynomial.fit(x, np.log(np.maximum(own[begin:end], 1)), 2)
        background[begin:end] = np.exp(line(x))
        uncertainty[begin:end] = 0.02 * background[begin:end]
    part = spectra.slice_of(skipped)
    background[part] = np.nan
    z = signed_significances(spectra.offsets, spectra.counts, background, uncertainty=uncertainty)
    columns = {key: np.full(len(spectra), np.nan) for key in ("z", "mass_GeV", "bin")}
    for histogram, (begin, end) in enumerate(pairwise(spectra.offsets)):
        if histogram != skipped:
            best = begin + int(np.argmax(z[begin:end]))
            columns["z"][histogram], columns["bin"][histogram] = z[best], best - begin
            columns["mass_GeV"][histogram] = spectra.centres[best]
    searched = np.isfinite(columns["z"])
    columns["width_bins"] = np.where(searched, 1.0, np.nan)
    chosen = spectra.offsets[:-1] + np.where(searched, columns["bin"], 0).astype(int)
    columns["width_GeV"] = np.where(searched, (spectra.high - spectra.low)[chosen], np.nan)
    columns["p_local"] = norm.sf(columns["z"])
    columns["p_histogram"] = -np.expm1(spectra.bins * np.log1p(-columns["p_local"]))
    texts = {
        "model": np.where(searched, "exp(polynomial of order 2)", ""),
        "reason": np.where(searched, "", REASON),
    }
    settings = {"method": "likelihood", "nested": {"text": "<b>bold</b>", "widths": [1, 2, 3]}}
    table = make_table(spectra.names, columns | texts)
    findings = Findings(spectra, settings, table, z, background, uncertainty)
    table["group"] = group_findings(findings, folder)
    write_findings(findings, folder / "bumps" / f"{name}.h5")
    return findings


def tally(seen, expected, p):
    quantiles = {"0.025": 0, "0.16": expected / 2, "0.5": expected, "0.84": 3 * expected}
    return {
        "seen": seen, "expected": expected, "error": 0.1, "spread": 1, "p": p,
        "quantiles": quantiles,
    }  # fmt: skip


WHOLE_SET = {
    "settings": {"search": "likelihood", "drawn": {"source": "<b>simulation", "seed": 1}},
    "whole": {
        "replicas": 100,
        "histograms": {"3": tally(60, 1.25, 0.0001), "5": tally(40, 0.01, 0.02)},
        "groups": {"3": tally(12, 0.5, 0.01)},
        "largest": tally(11.5, 3.25, 0.5),
    },
    "z_bins": [0, 1, 2, 3, 10],
    "z_seen": [10, 80, 60, 50],
    "z_expected": [20, 140, 30, 10],
}


def write_whole_set(folder: Path, search: str = "likelihood") -> None:
    (folder / "bumps" / f"{search}.whole.json").write_text(json.dumps(WHOLE_SET))
