"""What the pages around the ranking show: the run, its tables, the search, the whole set."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.massscan.results.completeness import MANIFEST
from bumpcast.massscan.results.results import Results
from bumpcast.report.site.columns import exactly, in_few_bytes
from bumpcast.report.site.content import Content
from bumpcast.report.style import COLOURS

CONFIGURATION: Final = "config.toml"


def overview(content: Content) -> dict[str, Any]:
    """Return what every page needs at once.

    Args:
        content: What the report is made of.
    """
    results = content.results
    folder = results.path.parent
    normalisation, rule = results.analysis.normalisation, results.keep
    return {
        "name": results.analysis.name,
        "folder": str(folder),
        "missing": list(results.missing),
        "datasets": _datasets(results),
        "mode": normalisation.mode,
        "luminosity_fb": normalisation.luminosity_fb,
        "rule": {
            "min_events": rule.min_events,
            "min_bins": rule.min_bins,
            "min_events_per_bin": rule.min_events_per_bin,
        },
        "filled": len(results.table),
        "kept": len(content.spectra),
        "not_kept": _not_kept(results),
        "search": _search(content),
        "whole_set": content.whole_set,
        "commands": {
            key: f"bumpcast {verb} {shlex.quote(str(folder))}"
            for key, verb in (
                ("search", "bumps"),
                ("replicas", "bumps replicas"),
                ("whole_set", "bumps whole"),
                ("report", "report"),
                ("list", "list --results"),
                ("show", "show --results"),
            )
        },
    }


def _datasets(results: Results) -> list[dict[str, str]]:
    # As in the pictures of the scan: a data set has the same colour everywhere.
    return [
        {
            "name": name,
            "label": results.analysis.datasets[name].label or name,
            "kind": results.analysis.datasets[name].kind,
            "colour": COLOURS[number % len(COLOURS)],
        }
        for number, name in enumerate(results.datasets)
    ]


def _not_kept(results: Results) -> list[dict[str, Any]]:
    """Return how many histograms are not kept, for each reason."""
    ranges, rule = results.ranges, results.keep
    empty = ranges.bins == 0
    few = ~empty & (ranges.range_entries < rule.min_events)
    short = ~empty & (ranges.bins <= rule.min_bins)
    reasons = {
        f"no bin of >= {rule.min_events_per_bin} entries": empty,
        f"< {rule.min_events} entries from the maximum onward": few & ~short,
        f"<= {rule.min_bins} bins from the maximum onward": short & ~few,
        f"both < {rule.min_events} entries and <= {rule.min_bins} bins": few & short,
    }
    counted = {reason: int(np.count_nonzero(of)) for reason, of in reasons.items()}
    return [{"reason": why, "histograms": number} for why, number in counted.items() if number]


def _search(content: Content) -> dict[str, Any] | None:
    if content.findings is None:
        return None
    searched = len(content.findings.ranking)
    return {
        "name": content.search,
        "others": content.others,
        "settings": dict(content.findings.settings),
        "searched": searched,
        "skipped": len(content.spectra) - searched,
    }


def final_states(content: Content) -> dict[str, Any]:
    """Return the table of final states as columns.

    Args:
        content: What the report is made of.
    """
    table = content.results.final_states
    return {
        "final_state": table["final_state"].tolist(),
        "entries": in_few_bytes(table["entries"].to_numpy()),
        "yields": [exactly(table[name], "f4") for name in content.results.datasets],
        "errors": [exactly(table[f"{name}_error"], "f4") for name in content.results.datasets],
    }


def run_record(content: Content) -> dict[str, Any]:
    """Return how the histograms came about: cutflow, manifest, configuration.

    Args:
        content: What the report is made of.
    """
    results = content.results
    folder = results.path.parent
    return {
        "cutflow": results.cutflow.reset_index().to_dict("records"),
        "manifest": _document(folder / MANIFEST),
        "configuration": _text(folder / CONFIGURATION),
    }


def _document(path: Path) -> Any:
    """Return a JSON document; None where there is none that can be read.

    That it is missing or damaged is said on every page, with what else is missing of the run.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
