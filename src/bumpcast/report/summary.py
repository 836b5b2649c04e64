"""What a mass scan prints when it is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bumpcast.massscan.results.results import Results

RICHEST: Final = 8


def summary_lines(results: Results, plots: Sequence[Path]) -> list[str]:
    """Return the lines that say what a scan found.

    Args:
        results: The stored results.
        plots: The pictures that were drawn.
    """
    lines = ["", f"{'data set':<20} {'kind':<11} {'events':>9} {'bad':>5} {'expected':>14}"]
    for name, row in results.cutflow.iterrows():
        kind = results.analysis.datasets[str(name)].kind
        expected = row["sum_of_weights"] * row["scale"]
        lines.append(
            f"{name!s:<20} {kind:<11} {int(row['read']):>9,} {int(row['bad']):>5,} "
            f"{expected:>14,.1f}"
        )
    table = results.table
    kept = table[table["kept"]]
    rule = results.keep
    lines += [
        "",
        f"Final states: {len(results.final_states):,}",
        f"Histograms: {len(table):,} filled, {len(kept):,} kept for the search (from the maximum "
        f"onward >= {rule.min_events} entries and > {rule.min_bins} bins of >= "
        f"{rule.min_events_per_bin} entries)",
    ]
    shown = (kept if len(kept) else table).sort_values("entries", ascending=False, kind="stable")
    richest = shown.drop_duplicates("final_state").head(RICHEST)
    which = "that are kept" if len(kept) else "none of which is kept"
    lines.append(f"The richest final states' histograms, {which}:")
    lines += [
        f"  {line['name']:<36} {line['entries']:>9,} entries, {line['bins']:>4} bins from "
        f"{line['low_GeV']:,.0f} to {line['high_GeV']:,.0f} GeV"
        for line in richest.to_dict("records")
    ]
    if plots:
        lines.append(f"Plots: {len(plots)} in {plots[0].parent}")
    return lines
