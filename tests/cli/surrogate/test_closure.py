"""`bumpcast surrogate closure`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.surrogates.reading import write_table
from tests.surrogates.closure.toys import CLASSES, toy_events

CONFIG = """
name = "toy"
classes = ["not selected", "near", "far"]
features = ["llp1_Lxy", "llp1_Lz", "llp1_pT", "llp1_eta", "llp2_Lxy", "llp2_pT"]
lifetime = "ctau_m"
folds = 2
[search]
trials = 1
[trees]
max_depth = 3
learning_rate = 0.3
rounds = 15
[samples.seen]
files = ["seen_*.parquet"]
[samples.new]
files = ["new_*.parquet"]
held_out = true
"""


def run(*words):
    return CliRunner().invoke(main, ["surrogate", *map(str, words)])


def printed(*words):
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def write_events(path, seed, *, lifetimes=(0.5, 2.0), without=None, region="region", names=CLASSES):
    events = toy_events(3000, seed, lifetimes=lifetimes, weights=True)
    more = {region: np.array(names)[events.decision]}
    if events.ctau_m is not None:
        more["ctau_m"] = events.ctau_m
    write_table(path, events.pairs, more)
    if without is not None:
        pd.read_parquet(path).drop(columns=without).to_parquet(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a small surrogate, what it was trained on, and what was held out."""
    folder = tmp_path_factory.mktemp("closure")
    for number in range(3):
        write_events(folder / f"seen_{number}.parquet", number)
    for number in range(2):
        write_events(folder / f"new_{number}.parquet", 10 + number)
    (folder / "toy.toml").write_text(CONFIG)
    printed("train", folder / "toy.toml", "-o", folder / "model", "--no-progress")
    return folder


@pytest.fixture(autouse=True)
def its_folder(model, monkeypatch):
    monkeypatch.chdir(model)


def test_what_is_printed_and_written(tmp_path):
    words = ("closure", "model", "new_0.parquet", "new_1.parquet", "-o", tmp_path / "out")
    lines = printed(*words, "--map-from", "seen_0.parquet", "seen_1.parquet").splitlines()
    assert lines[0].split()[:5] == ["sample", "c", "tau", "[m]", "class"]
    assert len([line for line in lines if line.startswith("new_")]) == 2 * 2 * 2
    assert any(line.startswith("Relative differences from the search") for line in lines)
    assert any(line.startswith("Those of the map") for line in lines)
    assert lines[-1] == f"Page: {tmp_path / 'out' / 'closure.html'}"
    text = (tmp_path / "out" / "closure.html").read_text()
    assert "beside it the efficiency map of seen_0.parquet, seen_1.parquet" in text
    assert "Feature importance" in text
    assert len(pd.read_csv(tmp_path / "out" / "closure.csv")) == 8


def test_json_is_the_table(tmp_path):
    words = ("closure", "model", "new_0.parquet", "--map-from", "toy.toml", "--json")
    document = json.loads(printed(*words, "-o", tmp_path))
    table = pd.read_csv(tmp_path / "closure.csv")
    pd.testing.assert_frame_equal(pd.DataFrame(document["rows"]), table, check_dtype=False)
    assert document["classes"] == list(CLASSES)
    assert set(document["map"]["factors"]) == {"near", "far"}
    assert document["importance"][0]["quantity"] == "Lxy"
    assert document["notes"] == []
    assert list(json.loads(printed(*words))) == [name for name in document if name != "page"]


def test_a_training_names_what_it_held_out(tmp_path):
    document = json.loads(printed("closure", "model", "toy.toml", "--json"))
    assert document["samples"] == ["new_0", "new_1"]
    tables = json.loads(printed("closure", "model", "new_0.parquet", "new_1.parquet", "--json"))
    assert tables["rows"] == document["rows"]
    assert "map" not in document


def test_samples_without_lifetimes(tmp_path):
    write_events(tmp_path / "a.parquet", 5, lifetimes=None, region="passed")
    document = json.loads(
        printed("closure", "model", tmp_path / "a.parquet", "--decision", "passed", "--json")
    )
    assert [row["ctau_m"] for row in document["rows"]] == [None, None]
    write_events(tmp_path / "b.parquet", 6)
    result = run("closure", "model", tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert "b.parquet has a column ctau_m, and" in result.stderr
    result = run("closure", "model", tmp_path / "b.parquet", "--lifetime", "ctau")
    assert "'ctau'. Did you mean 'ctau_m'?" in result.stderr


def test_events_that_were_trained_on_are_told_of(tmp_path):
    result = run("closure", "model", "seen_0.parquet", "-o", tmp_path)
    assert result.exit_code == 0
    assert "Warning: toy was trained on seen_0.parquet" in result.stderr
    assert "toy was trained on seen_0.parquet" in (tmp_path / "closure.html").read_text()
    assert "Warning" not in run("closure", "model", "new_0.parquet").stderr


def test_mistakes_in_files(tmp_path):
    write_events(tmp_path / "bad.parquet", 7, without="llp1_eta")
    assert "llp1_eta" in run("closure", "model", tmp_path / "bad.parquet").stderr
    write_events(tmp_path / "other.parquet", 8, names=("not selected", "nearer", "far"))
    result = run("closure", "model", tmp_path / "other.parquet")
    assert "'nearer' is no class. Did you mean 'near'?" in result.stderr
    result = run("closure", "model", "new_0.parquet", "--decision", "regoin")
    assert "there is no column 'regoin'. Did you mean 'region'?" in result.stderr
    write_events(tmp_path / "new_0.parquet", 9)
    result = run("closure", "model", "new_0.parquet", tmp_path / "new_0.parquet")
    assert "would both be the sample 'new_0'" in result.stderr
    assert "there is no such file" in run("closure", "model", "new_9.parquet").stderr
    assert "modle: is no folder of a surrogate" in run("closure", "modle", "new_0.parquet").stderr


def test_mistakes_in_what_is_typed(tmp_path):
    result = run("closure", "model", "toy.toml", "--decision", "region", "--boson")
    assert "--decision, --boson: toy.toml says that of its events itself" in result.stderr
    result = run("closure", "model", "new_0.parquet", "--map", "high-ET", "--map-from", "x.parquet")
    assert "one map can stand beside the model" in result.stderr
    result = run("closure", "model", "new_0.parquet", "--map", "high-ET")
    assert "there is nothing to compare" in result.stderr
    assert run("closure", "model").exit_code == 2
    none = tmp_path / "none.toml"
    none.write_text(CONFIG.replace("held_out = true", ""))
    assert "none of its samples are held out" in run("closure", "model", none).stderr
    none.write_text(CONFIG.replace('"far"]', '"away"]'))
    result = run("closure", "model", none)
    assert "the classes are not selected, near, away, and those of the model" in result.stderr
