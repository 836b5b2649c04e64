from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from small_results import small_folder

from bumpcast.cli.main import main

NAME = "2e os | m(e0,e1)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_folder(tmp_path_factory.mktemp("cli"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def bumpcast(folder):
    def call(*words):
        return CliRunner().invoke(main, ["show", *words, "--results", str(folder)])

    return call


def test_a_picture_after_the_name(bumpcast, tmp_path):
    result = bumpcast("2e os|MET>200|m(e0,e1)")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2e os | MET>200 | m(e0,e1): 5 entries, 5.0 events, ")
    assert lines[1] == "not kept for the search: no bin of >= 10 entries"
    assert lines[2] == "Picture: 2e_os__MET_gt_200__m_e0_e1.png"
    picture = tmp_path / "2e_os__MET_gt_200__m_e0_e1.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 5000


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.pdf", b"%PDF"), ("a.svg", b"<?xml")]
)
def test_formats(bumpcast, tmp_path, name, start):
    result = bumpcast(NAME, "--output", name, "--merge", "3", "--dataset", "signal")
    assert result.exit_code == 0, result.output
    assert (tmp_path / name).read_bytes().startswith(start)
    assert "51 entries" in result.stdout


def test_a_kept_histogram_says_from_where(bumpcast):
    lines = bumpcast(NAME).stdout.splitlines()
    assert lines[1].startswith("kept for the search: 10 bins from ")
    changed = bumpcast(NAME, "--min-bins", "10").stdout.splitlines()
    assert changed[1] == "not kept for the search: 10 bins <= 10"


def test_json(bumpcast, tmp_path):
    document = json.loads(bumpcast("2e os | MET>200 | m(e0,e1)", "--json").stdout)
    assert document["name"] == "2e os | MET>200 | m(e0,e1)"
    assert document["dataset"] is None
    assert len(document["edges_GeV"]) == len(document["values"]) + 1
    assert document["entries"][8] == 4
    assert document["underflow"] == {"entries": 1, "values": 1.0, "variances": 1.0}
    assert document["overflow"]["entries"] == 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (["2e os | m(e0,e2)"], "Did you mean '2e os | m(e0,e1)'", 1),
        (["2e os"], "is not a histogram's name", 1),
        ([NAME, "--dataset", "tbar"], "has no data set 'tbar'. Did you mean 'ttbar'?", 1),
        ([NAME, "--output", "a.jpeg"], "a picture ends in .png, .pdf, .svg", 2),
        ([NAME, "--json", "--merge", "2"], "--json draws nothing", 2),
    ],
)
def test_mistakes_are_messages(bumpcast, words, message, code):
    result = bumpcast(*words)
    assert result.exit_code == code
    assert message in " ".join(result.output.split())
