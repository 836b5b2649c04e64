"""The pictures and lines that a scan ends with."""

from __future__ import annotations

from pathlib import Path

from small_results import analysis_of, delta_of, falling, found_of, small_folder

from bumpcast.massscan import open_results
from bumpcast.massscan.results.publish import store_scan
from bumpcast.report import report_scan
from bumpcast.report.visibility import most_visible


def test_a_scan_is_drawn_and_told(tmp_path: Path) -> None:
    folder = small_folder(tmp_path)
    lines = "\n".join(report_scan(folder))
    pictures = {path.name for path in (folder / "plots").iterdir()}
    assert pictures == {"richest.png", "signals.png", "final_states.png"}
    assert "Final states: 4" in lines
    assert "5 filled, 2 kept for the search" in lines
    assert "2e os | m(e0,e1)" in lines


def test_nothing_found_is_no_error(tmp_path: Path) -> None:
    output = {"top": found_of(delta_of({}), 0.0, 1)}
    store_scan(output, tmp_path, analysis_of({"top": "background"}), {"top": 1.0})
    lines = "\n".join(report_scan(tmp_path))
    assert "Final states: 0" in lines
    assert "Histograms: 0 filled, 0 kept" in lines


def test_a_signal_is_clearest_where_its_peak_is(tmp_path: Path) -> None:
    peak = {12: (60, 60.0, 60.0)}
    output = {
        "back": found_of(
            delta_of({"2j | m(j0,j1)": falling(90, 30), "2e | m(e0,e1)": falling(90, 30)}), 9.0
        ),
        "peak": found_of(
            delta_of({"2j | m(j0,j1)": peak, "2e | m(e0,e1)": {40: (1, 1.0, 1.0)}}), 9.0
        ),
    }
    analysis = analysis_of({"back": "background", "peak": "signal"})
    store_scan(output, tmp_path, analysis, dict.fromkeys(output, 1.0))
    with open_results(tmp_path) as results:
        assert most_visible(results, "peak", 2)[0] == "2j | m(j0,j1)"
        assert len(most_visible(results, "peak", 1)) == 1
