"""What a closure's report consists of."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bumpcast.report.closure import write_closure, write_closure_report, write_left_out_closure
from bumpcast.surrogates.closure.closure import measure
from bumpcast.surrogates.closure.importance import Importance
from bumpcast.surrogates.model.card import ModelFile, SurrogateCard
from docs.tools.visitor import Visitor
from tests.surrogates.closure.toys import CLASSES, Toy, toy_events


def card_of(**more):
    return SurrogateCard(
        name="toy",
        description="<b>of</b> a toy",
        classes=list(CLASSES),
        features=[{"name": "llp1_Lxy", "unit": "m"}],
        files=[ModelFile(kind="xgboost", file="model.ubj", sha256="0" * 64)],
        uncertainty={"near": 0.1, "far": 0.2},
        uncertainty_source="guessed",
        training={
            "events": 1000,
            "mass_points": {"a": {}, "b": {}},
            "rounds": 17,
            "folds": [["a"]],
        },
        **more,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The report of a toy with everything, the map included."""
    made = tmp_path_factory.mktemp("closure") / "report"
    events = toy_events(30_000, samples=4)
    table = write_closure(
        made,
        Toy(0.9),
        events,
        card_of(),
        Toy(0.5),
        other_name="<i>old</i>",
        notes=("Seen & known.",),
    )
    assert len(table) == 4 * 2 * 2
    return made


def page_text(folder):
    return (folder / "closure.html").read_text(encoding="utf-8")


def test_the_table_is_written_as_it_is_returned(folder, tmp_path):
    events = toy_events(30_000, samples=4)
    table = write_closure(tmp_path, Toy(0.9), events, card_of(), Toy(0.5))
    stored = pd.read_csv(folder / "closure.csv")
    pd.testing.assert_frame_equal(stored, table)
    assert list(stored.columns[:5]) == ["sample", "ctau_m", "class", "events", "search"]


def test_the_page_tells_what_the_table_says(folder):
    text = page_text(folder)
    assert "<title>Closure of toy</title>" in text
    assert "The map is worse in near by a factor" in text
    assert "Seen &amp; known." in text
    assert "&lt;b&gt;of&lt;/b&gt; a toy" in text
    assert "<i>" not in text
    for word in ("rounds of boosting", "model.ubj sha256 0000", "(relative; guessed)"):
        assert word.casefold() in text.casefold()
    assert len(list((folder / "plots").glob("efficiency_*.png"))) == 4
    assert text.count("data:image/png;base64,") == 6


def test_the_page_needs_nothing_else(folder):
    text = page_text(folder)
    assert not re.search(r"<(script|link rel=.stylesheet|iframe|object)", text)
    links = re.findall(r"(?:src|href)\s*=\s*.([^\"']{0,10})", text)
    assert links
    assert all(link.startswith("data:") for link in links)
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_in_a_browser(folder, browser_program):
    page = folder / "closure.html"
    with Visitor(browser_program, width=1300, height=900) as visitor:
        visitor.open(page.as_uri())
        visitor.wait_for("document.readyState === 'complete'", 20)
        assert visitor.complaints == []
        assert [each for each in visitor.requests if not each.startswith("data:")] == [
            page.as_uri()
        ]
        shown = "Array.from(document.images, each => each.naturalWidth)"
        assert min(visitor.evaluate(shown)) > 500
        assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert visitor.evaluate("document.querySelectorAll('details[open]').length") == 3


def test_samples_without_lifetimes(tmp_path):
    events = toy_events(4000, lifetimes=None, samples=60)
    table = write_closure(tmp_path, Toy(0.9), events, None, Toy(0.5))
    assert table["ctau_m"].isna().all()
    text = page_text(tmp_path)
    assert "<title>Closure of a model</title>" in text
    assert "Relative differences by sample" in text
    assert "nan" not in re.sub(r"base64,[^\"]*", "", text)


def test_a_thousand_groups_are_folded_away(tmp_path):
    events = toy_events(60_000, samples=40, lifetimes=tuple(np.geomspace(0.1, 50, 25)))
    closure = measure(Toy(), events)
    write_closure_report(tmp_path, closure, "many")
    text = page_text(tmp_path)
    assert "40 samples, 1000 groups" in re.sub(r"\s+", " ", text)
    assert text.count("<details open>") == 3
    assert "curves are drawn for the first 16 of 40" in re.sub(r"\s+", " ", text)
    # The next page has none of this one's pictures beside it.
    fewer = toy_events(3000, samples=2)
    write_closure_report(tmp_path, measure(Toy(), fewer), "few")
    assert len(list((tmp_path / "plots").glob("efficiency_*.png"))) == 2
    assert len(re.findall(r"<tr class=.level", text)) == 2000 + 15
    assert len(text) < 12e6


def test_a_search_that_selects_nothing(tmp_path):
    events = toy_events(500)
    events.decision[:] = 0
    table = write_closure(tmp_path, Toy(), events, card_of(), Toy(0.5))
    assert table["difference"].isna().all()
    assert "the search selects nothing" in page_text(tmp_path)


def test_a_model_that_selects_nothing(tmp_path):
    table = write_closure(tmp_path, Toy(0.0), toy_events(500), card_of(), Toy(0.5))
    assert (table["difference"] == -1).all()
    assert "cross-entropy" in page_text(tmp_path).casefold()


def test_events_that_were_left_out(tmp_path):
    events = toy_events(3000)
    table = write_left_out_closure(
        tmp_path, Toy().probabilities(events.pairs), events, card_of(), notes=("And more.",)
    )
    text = page_text(tmp_path)
    assert "each by trees that had not seen its mass point" in text
    assert "And more." in text
    assert "Outside the domain" not in text
    assert "map" not in table.columns


def test_importance_is_drawn_where_it_is_known(tmp_path):
    closure = measure(Toy(), toy_events(1000))
    found = [
        Importance("Lxy", ("llp1_Lxy", "llp2_Lxy"), 0.1, 0.01),
        Importance("V_pt", ("V_pt",), 0.0, float("nan")),
        Importance("own", ("own",), -0.001, 0.002),
    ]
    write_closure_report(tmp_path, replace(closure, importance=found), "toy")
    assert "Feature importance" in page_text(tmp_path)
    stored = io.BytesIO((tmp_path / "plots" / "importance.png").read_bytes())
    assert stored.getvalue().startswith(b"\x89PNG")
