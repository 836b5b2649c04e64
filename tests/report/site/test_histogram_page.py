"""The panel of one histogram in a real browser: what is drawn are the numbers."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from bumpcast.massscan import open_results
from bumpcast.report.site import shards, write_site
from bumpcast.report.site.content import read_content
from tests.report.site.looking import (
    every,
    looking_at,
    read_axis,
    set_state,
    text,
    wait_for_histogram,
)
from tests.report.site.small_report import HOSTILE, search, write_results

NAME = "2m 1j os | HT>500 | mT(m0,j0,MET)"
"""One that the signal is in."""
UPPER, LOWER = ".spectrum > .frame", ".significance .frame"


@pytest.fixture(scope="module")
def content(folder):
    with open_results(folder) as results:
        yield read_content(results)


def part_of(content, name):
    number = list(content.spectra.names).index(name)
    return number, content.spectra.slice_of(number)


def places(visitor, selector, *keys):
    found = [every(visitor, selector, f"getAttribute('{key}')") for key in keys]
    return [np.array(each, float) for each in found]


@pytest.mark.parametrize("merge", [1, 3])
def test_points_stand_where_the_numbers_are(visitor, page, content, merge):
    _, part = part_of(content, NAME)
    starts = np.arange(0, part.stop - part.start, merge)
    counts = np.add.reduceat(content.spectra.counts[part], starts)
    errors = np.sqrt(np.add.reduceat(content.spectra.variances[part], starts))
    edges = np.append(content.spectra.low[part][starts], content.spectra.high[part.stop - 1])
    with looking_at(visitor, page, h=NAME, y="linear", per="bin", merge=merge):
        wait_for_histogram(visitor, NAME)
        y = read_axis(visitor, UPPER, "y")
        x = read_axis(visitor, LOWER, "x")
        across, up = places(visitor, ".points circle", "cx", "cy")
        pixel = abs(y(1) - y(0))
        np.testing.assert_allclose(y(up), counts, atol=0.6 * pixel)
        middles = 0.5 * (edges[1:] + edges[:-1])
        np.testing.assert_allclose(x(across), middles, atol=0.6 * abs(x(1) - x(0)))
        top, bottom = places(visitor, ".points line", "y1", "y2")
        np.testing.assert_allclose(y(top) - y(up), errors, atol=1.2 * pixel)
        low = y(bottom)
        np.testing.assert_allclose(low, np.maximum(counts - errors, 0), atol=1.2 * pixel)


def test_a_logarithmic_axis_by_gev(visitor, page, content):
    _, part = part_of(content, NAME)
    width = content.spectra.high[part] - content.spectra.low[part]
    density = content.spectra.counts[part] / width
    with looking_at(visitor, page, h=NAME, merge=1):
        wait_for_histogram(visitor, NAME)
        (up,) = places(visitor, ".points circle", "cy")
        line = np.polynomial.Polynomial.fit(up, np.log(density), 1)
        np.testing.assert_allclose(line(up), np.log(density), atol=0.01)
        labels = every(visitor, UPPER + " text.label", "textContent")
        assert labels == ["Events / GeV"]


def test_significance_flag_and_background(visitor, page, content):
    number, part = part_of(content, NAME)
    line = content.findings.table.iloc[number]
    with looking_at(visitor, page, h=NAME, y="linear", per="bin", merge=1):
        wait_for_histogram(visitor, NAME)
        x, y = read_axis(visitor, LOWER, "x"), read_axis(visitor, LOWER, "y")
        (across,), (up,) = places(visitor, ".largest", "cx", "cy")
        assert y(up) == pytest.approx(line["z"], abs=abs(y(1) - y(0)))
        assert x(across) == pytest.approx(line["mass_GeV"], abs=abs(x(1) - x(0)))
        heights = path_heights(visitor, ".significance .curve")
        np.testing.assert_allclose(
            y(heights), content.findings.z[part], atol=0.6 * abs(y(1) - y(0))
        )
        begin, wide = places(visitor, ".significance .flagged", "x", "width")
        low, high = line["mass_GeV"] + 2 * line["width_GeV"] * np.array([-1, 1])
        inside = [max(low, content.spectra.low[part][0]), min(high, content.spectra.high[part][-1])]
        np.testing.assert_allclose(
            [x(begin[0]), x(begin[0] + wide[0])], inside, atol=abs(x(1) - x(0))
        )
        above = read_axis(visitor, UPPER, "y")
        np.testing.assert_allclose(
            above(path_heights(visitor, ".background .expected")),
            content.findings.background[part],
            atol=0.6 * abs(above(1) - above(0)),
        )


def path_heights(visitor, selector):
    """Return the heights of a path of steps, one a bin."""
    (path,) = every(visitor, selector, "getAttribute('d')")
    return np.array([float(step.partition(",")[2].partition("H")[0]) for step in split(path)])


def split(path):
    return [step for step in path.replace("M", "L").split("L") if step]


def test_data_sets_are_stacked_with_the_signal_on_top(visitor, page, content):
    _, part = part_of(content, NAME)
    with looking_at(visitor, page, h=NAME, y="linear", per="bin", merge=1):
        wait_for_histogram(visitor, NAME)
        assert every(visitor, ".stack path[data-dataset]", "dataset.dataset") == ["0", "1"]
        fills = every(visitor, ".stack path[data-dataset]", "getAttribute('fill')")
        assert fills == ["#3f90da", "url(#hatch1)"]
        y = read_axis(visitor, UPPER, "y")
        np.testing.assert_allclose(
            y(path_heights(visitor, ".stack .sum")),
            content.spectra.counts[part],
            atol=0.6 * abs(y(1) - y(0)),
        )


def test_pointing_at_a_bin_says_its_numbers(visitor, page, content):
    _, part = part_of(content, NAME)
    with looking_at(visitor, page, h=NAME, merge=1):
        wait_for_histogram(visitor, NAME)
        (across,) = places(visitor, ".points circle", "cx")
        left, top = visitor.evaluate(
            "(() => { const box = document.querySelector('.spectrum').getBoundingClientRect();"
            "return [box.x, box.y]; })()"
        )
        visitor.point(left + across[12], top + 60)
        rows = dict(zip(every(visitor, ".numbers th"), every(visitor, ".numbers td"), strict=True))
        bin_ = part.start + 12
        count = content.spectra.counts[bin_]
        assert rows["observed"].startswith(f"{count:.0f} ± ")
        assert rows["z"] == f"{content.findings.z[bin_]:.2f}".replace("-", "\N{MINUS SIGN}")
        background = float(rows["background"].split(" ± ")[0])
        assert background == pytest.approx(content.findings.background[bin_], abs=0.06)
        assert rows[HOSTILE] == f"{content.datasets['back'].counts[bin_]:.0f}"
        visitor.point(2, 2)
        assert visitor.evaluate("document.querySelector('.numbers').hidden")


def test_what_is_known_of_it_stands_below(visitor, page, content):
    number, part = part_of(content, NAME)
    line = content.findings.table.iloc[number]
    window = np.abs(content.spectra.centres[part] - line["mass_GeV"]) <= 2 * line["width_GeV"]
    with looking_at(visitor, page, h=NAME):
        wait_for_histogram(visitor, NAME)
        assert text(visitor, ".fact.z dd") == f"{line['z']:.2f}"
        details = text(visitor, ".histogram .details")
        assert f"{content.spectra.counts[part][window].sum():.0f} observed" in details
        assert "exp(polynomial of order 2)" in details
        assert "not tested" in details
        assert "'2m 1j os | HT>500 | mT(m0,j0,MET)'" in text(visitor, ".hint")


def test_neighbours_share_objects_in_the_same_final_state(visitor, page, content):
    with looking_at(visitor, page, h=NAME):
        wait_for_histogram(visitor, NAME)
        found = [f"2m 1j os | {name}" for name in every(visitor, ".neighbours a")[:-1]]
        assert len(found) == 12
        state = [name for name in content.spectra.names if name.startswith("2m 1j os | ")]
        expected = {name for name in state if name != NAME and ("m0" in name or "j0" in name)}
        assert set(found) < expected
        last = every(visitor, ".neighbours a")[-1]
        assert last == f"and {len(expected) - 12} more: all of 2m 1j os"
        ranking = [content.spectra.names[number] for number in content.findings.ranking]
        marks = every(visitor, ".neighbours td:last-child")
        grouped = [mark == "same group" for mark in marks]
        assert grouped == sorted(grouped, reverse=True)
        assert any(grouped)
        together = [ranking.index(name) for name in found[: sum(grouped)]]
        assert together == sorted(together)
        visitor.click(".neighbours a")
        wait_for_histogram(visitor, found[0])
        assert visitor.evaluate("bumpcast.address.get('h')") == found[0]


def test_switches_change_the_picture_and_the_address(visitor, page):
    with looking_at(visitor, page, h=NAME):
        wait_for_histogram(visitor, NAME)
        before = places(visitor, ".points circle", "cy")[0]
        for key, value in (("y", "linear"), ("per", "bin"), ("merge", "4")):
            visitor.evaluate(
                f"(() => {{ const choice = document.querySelector('.tools [data-key={key}]');"
                f"choice.value = {value!r}; choice.dispatchEvent(new Event('change')); }})()"
            )
            assert visitor.evaluate(f"bumpcast.address.get({key!r})") == value
            after = places(visitor, ".points circle", "cy")[0]
            assert after.tolist() != before.tolist()
            before = after
        assert len(before) <= 12
        set_state(visitor, h=NAME, y="linear")
        chosen = "document.querySelector('.tools [data-key={}]').value"
        visitor.wait_for(f"{chosen.format('y')} === 'linear'", 5)
        assert visitor.evaluate(chosen.format("per")) == ""


def test_names_of_files_stay_texts(visitor, page):
    with looking_at(visitor, page, h=NAME):
        wait_for_histogram(visitor, NAME)
        assert HOSTILE in every(visitor, ".legend li")
        assert every(visitor, ".legend *", "tagName") == [
            "LI",
            "I",
            "LI",
            "I",
            "LI",
            "I",
            "LI",
            "I",
        ]


def test_numbers_and_picture_can_be_saved(visitor, page, content):
    _, part = part_of(content, NAME)
    with looking_at(visitor, page, h=NAME):
        wait_for_histogram(visitor, NAME)
        script = (
            "bumpcast.saving.csv(bumpcast.ranking.view.panel.shown, bumpcast.overview.datasets)"
        )
        rows = list(csv.DictReader(io.StringIO(visitor.evaluate(script))))
        for key, column in (
            ("bin_low_GeV", content.spectra.low),
            ("bin_high_GeV", content.spectra.high),
            ("count", content.spectra.counts),
            ("variance", content.spectra.variances),
            ("z", content.findings.z),
            ("back", content.datasets["back"].counts),
        ):
            found = [float(row[key]) for row in rows]
            np.testing.assert_allclose(found, column[part], rtol=1e-6, atol=6e-4)
        image = visitor.evaluate("bumpcast.saving.image(document.querySelector('.spectrum'))")
        assert image.startswith("<svg")
        assert 'stroke="rgb(26, 29, 33)"' in image
        name = visitor.evaluate("bumpcast.saving.fileName(0, '.csv')")
        assert name == "3j_m_j0_j1.csv"


@pytest.fixture(scope="module")
def many_shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    with pytest.MonkeyPatch.context() as patch:
        for module in ("shards", "catalogue"):
            patch.setattr(f"bumpcast.report.site.{module}.HISTOGRAMS", 5)
        results = write_results(folder / "results")
        search(results)
        with open_results(results) as opened:
            page = write_site(opened, folder / "report")
    assert shards.HISTOGRAMS == 256
    return page


def test_shards_are_loaded_when_looked_at_and_forgotten_again(visitor, many_shards):
    with looking_at(visitor, many_shards):
        loaded = {each for each in visitor.requests if "shard-" in each}
        assert 0 < len(loaded) <= 2
        names = visitor.evaluate(
            "Array.from(bumpcast.catalogue.all.rank, (_, h) => bumpcast.catalogue.name(h))"
        )
        for h in range(0, len(names), 10):
            visitor.evaluate(f"bumpcast.address.set({{h: {names[h]!r}}})")
            wait_for_histogram(visitor, names[h])
        assert visitor.evaluate("bumpcast.shards.size <= bumpcast.shards.MOST")
        assert len({each for each in visitor.requests if "shard-" in each}) >= 26
        assert every(visitor, "head script[async]", "src") == []


def test_a_report_that_was_replaced_meanwhile_is_told(visitor, many_shards):
    page = many_shards
    shard = page.parent / "data" / "shard-0050.js"
    text_of = shard.read_text()
    try:
        shard.write_text(text_of.replace('take("', 'take("other', 1))
        with looking_at(visitor, page) as opened:
            name = opened.evaluate("bumpcast.catalogue.name(252)")
            set_state(visitor, h=name)
            visitor.wait_for("document.querySelector('.histogram .bad') !== null", 5)
            assert "reload the page" in text(visitor, ".histogram .bad")
    finally:
        shard.write_text(text_of)


def test_a_shard_that_is_missing_is_told(visitor, many_shards):
    shard = many_shards.parent / "data" / "shard-0049.js"
    shard.rename(shard.with_suffix(".away"))
    try:
        visitor.open("about:blank")
        visitor.open(many_shards.as_uri())
        visitor.wait_for("bumpcast.started", 20)
        set_state(visitor, h=visitor.evaluate("bumpcast.catalogue.name(247)"))
        visitor.wait_for("document.querySelector('.histogram .bad') !== null", 5)
        assert "shard-0049.js" in text(visitor, ".histogram .bad")
    finally:
        shard.with_suffix(".away").rename(shard)
