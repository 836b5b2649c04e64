"""The benchmark's rows as tables of a Markdown page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

Row = dict[str, Any]

EVENTS, GAUSSIANS = "signals", "gaussians"
_NONE = "-"


def into_page(rows: list[Row], page: Path) -> None:
    """Write the tables into a page, between its markers `<!-- NAME -->` and `<!-- end -->`.

    Args:
        rows: All rows.
        page: The page, which has both markers of both tables.

    Raises:
        ValueError: It has not.
    """
    text = page.read_text(encoding="utf-8")
    for name, table in ((EVENTS, of_signals(rows)), (GAUSSIANS, of_gaussians(rows))):
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        if not pattern.search(text):
            msg = f"{page}: no table between <!-- {name} --> and <!-- end -->"
            raise ValueError(msg)
        text = pattern.sub(lambda found, new=table: f"{found[1]}{new}{found[2]}", text)
    page.write_text(text, encoding="utf-8")


def of_signals(rows: list[Row]) -> str:
    """Return the table of signals of simulated events."""
    made = [row for row in rows if row["kind"] == "events" and "why" not in row]
    methods = _in_order(made, "method")
    lines = [
        ["signal", "final state", "fb^-1", "pb", "mass", *methods],
        ["---", "---", "---:", "---:", "---:", *["---:"] * len(methods)],
    ]
    for signal in _in_order(made, "signal"):
        for histogram in _in_order([row for row in made if row["signal"] == signal], "histogram"):
            own = {
                row["method"]: row
                for row in made
                if (row["signal"], row["histogram"]) == (signal, histogram)
            }
            one = next(iter(own.values()))
            lines.append(
                [
                    f"`{signal}`",
                    f"`{histogram}`".replace("|", r"\|"),
                    f"{one['luminosity_fb']:,.0f}".replace(",", " "),
                    f"{one['strength']:.2g}",
                    f"{one['expected_mass_GeV']:,.0f}".replace(",", " "),
                    *(_cell(own.get(method)) for method in methods),
                ]
            )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def of_gaussians(rows: list[Row]) -> str:
    """Return the table of Gaussian signals: of each method and width, the mean of all spectra."""
    made = [row for row in rows if row["kind"] != "events" and "why" not in row]
    methods, widths = _in_order(made, "method"), sorted({row["kind"] for row in made})
    lines = [
        ["standard deviation", *methods],
        ["---", *["---:"] * len(methods)],
    ]
    for width in widths:
        cells = []
        for method in methods:
            some = [row for row in made if (row["kind"], row["method"]) == (width, method)]
            placed = [row["placed"] for row in some]
            mean = f"{sum(placed) / len(placed):.0%}" if placed else _NONE
            cells.append(f"{mean} ({min(placed):.0%} to {max(placed):.0%})" if placed else _NONE)
        lines.append([width.replace("1 bins", "1 bin"), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row | None) -> str:
    return _NONE if row is None else f"{row['placed']:.0%}, z {row['median_z']:.1f}"


def _in_order(rows: list[Row], key: str) -> list[str]:
    return list(dict.fromkeys(str(row[key]) for row in rows))
