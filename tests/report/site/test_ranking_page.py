"""The ranking in a real browser."""

from __future__ import annotations

import numpy as np
import pytest

from bumpcast.massscan import open_results
from bumpcast.report.site.catalogue import leaders_of
from bumpcast.report.site.content import read_content
from tests.report.site.looking import (
    OPENED,
    address,
    every,
    looking_at,
    set_state,
    shown,
    text,
    wait_for_histogram,
)
from tests.report.site.small_report import REASON


@pytest.fixture(scope="module")
def table(folder):
    """The findings with what the page knows of each histogram besides."""
    with open_results(folder) as results:
        content = read_content(results)
        ranking = content.findings.ranking
        table = content.findings.table.copy()
        kept = content.kept
        table["leader"] = leaders_of(content.findings)
    table["rank"] = np.nan
    table.loc[ranking, "rank"] = np.arange(1, len(ranking) + 1)
    for column in ("final_state", "selection", "combination", "entries"):
        table[column] = kept[column]
    return table.sort_values("rank", na_position="last")


def test_it_opens_from_disk_with_the_ranking(visitor, page, table):
    with looking_at(visitor, page):
        assert shown(visitor) == table["name"].tolist()
        assert visitor.evaluate("document.title") == "toy \N{EN DASH} bumpcast"
        first = every(visitor, ".lines .line:first-child .cell")
        best = table.iloc[0]
        assert first[0] == "1"
        assert first[1] == best["final_state"]
        assert first[4] == f"{best['z']:.2f}"
        wait_for_histogram(visitor, best["name"])
        assert len(every(visitor, ".lines .line")) < 60
        assert visitor.evaluate("bumpcast.started") < 3000


def test_the_headline_counts_flags(visitor, page, table):
    with looking_at(visitor, page):
        for place, threshold in enumerate((3, 4, 5)):
            above = table[table["z"] >= threshold]
            words = f"z ≥ {threshold} {len(above)} in {above['group'].nunique()} group"
            assert every(visitor, ".headline .count")[place].startswith(words)
        visitor.click(".headline .count.five")
        assert shown(visitor) == table.loc[table["z"] >= 5, "name"].tolist()


@pytest.mark.parametrize(
    ("column", "head", "falling"),
    [("mass_GeV", ".mass", False), ("z", ".z", True), ("entries", ".entries", True)],
)
def test_columns_sort_both_ways_and_what_was_skipped_is_last(
    visitor, page, table, column, head, falling
):
    with looking_at(visitor, page):
        for ascending in (not falling, falling):
            visitor.click(f".head {head} button")
            found = table.set_index("name").loc[shown(visitor)]
            expected = table.sort_values(column, ascending=ascending, kind="stable")
            assert found.index.tolist() == expected["name"].tolist()
            sort = visitor.evaluate(f"document.querySelector('.head {head}').ariaSort")
            assert sort == ("ascending" if ascending else "descending")


