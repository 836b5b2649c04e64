"""Rows of the benchmark as tables of a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.real_signals.__main__ import in_order
from benchmarks.real_signals.samples import GROUPS
from benchmarks.real_signals.tables import into_page, of_gaussians, of_signals

SIGNAL = GROUPS[0].signals[0]


def row(
    method: str, kind: str = "events", placed: float = 0.9, place: int = 0
) -> dict[str, object]:
    return {
        "signal": SIGNAL.name, "histogram": SIGNAL.histograms[place], "method": method,
        "kind": kind, "luminosity_fb": 3000.0, "strength": 0.00123, "placed": placed,
        "found": 0.8, "median_z": 4.56, "median_mass_GeV": 1990.0, "expected_mass_GeV": 2001.0,
    }  # fmt: skip


def test_rows_are_in_the_order_of_the_signals_and_methods() -> None:
    rows = [row("network", place=1), row("fit"), row("known", "2 bins"), row("known")]
    gone = {**row("fit"), "histogram": "9j | m(j0,j1)"}
    ordered = in_order([*rows, gone])
    assert [(each["method"], each["kind"]) for each in ordered] == [
        ("known", "events"), ("fit", "events"), ("known", "2 bins"), ("network", "events"),
    ]  # fmt: skip


def test_a_table_has_a_line_for_each_spectrum_and_a_column_for_each_method() -> None:
    left_out = {**row("fit", place=1), "why": "too short"}
    table = of_signals([row("known"), row("fit", placed=0.8), row("known", "1 bins"), left_out])
    lines = table.splitlines()
    assert lines[0].endswith("| known | fit |")
    assert len(lines) == 3
    name = SIGNAL.histograms[0].replace("|", r"\|")
    assert lines[2] == (
        f"| `{SIGNAL.name}` | `{name}` | 3 000 | 0.0012 | 2 001 | 90%, z 4.6 | 80%, z 4.6 |"
    )


def test_gaussians_are_means_over_spectra() -> None:
    rows = [row("fit", "1 bins", 0.9), row("fit", "1 bins", 0.7), row("fit", "2 bins", 0.5)]
    assert of_gaussians(rows).splitlines()[2:] == [
        "| 1 bin | 80% (70% to 90%) |",
        "| 2 bins | 50% (50% to 50%) |",
    ]


def test_a_page_keeps_its_words(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "a\n<!-- signals -->\nold\n<!-- end -->\nb\n<!-- gaussians -->\n\n<!-- end -->\nc"
    )
    for _ in range(2):
        into_page([row("fit"), row("fit", "1 bins")], page)
    text = page.read_text()
    assert text.startswith("a\n<!-- signals -->\n| signal")
    assert "old" not in text
    assert text.count("| 1 bin |") == 1
    assert text.endswith("<!-- end -->\nc")
    page.write_text("nothing")
    with pytest.raises(ValueError, match="no table between"):
        into_page([], page)
