"""The page of a closure: one file that needs nothing else."""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import jinja2
import numpy as np
import pandas as pd

from bumpcast.report.closure.facts import facts_of
from bumpcast.report.closure.words import (
    NOTHING,
    USUAL,
    chi2_words,
    deviations,
    factor_words,
    lifetime,
    percent,
    row_words,
    spread_words,
    verdict,
)
from bumpcast.surrogates.closure.beyond_chance import Spread
from bumpcast.surrogates.closure.closure import SIGNIFICANT, Closure
from bumpcast.surrogates.model.card import SurrogateCard

WORST: Final = 15
"""So many of the worst rows stand first."""

OPEN: Final = 3
"""So many samples are unfolded from the start."""

_FAR_MEANS: Final = 30

_SHOWN: Final = 0.6
"""So large a picture's pixels are on the page."""


def page_of(
    closure: Closure,
    *,
    title: str,
    card: SurrogateCard | None,
    other_name: str,
    notes: Sequence[str],
    pictures: Mapping[str, Path],
    of_samples: Mapping[str, Path | None],
) -> str:
    """Return the page's HTML.

    Args:
        closure: What it tells.
        title: Of what.
        card: Of the model; None: there is none.
        other_name: Of the map beside it; '': there is none.
        notes: What is to be said first, a sentence each.
        pictures: Files of 'differences', 'samples', 'reliability' and 'importance', those that
            there are.
        of_samples: Samples to the files of their curves, worst first; a sample may have none.
    """
    table = closure.table
    table["deviation"] = deviations(table, closure)
    worst = table[table["deviation"] >= 0].sort_values("deviation", ascending=False, kind="stable")
    template = _environment().get_template("closure.html.j2")
    return template.render(
        colours=_style(),
        title=title,
        card=card,
        facts=facts_of(card),
        notes=notes,
        verdict=verdict(closure),
        usual=USUAL,
        events=f"{closure.events:,}",
        samples=len(closure.samples),
        groups=len(table) // (len(closure.classes) - 1),
        other=other_name,
        significant=f"{SIGNIFICANT:g}",
        summary=_summary(closure, table),
        worst=_rows(closure, worst.head(WORST)) if len(table) > WORST else [],
        sections=_sections(closure, table, of_samples),
        pictures={name: _embedded(path) for name, path in pictures.items()},
        drawn=sum(path is not None for path in of_samples.values()),
        scores=_scores(closure),
        cross_entropy=_cross_entropies(closure),
        outside=_outside(closure),
        far_means=[
            {"sample": one.sample, "ctau": lifetime(one.ctau_m), "what": "; ".join(one.what)}
            for one in closure.far_means[:_FAR_MEANS]
        ],
        far_means_number=len(closure.far_means),
    )


def _summary(closure: Closure, table: pd.DataFrame) -> list[dict[str, str]]:
    factors = closure.factors()
    rows = []
    for name in closure.classes[1:]:
        of_class = table[table["class"] == name]
        spread = closure.surrogate.spreads[name]
        words = {
            "class": name,
            "card's uncertainty [%]": percent(closure.uncertainty[name]),
            "surrogate, all [%]": _all_words(spread),
            "beyond statistics [%]": spread_words(spread),
            "χ² / groups": chi2_words(spread),
            "▲ beyond uncertainty": str(int(of_class["beyond_uncertainty"].sum())),
            "◆ significant": str(int(of_class["significant"].sum())),
        }
        if closure.other is not None:
            of_map = closure.other.spreads[name]
            words["map, all [%]"] = _all_words(of_map)
            words["map beyond statistics [%]"] = spread_words(of_map)
            words["map worse by"] = factor_words(factors[name])
        rows.append(words)
    return rows


def _all_words(spread: Spread) -> str:
    return percent(round(spread.all, 4)) if spread.groups else NOTHING


def _rows(closure: Closure, table: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {
            "words": row_words(row, with_map=closure.other is not None),
            "level": int(row["beyond_uncertainty"]) + int(row["significant"]),
        }
        for row in table.to_dict("records")
    ]


