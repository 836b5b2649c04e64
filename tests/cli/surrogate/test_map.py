"""`bumpcast surrogate map`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.maps.files import read_map
from bumpcast.surrogates.maps.published import DATA
from bumpcast.surrogates.reading import write_table


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*words):
    return CliRunner().invoke(main, ["surrogate", "map", *map(str, words)])


def printed(*words):
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def events_file(path: Path, events: int = 400, seed: int = 1) -> LlpPairs:
    random = np.random.default_rng(seed)
    shape = (events, 2)
    pairs = LlpPairs(
        pt=random.exponential(200, shape),
        eta=random.normal(0, 1.5, shape),
        mass=np.full(shape, 50.0),
        child=np.full(shape, 5),
        weight=random.uniform(0.5, 1.5, events),
        copied=np.zeros(events, np.bool_),
        lxy=random.exponential(2, shape),
        lz=random.exponential(3, shape),
    )
    decided = np.array(["not selected", "A", "B"])[random.integers(0, 3, events)]
    write_table(path, pairs, {"region": decided})
    return pairs


def test_the_verbs_are_listed():
    text = printed("-h")
    assert [word for word in ("build", "convert", "show") if f"\n  {word}" in text]
    assert "there is no verb 'shwo'. Did you mean 'show'?" in run("shwo").stderr


def test_a_published_map_to_correctionlib_and_back():
    assert "high.json.gz: 2,903 pairs of bins, " in printed("convert", "high-ET", "high.json.gz")
    result = run("convert", "high.json.gz", "high.csv")
    assert "Note: a table does not hold its description" in result.stderr
    published = DATA / "atlas_exot_2019_23_high_et.csv"
    assert Path("high.csv").read_bytes() == published.read_bytes()


def test_a_table_gets_a_name_and_a_description():
    table = DATA / "atlas_exot_2019_23_low_et.csv"
    printed("convert", table, "low.json", "--name", "low", "--description", "of ATLAS")
    assert read_map("low.json").description == "of ATLAS"
    assert json.loads(printed("show", "low.json", "--json"))["name"] == "low"


def test_what_a_map_holds():
    lines = printed("show", "high-ET", "--largest", 2).splitlines()
    assert lines[0].startswith("high-ET: ATLAS-EXOT-2019-23 (arXiv:2203.01009)")
    assert "  pT 0, 50, 100, 200, 400, 1600 GeV" in lines
    assert any(line.startswith("Pairs of bins: 33,930; 2,903 are stored") for line in lines)
    assert "For samples of mean Lxy from 0.25 to 16 m" in lines
    assert len([line for line in lines if " and " in line and "decay=" in line]) == 2
    document = json.loads(printed("show", "high-ET", "--largest", 2, "--json"))
    assert document["stored_pairs"] == 2903
    assert document["reached_pairs"] is None
    assert [top["probability"] for top in document["largest"]["A"]] == [1, 1]


def test_what_a_map_has_for_two_particles():
    # As the code that was published with the maps numbers its own example.
    first = "pT=133,eta=1.23,Lxy=1.3,Lz=1.34,decay=5"
    second = "pT=340,eta=1.1,Lxy=1.4,Lz=4.56,decay=5"
    document = json.loads(printed("show", "high-ET", first, second, "--json"))
    assert document["bins"] == [9, 13]
    assert document["probabilities"]["A"] == read_map("high-ET").table[0, 9, 13]
    lines = printed("show", "high-ET", "pT=2000,eta=-2,Lz=5,decay=5").splitlines()
    assert lines[0] == "LLP 1: bin 217, decay=5, pT in [400--1600], |eta| > 1.5, Lz in [4.8--5.5]"
    assert lines[1] == lines[0].replace("LLP 1", "LLP 2")
    assert lines[2].startswith("not selected: ")
    assert lines[4] == "Outside: training had no such events"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pT=1"], "it is pT (GeV), eta, decay (PDG number) and Lxy or Lz"),
        (["pT=1,eta=0,decay=5.5,Lxy=1"], "is no particle"),
        (["pT=1,pT=1,eta=0,decay=5,Lxy=1"], "is no particle"),
        (["pT=nan,eta=0,decay=5,Lxy=1"], "is no particle"),
        (["pT=1,eta=0,decay=5,Lxy=-1"], "only eta may be negative"),
        (["pT=1,eta=0,decay=5,Lz=1"], "at eta = 0, only Lxy says where it decays"),
        (["pT=1,eta=0,decay=5,Lxy=1"] * 3, "two long-lived particles at most"),
        (["--pt", "0,x"], "'0,x': give numbers with commas"),
        (["--flavours", "5,b"], "'5,b': give PDG numbers"),
    ],
)
def test_mistakes_in_what_is_typed(words, message):
    result = run("show", "high-ET", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_maps_and_bins_that_there_are_not():
    assert "decay to 21" in run("show", "high-ET", "pT=1,eta=0,decay=21,Lxy=1").stderr
    assert "published maps are high-ET and low-ET" in run("show", "highET").stderr
    assert "high-ET has its own bins" in run("show", "high-ET", "--barrel", 1.4).stderr
    assert "the first has to be 0" in run("show", "x.csv", "--pt", "1,2").stderr
    assert "files of maps end in" not in run("convert", "high-ET", "m.txt").stderr
    assert "a map's file ends in .csv, .json, .json.gz" in run("convert", "high-ET", "m.txt").stderr


def test_a_map_is_built_of_several_files(tmp_path):
    first, second = events_file(tmp_path / "a.parquet"), events_file(tmp_path / "b.parquet", seed=2)
    bins = ("--pt", "0,200,inf", "--flavours", "5", "--lz", "0,4,inf", "--lxy", "0,2,inf")
    words = ("build", "a.parquet", "b.parquet", "--classes", "A,B", "-o", "own.json", *bins)
    document = json.loads(printed(*words, "--uncertainty", 0.3, "--json"))
    assert (document["events"], document["bins"], document["pairs"]) == (800, 8, 36)
    built = read_map("own.json")
    assert built.name == "own"
    assert built.classes == ("not selected", "A", "B")
    assert built.relative_uncertainty == (0.3, 0.3)
    for pairs in (first, second):
        assert not built.outside(pairs).any()
    assert "800 events reach 35 of 36 pairs of 8 bins" in printed(*words)
    assert "training events reached 35" in printed("show", "own.json")
    assert " +- " in printed("show", "own.json", "pT=1,eta=0,decay=5,Lxy=1")


def test_a_map_is_built_of_what_a_surrogate_is_trained_on(tmp_path):
    events_file(tmp_path / "a.parquet")
    events_file(tmp_path / "b.parquet", seed=2)
    events_file(tmp_path / "far.parquet", seed=3)
    config = tmp_path / "training.toml"
    config.write_text(
        'name = "test"\nclasses = ["not selected", "A", "B"]\nfeatures = ["llp1_pT"]\n'
        '[samples.near]\nfiles = ["[ab].parquet"]\n'
        '[samples.far]\nfiles = ["far.parquet"]\nheld_out = true\n'
    )
    result = run("build", config, "-o", "own.csv")
    assert "own.csv: 800 events reach" in result.stdout
    assert "Note: a table does not hold the statistical errors" in result.stderr
    assert "--tree: " in run("build", config, "-o", "own.csv", "--tree", "t").stderr


def test_mistakes_in_building(tmp_path):
    events_file(tmp_path / "a.parquet")
    result = run("build", "a.parquet", "-o", "own.yaml")
    assert "own.yaml: a map's file ends in" in result.stderr
    result = run("build", "a.parquet", "-o", "own.json", "--classes", "A")
    assert "'B' is no class" in result.stderr
    result = run("build", "a.parquet", "-o", "own.json", "--decision", "regoin")
    assert "there is no column 'regoin'. Did you mean 'region'?" in result.stderr
    assert not Path("own.json").exists()
