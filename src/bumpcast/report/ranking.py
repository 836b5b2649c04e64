"""The ranking of a search, in lines for a terminal."""

from __future__ import annotations

import math
import re

from bumpcast.bumps.findings import Findings

_REASONS = 5


def ranking_lines(findings: Findings, limit: int) -> list[str]:
    """Return the head of a ranking, how many histograms were skipped and why, and a warning.

    Of excesses that share their events, the first stands for all.

    Args:
        findings: What a search found.
        limit: Most lines of the ranking; 0: all.
    """
    table = findings.table
    ranked = table.iloc[findings.ranking]
    repeated = ranked["group"].notna() & ranked["group"].duplicated()
    sizes = ranked["group"].value_counts()
    shown = ranked[~repeated]
    shown = shown.head(limit or len(shown))
    lines = []
    if len(shown):
        head = ("", "z", "mass GeV", "width", "p local", "p there")
        widths = (4, 6, 9, 7, 9, 9)
        lines.append(
            " ".join(f"{word:>{width}}" for word, width in zip(head, widths, strict=True))
            + "  histogram"
        )
    for rank, row in enumerate(shown.to_dict("records"), start=1):
        lines.append(
            f"{rank:>4} {row['z']:>6.2f} {row['mass_GeV']:>9,.1f} {row['width_GeV']:>7.1f} "
            f"{row['p_local']:>9.1e} {_probability(row['p_histogram']):>9}  {row['name']}"
            + _others(int(sizes.get(row["group"], 1)) - 1)
        )
    reasons = table["reason"][table["reason"] != ""].map(_without_numbers).value_counts()
    if len(reasons):
        lines.append(f"Skipped: {int(reasons.sum()):,} histograms")
        lines += [f"{number:>11,}  {reason}" for reason, number in reasons.head(_REASONS).items()]
    if findings.settings.get("warning"):
        lines.append(f"Warning: {findings.settings['warning']}")
    return lines


def _others(number: int) -> str:
    return f" (and {number:,} that share its events)" if number else ""


def _without_numbers(reason: str) -> str:
    """Return a reason without the numbers in brackets, which differ for each histogram."""
    return re.sub(r"\s*\([^()]*=[^()]*\)", "", reason)


def _probability(p: float) -> str:
    return "-" if math.isnan(p) else f"{p:.1e}"
