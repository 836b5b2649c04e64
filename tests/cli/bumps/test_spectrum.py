"""`bumpcast bumps spectrum FILE`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main

HGG = Path(__file__).parents[2] / "data/atlas_hgg_2012.csv"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def bumpcast(*words, toys=200):
    return CliRunner().invoke(main, ["bumps", "spectrum", *map(str, words), "--toys", str(toys)])


def test_the_higgs_boson_of_2012(tmp_path):
    result = bumpcast(HGG, "--json", toys=1000)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert 125 <= document["largest"]["mass_GeV"] <= 127
    # Between ATLAS's polynomial of fourth order with free parameters, 3.0, and a known one, 4.2.
    assert 3.0 < document["largest"]["z"] < 4.2
    assert document["largest"]["p_histogram"] < 0.02
    assert len(document["bins"]) == 30
    assert document["bins"][0]["count"] == 3735
    assert not list(tmp_path.iterdir())


def test_a_table_and_a_picture(tmp_path):
    result = bumpcast(HGG)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["mass", "GeV", "count", "background", "z"]
    assert lines[1].split()[:2] == ["101.0", "3,735"]
    assert "Largest: z = " in result.stdout
    assert (tmp_path / "atlas_hgg_2012.png").stat().st_size > 10_000


def test_a_background_that_the_file_brings(tmp_path):
    path = tmp_path / "given.csv"
    rows = [f"{10 * k},{10 * k + 10},{140 if k == 7 else 100},100" for k in range(15)]
    path.write_text("\n".join(["bin_low_GeV,bin_high_GeV,count,background", *rows]))
    document = json.loads(bumpcast(path, "--json", "--widths", "1").stdout)
    assert document["model"] == "given"
    assert document["largest"]["mass_GeV"] == 75
    assert document["bins"][0]["background"] == 100
    assert json.loads(bumpcast(path, "--json", "--background", "fit").stdout)["model"] != "given"


def test_a_spectrum_of_which_nothing_can_be_said(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text("bin_low_GeV,bin_high_GeV,count\n0,10,5\n")
    result = bumpcast(path)
    assert result.exit_code == 0, result.output
    assert "Not searched: " in result.stdout
    document = json.loads(bumpcast(path, "--json").stdout)
    assert document["largest"]["z"] is None
    assert document["reason"]


def test_mistakes_are_told(tmp_path):
    assert "cannot be read" in bumpcast(tmp_path / "none.csv").stderr
    assert bumpcast(HGG, "--output", "curve.txt").exit_code == 2
    assert bumpcast(HGG, "--background", "simulation").exit_code == 2
