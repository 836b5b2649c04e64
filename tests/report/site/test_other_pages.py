"""Whole set, final states, run, and results that nobody has searched, in a real browser."""

from __future__ import annotations

import json

import pytest
from small_results import analysis_of, delta_of, found_of

from bumpcast.massscan import open_results
from bumpcast.massscan.results.publish import store_scan
from bumpcast.report.site import write_site
from bumpcast.report.site.serving import ReportServer
from tests.report.site.looking import every, looking_at, shown, text, wait_for_histogram
from tests.report.site.small_report import HOSTILE, REASON, search, write_results


def written(folder, **more):
    with open_results(folder, **more) as results:
        return write_site(results, folder / "report")


def cells(visitor, table):
    rows = f"Array.from(document.querySelectorAll('{table} tbody tr'),"
    return visitor.evaluate(f"{rows} row => Array.from(row.cells, cell => cell.innerText))")


def test_tabs_lead_to_the_pages(visitor, page):
    with looking_at(visitor, page):
        for place, title in enumerate(["Ranking", "Whole set", "Final states", "Run"], start=1):
            visitor.click(f"#tabs a:nth-child({place})")
            visitor.wait_for(
                f"document.querySelector('#tabs [aria-current]').innerText === '{title}'", 5
            )


def test_expected_flags_stand_beside_those_that_were_seen(visitor, page):
    with looking_at(visitor, page, view="whole"):
        dash = "\N{EN DASH}"
        assert cells(visitor, ".wholeset") == [
            ["histograms above z = 3", "1.25", f"0.625{dash}3.75", "60", "1.0·10⁻⁴"],
            ["histograms above z = 5", "0.0100", f"0.00500{dash}0.0300", "40", "0.020"],
            ["groups above z = 3", "0.500", f"0.250{dash}1.50", "12", "0.010"],
            ["largest z of all", "3.25", f"1.63{dash}9.75", "11.50", "0.50"],
        ]
        assert "100 replicas of <b>simulation" in text(visitor, ".wholeset")
        assert len(every(visitor, ".wholeset svg", "tagName")) == 2
        first = every(visitor, ".wholeset figure:first-of-type circle", "dataset.bin")
        assert first == ["0", "1", "2", "3"]


def test_without_expectation_the_page_says_which_command_makes_it(visitor, tmp_path):
    folder = write_results(tmp_path / "results")
    findings = search(folder)
    with looking_at(visitor, written(folder), view="whole"):
        message = text(visitor, ".wholeset .message")
        assert f"bumpcast bumps whole {folder}" in message
        seen = int((findings.table["z"] >= 3).sum())
        assert cells(visitor, ".wholeset")[0][:2] == ["z ≥ 3", str(seen)]


def test_probabilities_are_counted(visitor, page, folder, results):
    from bumpcast.report.site.content import read_content

    p = read_content(results).findings.table["p_histogram"].dropna()
    with looking_at(visitor, page, view="whole"):
        counts = visitor.evaluate(
            "Array.from(bumpcast.steps.counted(Array.from(bumpcast.catalogue.all.log_p_histogram,"
            "value => 10 ** value), 0, 1, 20).counts)"
        )
    expected = [((p >= n / 20) & (p < (n + 1) / 20)).sum() for n in range(20)]
    assert counts == expected


def test_final_states_sort_and_lead_to_their_histograms(visitor, page):
    with looking_at(visitor, page, view="states", ssort="name"):
        visitor.wait_for("document.querySelector('.states .lines .line') !== null", 5)
        assert every(visitor, ".states .lines .line:not([hidden]) .state") == [
            "1m >=6j", "2e 1j os", "2j 2b", "2m 1j os", "2m os", "3j",
        ]  # fmt: skip
        assert every(visitor, ".states .head .yield") == [HOSTILE, "signal"]
        assert every(visitor, ".states .lines .line:first-child .cell")[1:3] == ["900", "900 ± 30"]
        visitor.click(".states .head .state button")
        first = ".states .lines .line[aria-rowindex='2'] .state"
        visitor.wait_for(f"document.querySelector(\"{first}\").innerText === '3j'", 5)
        visitor.click(first)
        visitor.wait_for("bumpcast.address.get('state') === '3j'", 5)
        assert {name.split(" | ")[0] for name in shown(visitor)} == {"3j"}


