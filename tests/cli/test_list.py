from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner
from small_results import small_folder, write_manifest

from bumpcast.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_folder(tmp_path_factory.mktemp("cli") / "results" / "toy")


@pytest.fixture(autouse=True)
def beside_results(folder, monkeypatch):
    monkeypatch.chdir(folder.parents[1])


def bumpcast(*words):
    return CliRunner().invoke(main, ["list", *words])


def names(*words):
    result = bumpcast(*words, "--json")
    assert result.exit_code == 0, result.output
    return [line["name"] for line in json.loads(result.stdout)]


def test_a_table_of_the_newest_results():
    result = bumpcast()
    assert result.exit_code == 0, result.output
    assert result.stderr == "Results: results/toy\n"
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "name", "variable", "entries", "bins", "low_GeV", "high_GeV", "kept", "reason",
    ]  # fmt: skip
    assert lines[1].split()[:5] == ["2e", "os", "|", "m(e0,e1)", "mass"]
    assert len(lines) == 6
    end = lines[0].index("entries") + len("entries")
    assert [line[end - 5 : end].strip() for line in lines[1:]] == ["1,061", "292", "33", "5", "3"]


def test_the_newest_is_the_one_written_last(folder):
    other = folder.with_name("other")
    small_folder(other)
    os.utime(other / "histograms.h5", (1e9, 1e9))
    assert "Results: results/toy" in bumpcast().stderr
    os.utime(other / "histograms.h5", (4e9, 4e9))
    assert "Results: results/other" in bumpcast().stderr
    (other / "histograms.h5").unlink()


def test_filters():
    assert len(names()) == 5
    assert names("--kept") == ["2e os | m(e0,e1)", "2j | m(j0,j1)"]
    assert names("--kept", "--min-bins", "9") == ["2e os | m(e0,e1)"]
    assert names("--final-state", "2j") == ["2j | m(j0,j1)", "2j | mT(j0,j1,MET)"]
    assert names("--final-state", ">=6j 1m") == ["1m >=6j | pT(j)>99.5 | m(m0,j0)"]
    assert names("--selection", "MET > 200") == ["2e os | MET>200 | m(e0,e1)"]
    assert names("--selection", "none", "--final-state", "2e os") == ["2e os | m(e0,e1)"]
    assert names("--contains", "mT(") == ["2j | mT(j0,j1,MET)"]
    assert names("--sort", "name", "--limit", "2") == [
        "1m >=6j | pT(j)>99.5 | m(m0,j0)",
        "2e os | MET>200 | m(e0,e1)",
    ]


def test_a_cut_list_says_so():
    result = bumpcast("--limit", "2")
    assert len(result.stdout.splitlines()) == 3
    assert "2 of 5; --limit 0 shows all." in result.stderr


def test_json_holds_every_column(folder):
    result = bumpcast("--results", str(folder), "--json", "--limit", "1")
    assert result.stderr == ""
    (line,) = json.loads(result.stdout)
    assert line["kept"] is True
    assert line["final_state"] == "2e os"
    assert line["combination"] == "e0,e1"
    assert line["entries"] == 1061


def test_final_states():
    lines = bumpcast("--final-states").stdout.splitlines()
    assert lines[0].split() == ["final_state", "entries", "ttbar", "signal"]
    assert lines[1].split() == ["2e", "os", "951", "900.0", "±", "30.0", "51.0", "±", "7.1"]
    (line,) = json.loads(bumpcast("--final-states", "--selection", "MET>200", "--json").stdout)
    assert line["ttbar"] == 5.0
    found = bumpcast("--final-states", "--final-state", "2j", "--json").stdout
    assert [line["entries"] for line in json.loads(found)] == [300]


def test_cutflow():
    lines = bumpcast("--cutflow").stdout.splitlines()
    assert lines[1].split() == ["ttbar", "1,241", "1", "1,240", "1,240", "1"]


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (["--final-state", "3e"], "no histograms of a final state '3e'. Known names: ", 1),
        (["--final-state", "2x"], "is not a count and a kind", 1),
        (["--selection", "MET>300"], "no event passed 'MET>300'. Did you mean 'MET>200'", 1),
        (["--selection", "MET"], "is not a selection", 1),
        (["--cutflow", "--final-states"], "choose one", 2),
        (["--cutflow", "--selection", "none"], "leave the options out", 2),
        (["--final-states", "--kept"], "leave --final-states and --cutflow out", 2),
        (["--results", "nowhere"], "there is no nowhere/histograms.h5", 1),
    ],
)
def test_mistakes_are_messages(words, message, code):
    result = bumpcast(*words)
    assert result.exit_code == code
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_without_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = bumpcast()
    assert result.exit_code == 1
    assert "name a results folder with --results" in result.output


def test_missing_events_are_a_warning(tmp_path):
    folder = small_folder(tmp_path / "part")
    write_manifest(folder, "incomplete", seen=4)
    result = bumpcast("--results", str(folder), "--json")
    assert result.exit_code == 0
    assert "Warning: the run is incomplete: 6 of 10 events are missing" in result.stderr
    assert json.loads(result.stdout)