def test_names_sort_as_words_with_numbers(visitor, page):
    with looking_at(visitor, page, sort="state"):
        states = [name.split(" | ")[0] for name in shown(visitor)]
        assert list(dict.fromkeys(states)) == [
            "1m >=6j", "2e 1j os", "2j 2b", "2m 1j os", "2m os", "3j",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "passes"),
    [
        ({"search": "2M os m(m0"}, lambda t: t["name"].str.contains("2m .*os .*m\\(m0")),
        ({"state": "3j"}, lambda t: t["final_state"] == "3j"),
        ({"selection": "none"}, lambda t: t["selection"] == ""),
        ({"selection": "pT(j)>99.5"}, lambda t: t["selection"] == "pT(j)>99.5"),
        ({"kinds": "m"}, lambda t: t["combination"].str.contains("m")),
        (
            {"kinds": "m,j"},
            lambda t: t["combination"].str.contains("m") & t["combination"].str.contains("j"),
        ),
        ({"zmin": "3"}, lambda t: t["z"] >= 3),
        ({"zmin": "1", "zmax": "2.5"}, lambda t: t["z"].between(1, 2.5)),
        ({"mmin": "150", "mmax": "300"}, lambda t: t["mass_GeV"].between(150, 300)),
        ({"leaders": "1"}, lambda t: (t["leader"] == t.index) | (t["leader"] < 0)),
        ({"show": "skipped"}, lambda t: t["z"].isna()),
        ({"show": "searched"}, lambda t: t["z"].notna()),
        ({"search": "nothing at all"}, lambda t: t["z"] > 1e9),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_filters(visitor, page, table, state, passes):
    with looking_at(visitor, page, **state):
        expected = table.loc[passes(table), "name"].tolist()
        assert shown(visitor) == expected
        assert text(visitor, ".found") == f"{len(expected)} of {len(table)} histograms"
        for key, value in state.items():
            assert visitor.evaluate(
                f"document.querySelector('[data-key={key}]')?.value ?? {value!r}"
            ) in {value, "on"}
        if not expected:
            assert "No histogram passes" in text(visitor, ".nothing")
        visitor.click(".reset")
        assert len(shown(visitor)) == len(table)


def test_filters_are_typed_and_clicked(visitor, page, table):
    with looking_at(visitor, page):
        visitor.press("/")
        visitor.write("3J HT")
        expected = table["name"].str.contains("3j") & table["name"].str.contains("HT")
        assert shown(visitor) == table.loc[expected, "name"].tolist()
        visitor.wait_for("location.hash === '#search=3J+HT'", 5)
        visitor.press("Escape")
        assert visitor.evaluate("document.getElementById('search').value") == ""
        visitor.press("Escape")
        visitor.click("button[data-kind=b]")
        visitor.click("button[data-kind=j]")
        assert visitor.evaluate("bumpcast.address.get('kinds')") == "b,j"
        assert every(visitor, ".kinds [aria-pressed=true]") == ["j", "b"]
        visitor.click("button[data-kind=j]")
        assert visitor.evaluate("bumpcast.address.get('kinds')") == "b"
        visitor.click("input[data-key=leaders]")
        once = (table["leader"] == table.index) | (table["leader"] < 0)
        with_b = table["combination"].str.contains("b")
        assert shown(visitor) == table.loc[with_b & once, "name"].tolist()


def test_why_a_histogram_was_skipped_stands_in_its_line_and_in_its_panel(visitor, page, table):
    with looking_at(visitor, page, show="skipped"):
        assert every(visitor, ".lines .line:not([hidden]) .spanning") == [REASON]
        name = table.loc[table["z"].isna(), "name"].item()
        wait_for_histogram(visitor, name)
        assert text(visitor, ".histogram .message") == f"Not searched: {REASON}"
        assert len(every(visitor, ".points circle", "tagName")) > 30


def test_scrolling_shows_every_line_and_keeps_few_elements(visitor, page, table):
    with looking_at(visitor, page):
        visitor.evaluate("document.querySelector('.scroller').scrollTop = 1e6")
        last = table.iloc[-1]
        cells = "[...document.querySelectorAll('.lines .line:not([hidden])')]"
        visitor.wait_for(f"{cells}.some(line => line.ariaRowIndex == {len(table) + 1})", 5)
        row = f"{cells}.find(line => line.ariaRowIndex == {len(table) + 1})"
        assert last["final_state"] in visitor.evaluate(f"{row}.innerText")
        assert len(every(visitor, ".lines .line")) < 60


def test_a_click_opens_and_the_browsers_way_back_goes_back(visitor, page, table):
    with looking_at(visitor, page):
        visitor.click(".lines .line:nth-child(3)")
        wait_for_histogram(visitor, table["name"].iloc[2])
        assert every(visitor, ".line.chosen .rank") == ["3"]
        visitor.evaluate("history.back()")
        wait_for_histogram(visitor, table["name"].iloc[0])


def test_keys_walk_through_the_ranking(visitor, page, table):
    names = table["name"].tolist()
    with looking_at(visitor, page):
        wait_for_histogram(visitor, names[0])
        for key, place in (("ArrowDown", 1), ("ArrowRight", 2), ("ArrowUp", 1), ("End", -1)):
            visitor.press(key)
            wait_for_histogram(visitor, names[place])
        visitor.press("ArrowDown")
        visitor.press("Home")
        wait_for_histogram(visitor, names[0])
        assert every(visitor, ".line.chosen .rank") == ["1"]
        for _ in range(5):
            visitor.press("ArrowDown")
        visitor.press("Escape")
        wait_for_histogram(visitor, names[0])


def test_a_shared_address_shows_the_same(visitor, page, table):
    chosen = table.loc[table["final_state"] == "2j 2b", "name"].iloc[4]
    state = {
        "state": "2j 2b", "sort": "-mass", "zmin": "0.5", "h": chosen, "y": "linear", "per": "bin",
        "merge": "2",
    }  # fmt: skip
    with looking_at(visitor, page, **state):
        wait_for_histogram(visitor, chosen)
        of_state = table[(table["final_state"] == "2j 2b") & (table["z"] >= 0.5)]
        expected = of_state.sort_values("mass_GeV", ascending=False, kind="stable")
        assert shown(visitor) == expected["name"].tolist()
        for key in ("state", "zmin", "y", "per", "merge"):
            found = visitor.evaluate(f"document.querySelector('[data-key={key}]').value")
            assert found == state[key]
        assert visitor.evaluate("location.href") == address(page, **state)
        set_state(visitor, h=table["name"].iloc[9])
        wait_for_histogram(visitor, table["name"].iloc[9])
        assert len(shown(visitor)) == len(table)


def test_a_histogram_that_is_not_there_is_told(visitor, page):
    with looking_at(visitor, page, h="9j | m(j0,j1)"):
        assert text(visitor, "#note") == "There is no kept histogram 9j | m(j0,j1)."
        visitor.press("ArrowDown")
        visitor.wait_for(f"{OPENED} !== undefined", 5)
        assert text(visitor, "#note") == ""


def test_a_narrow_screen_shows_one_thing_at_a_time(visitor, page, table):
    seen = "[...document.querySelectorAll('.list, .histogram')].map(each => each.offsetWidth > 0)"
    try:
        visitor.resize(390, 800)
        with looking_at(visitor, page):
            assert visitor.evaluate(seen) == [True, False]
            assert not visitor.evaluate("document.body.scrollWidth > innerWidth")
            visitor.click(".lines .line:nth-child(2)")
            wait_for_histogram(visitor, table["name"].iloc[1])
            assert visitor.evaluate(seen) == [False, True]
            assert not visitor.evaluate("document.body.scrollWidth > innerWidth")
            visitor.click(".back")
            assert visitor.evaluate(seen) == [True, False]
    finally:
        visitor.resize(1500, 900)


def test_two_colour_schemes_and_paper(visitor, page, tmp_path):
    colours = {}
    try:
        for scheme in ("light", "dark"):
            visitor.prefer(scheme)
            with looking_at(visitor, page):
                colours[scheme] = visitor.evaluate("getComputedStyle(document.body).color")
        visitor.paper(tmp_path / "page.pdf")
    finally:
        visitor.prefer("light")
    assert colours == {"light": "rgb(26, 29, 33)", "dark": "rgb(231, 234, 238)"}
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