def test_the_run_stands_with_all_that_came_of_it(visitor, tmp_path):
    folder = write_results(tmp_path / "results")
    search(folder, "one")
    search(folder, "two")
    manifest = {
        "status": "complete", "name": "toy", "entries_expected": 10, "entries_seen": 10,
        "failures": [], "seeds": {"normalisation": 7},
        "sessions": [{"started": "2026-01-01", "seconds": 130, "status": "complete",
                      "executor": "futures", "workers": 2, "host": "<script>alert(1)</script>",
                      "command": ["run.py"], "versions": {"numpy": "2.4"}}],
        "files": [{"dataset": "back", "file": "/a/b.root", "entries": 1234, "bytes": 5}],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with looking_at(visitor, written(folder), view="run"):
        visitor.wait_for("document.querySelector('.run h2') !== null", 5)
        found = text(visitor, ".run")
        for words in (
            HOSTILE, "<script>alert(1)</script>", "2.2 min", "/a/b.root", "1,234", "numpy\n2.4",
            "nested · text\n<b>bold</b>", "nested · widths\n1, 2, 3", "seed · normalisation\n7",
            "other searches here\none", f"{REASON}\t1",
        ):  # fmt: skip
            assert words in found, words
        visitor.click(".run summary")
        assert "onerror=window.hacked=1" in text(visitor, ".run pre")


def test_missing_events_are_said_on_top_of_every_page(visitor, tmp_path):
    folder = write_results(tmp_path / "results")
    failure = {
        "dataset": "back", "filename": "<img src=x onerror=window.hacked=2>",
        "error": {"type": "OSError", "message": "gone"},
    }  # fmt: skip
    manifest = {
        "status": "incomplete", "entries_expected": 100, "entries_seen": 60, "failures": [failure],
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    page = written(folder)
    for view in ("ranking", "whole", "states", "run"):
        with looking_at(visitor, page, view=view):
            assert "40 of 100 events are missing" in text(visitor, "#warnings")
            assert "onerror=window.hacked=2" in visitor.evaluate(
                "document.getElementById('warnings').textContent"
            )


def test_results_that_nobody_has_searched(visitor, tmp_path):
    folder = write_results(tmp_path / "results", weighted=True)
    page = written(folder)
    with looking_at(visitor, page):
        assert f"bumpcast bumps {folder}" in text(visitor, ".ranking-page > .message")
        with open_results(folder) as results:
            table = results.table[results.table["kept"]]
        richest = table.sort_values("entries", ascending=False, kind="stable")
        assert shown(visitor) == richest["name"].tolist()
        wait_for_histogram(visitor, richest["name"].iloc[0])
        assert len(every(visitor, ".points circle", "tagName")) == richest["bins"].iloc[0]
        assert every(visitor, ".significance", "tagName") == []
        for place in (2, 3, 4):
            visitor.click(f"#tabs a:nth-child({place})")
            visitor.wait_for("document.querySelector('.page') !== null", 5)


def test_data_are_points_over_the_stacked_simulation(visitor, tmp_path):
    bins = range(9, 49)
    spectra = {
        "measured": {n: (100 - n, 100 - n, 100 - n) for n in bins},
        "back": dict.fromkeys(bins, (1000, 40.5, 2.0)),
        "negative": {n: (3, -0.5 if n % 2 else 1.5, 0.3) for n in bins},
    }
    output = {
        name: found_of(delta_of({"2j | m(j0,j1)": cells}), 1.0) for name, cells in spectra.items()
    }
    kinds = {"measured": "data", "back": "background", "negative": "background"}
    store_scan(output, tmp_path, analysis_of(kinds), dict.fromkeys(output, 1.0))
    with looking_at(visitor, written(tmp_path), y="linear", per="bin"):
        wait_for_histogram(visitor, "2j | m(j0,j1)")
        assert every(visitor, ".legend li")[0] == "data"
        stack = every(visitor, ".stack path[data-dataset]", "dataset.dataset")
        assert sorted(stack) == ["1", "2"]
        found = visitor.evaluate(
            "(({counts, variances, datasets}) => [counts, variances, datasets[2].counts].map("
            "column => Array.from(column)))(bumpcast.ranking.view.panel.shown)"
        )
        assert found[0] == found[1] == [100 - n for n in bins]
        assert found[2] == [-0.5 if n % 2 else 1.5 for n in bins]


def test_nothing_kept_at_all(visitor, tmp_path):
    from bumpcast.massscan import KeepRule

    folder = write_results(tmp_path / "results")
    with looking_at(visitor, written(folder, keep=KeepRule(10**6))):
        assert "263 histograms filled, none kept" in text(visitor, ".nothing").replace("264", "263")


def test_data_that_is_not_there_is_told(visitor, page, tmp_path):
    lonely = tmp_path / "index.html"
    for path in page.parent.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    visitor.open("about:blank")
    visitor.open(lonely.as_uri())
    visitor.wait_for("document.querySelector('.bad') !== null", 10)
    assert "copy the whole folder" in text(visitor, ".bad")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_it_is_the_same_when_served(visitor, page, name):
    import threading

    with ReportServer(page.parent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            visitor.open("about:blank")
            visitor.open(server.address.replace("127.0.0.1", name))
            visitor.wait_for("document.querySelectorAll('.points circle').length > 9", 10)
            assert visitor.complaints == []
        finally:
            server.shutdown()
            thread.join()
