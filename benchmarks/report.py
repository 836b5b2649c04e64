"""How fast the report of very many histograms opens and scrolls in a real browser.

    python benchmarks/report.py [--histograms 40000] [--bins 65] [--rounds 3] [--keep DIR]

A results folder of made-up histograms with a search is written as a report, and that is opened in
a headless Chromium from disk. Shown are the time to write it, its size, the time from opening the
page to the first line of the ranking (least of the rounds), the longest time between two pictures
while the ranking is scrolled, by 4 lines a picture and in leaps, what a picture costs the page's
own thread, and the time from a click on a histogram that was not loaded yet to its picture.
Target: below 3 s to the first line for 40 000 histograms.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from itertools import combinations, pairwise, product
from pathlib import Path

import numpy as np
from scipy.special import log_ndtr, ndtr

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bumpcast.bumps.findings import Findings, make_table, write_findings
from bumpcast.bumps.scanned import searched_spectra
from bumpcast.config import Analysis, load
from bumpcast.massscan import ScanDelta, open_results
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.observable import Combination, Observable, Selection
from bumpcast.massscan.results.publish import store_scan
from bumpcast.report.site import write_site
from docs.tools.browser import BrowserError, find_browser
from docs.tools.visitor import Visitor

SELECTIONS = ("", "MET>200", "MET>500", "HT>500", "HT>1000")
FIRST_BIN = 20
SCROLLING = """new Promise(resolve => {
    const list = document.querySelector('.scroller'), from = performance.now(), gaps = [];
    list.scrollTop = 0;
    let last = from;
    function next(now) {
        gaps.push(now - last);
        last = now;
        list.scrollTop = PLACE;
        if (now - from < 4000) requestAnimationFrame(next);
        else resolve([gaps.length - 2, Math.max(...gaps.slice(2))]);
    }
    requestAnimationFrame(next);
})"""
"""JavaScript: how many pictures there were in four seconds, and the longest time between two."""

CLICKING = """new Promise(resolve => {
    const from = performance.now(), h = HISTOGRAM, name = bumpcast.catalogue.name(h);
    bumpcast.address.set({ h: name });
    const wait = setInterval(() => {
        if (document.querySelector('.histogram').dataset.shown !== name) return;
        clearInterval(wait);
        resolve(performance.now() - from);
    }, 1);
})"""


def names(histograms: int) -> list[tuple[int, int]]:
    """Return codes of so many histograms of many final states."""
    found: list[tuple[int, int]] = []
    for e, m, g, j, b in product(range(4), range(4), range(3), range(7), range(4)):
        counts = {"e": e, "m": m, "g": g, "j": j, "b": b}
        spelled = [f"{'>=' if n == 6 else ''}{n}{kind}" for kind, n in counts.items() if n]
        if len(spelled) < 2:
            continue
        state = FinalState.from_name(" ".join(spelled))
        objects = [(kind, place) for kind, n in counts.items() for place in range(min(n, 2))]
        for size in (2, 3):
            for chosen in combinations(objects, size):
                for variable, cut in product(("mass", "transverse_mass"), SELECTIONS):
                    observable = Observable(Combination(chosen), variable, Selection.from_name(cut))
                    found.append((state.code, observable.code))
        if len(found) >= histograms:
            return sorted(found[:histograms])
    msg = f"only {len(found)} histograms can be made up"
    raise SystemExit(msg)


def write_results(folder: Path, histograms: int, bins: int) -> None:
    """Write a results folder of falling spectra of a background and a signal, with a search."""
    random = np.random.default_rng(1)
    codes = names(histograms)
    place = np.arange(bins)
    height = 10 ** random.uniform(2, 4.5, histograms)
    expected = np.maximum(height[:, None] * np.exp(-4 * place / bins), 30)
    counts = {"background": random.poisson(expected)}
    counts["background"][:, 0] += 3 * np.sqrt(expected[:, 0]).astype(int)
    peak = np.exp(-0.5 * (place - random.integers(5, bins - 5, histograms)[:, None]) ** 2)
    strength = np.where(random.random(histograms) < 0.05, 6.0, 0.05)[:, None]
    counts["signal"] = random.poisson(strength * np.sqrt(expected) * peak)
    analysis = Analysis.model_validate(
        {
            "name": "synthetic",
            "processor": "mass_scan.py:MassScan",
            "formats": {"atlas": {"kind": "delphes", "b_tag_bit": 0, "weight": "Event.Weight"}},
            "datasets": {
                name: {"files": ["a.root"], "format": "atlas", "kind": name} for name in counts
            },
            "normalisation": {"mode": "raw"},
            "objects": load(ROOT / "configs" / "quickstart.toml").objects,
            "scan": {},
            "binning": {"detector": "atlas"},
        }
    )
    output = {name: found(codes, values) for name, values in counts.items()}
    folder.mkdir(parents=True, exist_ok=True)
    store_scan(output, folder, analysis, dict.fromkeys(output, 1.0))
    (folder / "manifest.json").write_text(json.dumps({"status": "complete"}))
    search(folder, random)


def found(codes: list[tuple[int, int]], counts: np.ndarray) -> dict[str, object]:
    """Return what the processor returns for a data set."""
    histogram, place = np.nonzero(counts)
    delta = ScanDelta.of_cells(
        binning="b",
        states=np.array([state for state, _ in codes], np.int64),
        observables=np.array([observable for _, observable in codes], np.int64),
        offsets=np.concatenate([[0], np.cumsum(np.count_nonzero(counts, axis=1))]),
        bins=(FIRST_BIN + place).astype(np.uint16),
        counts=counts[histogram, place].astype(np.int64),
        unit=1.0,
        weights=None,
    )
    events = int(counts.sum())
    return {"histograms": delta, "events": events, "bad_events": 0, "sum_of_weights": events}


def search(folder: Path, random: np.random.Generator) -> None:
    """Write findings whose significances are drawn, since only their number matters here."""
    with open_results(folder) as results:
        spectra = searched_spectra(results)
    z = random.normal(size=len(spectra.counts))
    starts = spectra.offsets[:-1]
    best = np.array(
        [int(start + np.argmax(z[start:stop])) for start, stop in pairwise(spectra.offsets)]
    )
    columns = {
        "z": z[best],
        "bin": best - starts,
        "mass_GeV": spectra.centres[best],
        "width_bins": np.ones(len(best)),
        "width_GeV": (spectra.high - spectra.low)[best],
        "p_local": ndtr(-z[best]),
        "p_histogram": -np.expm1(spectra.bins * log_ndtr(z[best])),
        "group": np.where(z[best] > 3, 1 + np.arange(len(best)) // 5, np.nan),
        "model": ["exp(polynomial of order 3)"] * len(best),
    }
    background = spectra.counts * random.uniform(0.97, 1.03, len(z))
    findings = Findings(
        spectra,
        {"method": "drawn"},
        make_table(spectra.names, columns),
        z,
        background,
        0.03 * background,
    )
    write_findings(findings, folder / "bumps" / "drawn.h5")


def measure(page: Path, rounds: int) -> None:
    """Open a report and use it."""
    program = find_browser()
    if program is None:
        msg = "no Chromium on PATH; name yours in BUMPCAST_BROWSER"
        raise BrowserError(msg)
    opened = []
    with Visitor(program) as browser:
        for _ in range(rounds):
            browser.open("about:blank")
            browser.open(page.as_uri())
            opened.append(browser.wait_for("bumpcast.started", 30))
        busy = browser.busy_s()["TaskDuration"]
        line = browser.evaluate("document.querySelector('.lines .line').textContent")
        print(
            f"opening to the first line   {min(opened) / 1000:8.2f} s, {busy:.2f} s of the page's "
            f"own time ({line})"
        )
        lines = browser.evaluate("bumpcast.ranking.view.table.lines.length")
        for what, step in (
            ("4 lines a picture", "108 * gaps.length"),
            ("leaps of 2 000 lines", "54000 * gaps.length % (27 * LINES)"),
        ):
            script = SCROLLING.replace("PLACE", step).replace("LINES", str(lines))
            before = browser.busy_s()["TaskDuration"]
            frames, longest = browser.evaluate(script)
            busy = (browser.busy_s()["TaskDuration"] - before) / frames
            print(
                f"{what:28s}{frames / 4:8.0f} pictures a second, longest {longest:.0f} ms, "
                f"{1000 * busy:.1f} ms of the page's own time each"
            )
        times = [
            browser.evaluate(CLICKING.replace("HISTOGRAM", str(lines * part // 40)))
            for part in range(1, 40)
        ]
        print(
            f"click to picture            {np.median(times):8.0f} ms, longest {max(times):.0f} ms"
        )
        sort = browser.evaluate(
            "(() => { const from = performance.now(); bumpcast.address.set({sort: 'mass'});"
            "return performance.now() - from; })()"
        )
        print(f"sorting by mass             {sort:8.0f} ms")
        memory = browser.evaluate("performance.memory.usedJSHeapSize")
        print(f"JavaScript's memory         {memory / 1e6:8.0f} MB")
        for complaint in browser.complaints:
            print("the page complains:", complaint)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histograms", type=int, default=40_000)
    parser.add_argument("--bins", type=int, default=65)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="Leave the results folder here.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        if not (folder / "bumps").exists():
            write_results(folder, arguments.histograms, arguments.bins)
        with open_results(folder) as results:
            begun = time.perf_counter()
            page = write_site(results, folder / "report").resolve()
            took = time.perf_counter() - begun
            kept = int(results.table["kept"].sum())
        size = sum(path.stat().st_size for path in page.parent.rglob("*") if path.is_file())
        start = (page.parent / "data" / "catalogue.js").stat().st_size
        print(f"{kept} histograms of {arguments.bins} bins")
        print(f"writing                     {took:8.1f} s")
        print(
            f"on disk                     {size / 1e6:8.0f} MB, {start / 1e6:.1f} MB at the start"
        )
        measure(page, arguments.rounds)


if __name__ == "__main__":
    main()
