"""Whether resonances of simulated signals are found on simulated backgrounds, and where.

    python -m benchmarks.real_signals --files DIR [--delphes DIR] [--methods NAME,...]

DIR holds what `make.sh` beside this file makes: backgrounds in slices, and signals. With --delphes,
the signals zprime_ll_2000, zprime_tt_1000 and lq_bmu_1000 are those of Delphes's own files in that
folder. Each signal is added to its backgrounds at the cross-section where the exact likelihood with
a known background has 5 sigma, and pseudo-data are searched with each method. Printed is in how
many of them the largest excess is within one bin of where the exact likelihood expects it, however
small ('there'), and with at least 3 sigma ('found'). Target: 80 %. The method `known` is the exact
likelihood that knows the background: no other one can be expected to do better; `shape` the one
that knows its function, but not the parameters.

The luminosity is the smallest of a list at which the spectrum would be searched far enough beyond
the resonance. Below each signal's first spectrum stands the same for a Gaussian of one, two and
three bins at the same mass, which needs no simulated signal.

Scans and rows are kept in DIR and not made again, but with --again: `--methods network --again`
after the network was trained. All rows are printed, and with --page written into the tables of a
page of the documentation.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import bumpcast
from benchmarks.real_signals.pictures import draw
from benchmarks.real_signals.samples import GROUPS, Signal, scan
from benchmarks.real_signals.shape_known import shape_known
from benchmarks.real_signals.tables import Row, into_page
from bumpcast.bumps.efficiency import EfficiencyPoint, efficiency_curve
from bumpcast.bumps.expectation import expectation
from bumpcast.bumps.injection import InjectionError
from bumpcast.massscan import KeepRule
from bumpcast.massscan.results.results import Results

LUMINOSITIES_FB = (139.0, 3e3, 3e4, 3e5, 3e6, 3e7)
RULE = KeepRule(min_events=100, min_bins=15, min_events_per_bin=10)
METHODS = {
    "known": {"method": "likelihood", "background": "simulation"},
    "shape": {},
    "fit": {"method": "likelihood", "background": "fit"},
    "gp": {"method": "likelihood", "background": "gp"},
    "network": {"method": "network", "background": "network"},
}
THRESHOLD = 3.0
SIGNIFICANCE = 5.0


def luminosity(results: Results, signal: Signal, histogram: str) -> tuple[float | None, str]:
    """Return the least luminosity at which a spectrum reaches beyond a signal, or why none.

    Args:
        results: Of the scan.
        signal: The signal.
        histogram: Name of the spectrum.
    """
    why = ""
    for luminosity_fb in LUMINOSITIES_FB:
        try:
            found = expectation(results, luminosity_fb=luminosity_fb, histograms=(histogram,))
        except InjectionError as error:
            why = str(error)
            continue
        end = float(found.spectra.high[-1])
        if end >= signal.reach_GeV:
            return luminosity_fb, ""
        why = f"{histogram} would be searched up to {end:,.0f} GeV at {luminosity_fb:g} /fb"
    return None, why


def rows_of(
    results: Results, signal: Signal, histogram: str, methods: list[str], trials: int
) -> list[Row]:
    """Return the rows of one signal in one spectrum."""
    luminosity_fb, why = luminosity(results, signal, histogram)
    what: Row = {"signal": signal.name, "histogram": histogram, "luminosity_fb": luminosity_fb}
    if luminosity_fb is None:
        return [{**what, "method": method, "kind": "events", "why": why} for method in methods]
    rows: list[Row] = []
    for method in methods:
        kinds: dict[str, dict[str, Any]] = {"events": {"signal": signal.name}}
        for width in (1.0, 2.0, 3.0) if histogram == signal.histograms[0] else ():
            kinds[f"{width:g} bins"] = {"mass_GeV": signal.mass_GeV, "width_bins": width}
        for kind, added in kinds.items():
            row = {**what, "method": method, "kind": kind}
            try:
                point = tried(results, histogram, luminosity_fb, method, trials, added)
            except InjectionError as error:
                rows.append({**row, "why": str(error)})
                continue
            rows.append({**row, "trials": trials, **_plain(point)})
            show(rows[-1])
    return rows


def tried(
    results: Results,
    histogram: str,
    luminosity_fb: float,
    method: str,
    trials: int,
    added: dict[str, Any],
) -> EfficiencyPoint:
    """Return what a method finds of a signal in pseudo-data of one spectrum.

    Raises:
        InjectionError: The signal cannot be added.
    """
    common: dict[str, Any] = {"luminosity_fb": luminosity_fb, "trials": trials, **added}
    if method == "shape":
        return shape_known(
            results, histogram, significance=SIGNIFICANCE, threshold=THRESHOLD, **common
        )
    curve = efficiency_curve(
        results,
        histograms=[histogram],
        significances=[SIGNIFICANCE],
        threshold=THRESHOLD,
        search=METHODS[method],
        **common,
    )
    return curve.points[0]


def _plain(point: EfficiencyPoint) -> Row:
    names = ("strength", "found", "placed", "median_z", "median_mass_GeV", "expected_mass_GeV")
    return {name: getattr(point, name) for name in names}


def show(row: Row) -> None:
    """Print a row."""
    head = f"{row['signal']:<23}{row['histogram']:<26}{row['kind']:<8}{row['method']:<9}"
    if "why" in row:
        print(f"{head}{row['why']}", flush=True)
        return
    print(
        f"{head}{row['luminosity_fb']:>8g}{row['strength']:>10.3g}{row['placed']:>7.0%}"
        f"{row['found']:>7.0%}{row['median_z']:>7.2f}{row['median_mass_GeV']:>8,.0f}"
        f"{row['expected_mass_GeV']:>8,.0f}",
        flush=True,
    )


def show_head() -> None:
    """Print what the columns are."""
    print(
        f"{'signal':<23}{'histogram':<26}{'shape':<8}{'method':<9}{'1/fb':>8}{'strength':>10}"
        f"{'there':>7}{'found':>7}{'z':>7}{'mass':>8}{'exp':>8}"
    )


def in_order(rows: list[Row]) -> list[Row]:
    """Return rows in the order of the signals, their spectra and the methods."""
    spectra = [
        (signal.name, histogram)
        for group in GROUPS
        for signal in group.signals
        for histogram in signal.histograms
    ]
    methods = list(METHODS)
    known = [row for row in rows if (row["signal"], row["histogram"]) in spectra]
    return sorted(
        known,
        key=lambda row: (
            spectra.index((row["signal"], row["histogram"])),
            row["kind"] != "events",
            row["kind"],
            methods.index(row["method"]),
        ),
    )


def kept_rows(file: Path) -> list[Row]:
    """Return the rows of earlier runs."""
    rows: list[Row] = json.loads(file.read_text()) if file.exists() else []
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--delphes", type=Path)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--methods", default="known,shape,fit,network")
    parser.add_argument("--again", action="store_true", help="also what is kept")
    parser.add_argument("--signals", default="", help="only these, by comma")
    parser.add_argument("--page", type=Path, help="a page whose tables are written anew")
    parser.add_argument("--pictures", type=Path, help="a folder to draw the spectra into")
    arguments = parser.parse_args()
    folder, methods = arguments.files.absolute(), arguments.methods.split(",")
    wanted = {name for name in arguments.signals.split(",") if name}
    kept = folder / "rows.json"
    show_head()
    for group in GROUPS:
        signals = [each for each in group.signals if not wanted or each.name in wanted]
        if not signals:
            continue
        with bumpcast.open_results(scan(group, folder, arguments.delphes), keep=RULE) as results:
            for signal in signals:
                if signal.name not in results.datasets:
                    print(f"{signal.name}: not made")
                    continue
                for histogram in signal.histograms:
                    there = {
                        row["method"]
                        for row in kept_rows(kept)
                        if (row["signal"], row["histogram"]) == (signal.name, histogram)
                    }
                    some = [name for name in methods if arguments.again or name not in there]
                    if not some:
                        continue
                    new = rows_of(results, signal, histogram, some, arguments.trials)
                    again = {(each["signal"], each["histogram"], each["method"]) for each in new}
                    # Read again: another process may look at other signals.
                    rows = [
                        row
                        for row in kept_rows(kept)
                        if (row["signal"], row["histogram"], row["method"]) not in again
                    ]
                    kept.write_text(json.dumps(rows + new, indent=1))
                    if arguments.pictures is not None and new[0]["luminosity_fb"] is not None:
                        draw(results, new[0], arguments.pictures)
    print("\nAll rows:")
    show_head()
    rows = in_order(kept_rows(kept))
    if arguments.page is not None:
        into_page(rows, arguments.page)
    for row in rows:
        show(row)


if __name__ == "__main__":
    main()