def _sections(
    closure: Closure, table: pd.DataFrame, of_samples: Mapping[str, Path | None]
) -> list[dict[str, Any]]:
    """Return what is folded away under each sample, worst first; one for all without lifetimes."""
    if table["ctau_m"].isna().all():
        rows = _rows(closure, table)
        return [
            {"name": "All samples", "told": f"{len(rows):,} rows", "rows": rows, "open": True}
            | {"picture": None}
        ]
    sections: list[dict[str, Any]] = []
    for sample, path in of_samples.items():
        of_sample = table[table["sample"] == sample]
        sections.append(
            {
                "name": sample,
                "told": _told(of_sample),
                "rows": _rows(closure, of_sample),
                "open": len(sections) < OPEN,
                "picture": None if path is None else _embedded(path),
            }
        )
    return sections


def _told(rows: pd.DataFrame) -> str:
    number = rows["ctau_m"].nunique()
    told = f"{number} lifetime{'s' if number != 1 else ''}"
    there = rows[rows["deviation"] >= 0]
    if not len(there):
        return f"{told}; the search selects nothing"
    row = there.iloc[int(np.argmax(there["deviation"]))]
    apart = percent(row["difference"], row["difference_error"], signed=True)
    return f"{told}; worst in {row['class']} at c tau = {lifetime(row['ctau_m'])} m: {apart} %"


def _scores(closure: Closure) -> list[dict[str, str]]:
    rows = []
    for name in closure.classes[1:]:
        words = {"class": name}
        for label, compared in (("surrogate", closure.surrogate), ("map", closure.other)):
            if compared is None:
                continue
            found = compared.reliability.get(name)
            if found is None:
                words |= dict.fromkeys(
                    (f"{label}: χ² / bins", f"{label}: Brier score", f"{label}: taken to be never"),
                    NOTHING,
                )
                continue
            words[f"{label}: χ² / bins"] = f"{found.chi2:.1f} / {found.degrees}"
            words[f"{label}: Brier score"] = f"{found.brier:.6f}"
            words["constant: Brier score"] = f"{found.brier_constant:.6f}"
            words[f"{label}: taken to be never"] = (
                f"{found.certain_selected:,} of {found.certain_events:,}"
            )
        rows.append(words)
    return rows


def _cross_entropies(closure: Closure) -> list[tuple[str, str]]:
    found = [("surrogate", closure.surrogate.cross_entropy)]
    if closure.other is not None:
        found.append(("map", closure.other.cross_entropy))
    return [
        (name, "infinite" if math.isinf(value) else f"{value:.5f}")
        for name, value in found
        if not math.isnan(value)
    ]


def _outside(closure: Closure) -> list[dict[str, str]] | None:
    """Return a row for each feature with events beyond its range: the sample with most of them."""
    reasons = closure.reasons_outside
    if reasons is None:
        return None
    rows = []
    for feature, part in reasons.groupby("feature", sort=False):
        total = part["below"] + part["above"]
        worst = part.iloc[int(np.argmax(total))]
        known = not math.isnan(worst["low"])
        rows.append(
            {
                "feature": str(feature),
                "range": f"{worst['low']:.4g} to {worst['high']:.4g}" if known else "as trained",
                "samples": str(int((total > 0).sum())),
                "most in": str(worst["sample"]),
                "below [%]": percent(worst["below"]) if known else NOTHING,
                "above, or another [%]": percent(worst["above"]),
            }
        )
    return rows


def _embedded(path: Path) -> dict[str, Any]:
    """Return a picture's address, which holds all of it, and its width in pixels of the page."""
    data = path.read_bytes()
    # A PNG's width follows the name of its first chunk.
    width = int.from_bytes(data[16:20], "big")
    address = "data:image/png;base64," + base64.b64encode(data).decode()
    return {"address": address, "width": round(_SHOWN * width)}


@functools.cache
def _style() -> str:
    return (files("bumpcast.report.site") / "static" / "colours.css").read_text(encoding="utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("bumpcast.report.closure"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
