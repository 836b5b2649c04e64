from __future__ import annotations

import json

import pytest
import uproot
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
        return CliRunner().invoke(main, ["export", *words, "--results", str(folder)])

    return call


def test_named_histograms_into_root(bumpcast, tmp_path):
    result = bumpcast(NAME, "2j|mT(j1,j0,MET)", "--output", "h.root")
    assert result.exit_code == 0, result.output
    assert result.stdout == "2 histograms in h.root\n"
    with uproot.open(tmp_path / "h.root") as file:
        assert file["2e_os/m_e0_e1"].title == NAME
        assert file["2j/mT_j0_j1_MET"].values().sum() == 4.5


def test_all_and_kept_into_json(bumpcast, tmp_path):
    assert "5 histograms" in bumpcast("--all", "--output", "all.json").stdout
    assert len(json.loads((tmp_path / "all.json").read_text())) == 5
    assert "2 histograms" in bumpcast("--kept", "--output", "k.json").stdout
    found = bumpcast("--kept", "--min-bins", "9", "--output", "k", "--format", "uhi")
    assert found.stdout == "1 histogram in k\n"
    assert list(json.loads((tmp_path / "k").read_text())) == [NAME]


def test_one_data_set(bumpcast, tmp_path):
    assert bumpcast(NAME, "--dataset", "signal", "--output", "h.json").exit_code == 0
    document = json.loads((tmp_path / "h.json").read_text())[NAME]
    assert sum(document["storage"]["values"]) == 51


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (["--output", "h.root"], "name histograms, or choose all", 2),
        ([NAME, "--all", "--output", "h.root"], "name histograms, or choose all", 2),
        (["--all", "--output", "h.dat"], "say with --format which of root, uhi", 2),
        ([NAME, "--output", "no/h.root"], "no/h.root cannot be written", 1),
        (["2e os | m(e0,e3)", "--output", "h.root"], "Did you mean '2e os | m(e0,e1)'", 1),
        (["--kept", "--min-events", "99999", "--output", "h.root"], "no histograms to write", 1),
        (["--all", "--dataset", "no", "--output", "h.root"], "has no data set 'no'", 1),
    ],
)
def test_mistakes_are_messages(bumpcast, tmp_path, words, message, code):
    result = bumpcast(*words)
    assert result.exit_code == code
    assert message in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())
