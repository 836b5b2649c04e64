from __future__ import annotations

import re

import pytest

from bumpcast.bumps.findings import FindingsError
from bumpcast.diskio import DiskError
from bumpcast.report.site import ReportError, write_site
from bumpcast.report.site.writing import MARK


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_every_file_that_the_page_names_is_there(page):
    named = re.findall(r'(?:src|href)="([a-z/-]+\.(?:js|css))"', page.read_text())
    assert len(named) > 20
    for name in named:
        assert (page.parent / name).is_file(), name
    there = {path.name for path in page.parent.iterdir() if path.suffix in {".js", ".css"}}
    assert there == {name for name in named if "/" not in name}


def test_nothing_of_the_network_is_named(page):
    for path in page.parent.iterdir():
        if path.suffix in {".js", ".css", ".html"}:
            addresses = re.findall(r"https?://[^\s\"')]+", path.read_text())
            assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path


def test_nothing_makes_markup_of_texts_or_loads_but_by_scripts(page):
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    forbidden += r"|\bfetch\(|XMLHttpRequest|\bimport\b"
    for path in page.parent.glob("*.js"):
        assert re.findall(forbidden, path.read_text()) == [], path


def test_the_same_results_give_the_same_report(results, page, tmp_path):
    again = write_site(results, tmp_path / "again")
    assert contents(again.parent) == contents(page.parent)


def test_an_earlier_report_is_replaced_as_a_whole(results, tmp_path):
    folder = tmp_path / "report"
    write_site(results, folder)
    (folder / "data" / "shard-9999.js").write_text("old")
    write_site(results, folder)
    assert not (folder / "data" / "shard-9999.js").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_report_is_as_readable_as_any_folder(results, tmp_path):
    (tmp_path / "other").mkdir()
    write_site(results, tmp_path / "report")
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_report_is_not_replaced(results, tmp_path, kind):
    folder = tmp_path / "report"
    mine = folder / "thesis.txt"
    if kind == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        mine.write_text("mine")
    with pytest.raises(ReportError, match=r"name (another|a) folder with --output"):
        write_site(results, folder)
    assert (folder if kind == "file" else mine).read_text() == "mine"


def test_an_empty_folder_is_taken(results, tmp_path):
    assert write_site(results, tmp_path / "").is_file()
    assert (tmp_path / MARK).is_file()


def test_a_failure_leaves_the_earlier_report(results, page, tmp_path, monkeypatch):
    folder = tmp_path / "report"
    write_site(results, folder)
    before = contents(folder)

    def full(*_):
        raise OSError(28, "no space")

    monkeypatch.setattr("bumpcast.report.site.writing.registered", full)
    with pytest.raises(DiskError, match="the disk is full"):
        write_site(results, folder)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_search_that_is_not_there(results, tmp_path):
    with pytest.raises(FindingsError, match=r"no search 'likelyhood'.*likelihood"):
        write_site(results, tmp_path / "report", "likelyhood")
    assert not (tmp_path / "report").exists()
