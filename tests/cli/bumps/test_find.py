"""`bumpcast bumps RESULTS`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from small_results import small_folder

from bumpcast.cli.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_folder(tmp_path_factory.mktemp("cli") / "results" / "toy")


@pytest.fixture(autouse=True)
def beside_results(folder, monkeypatch):
    monkeypatch.chdir(folder.parents[1])


def bumpcast(*words):
    more = ["--executor", "iterative", "--toys", "20", "--no-progress"]
    return CliRunner().invoke(main, ["bumps", *words, *more])


def test_a_ranking_is_printed_and_stored(folder):
    result = bumpcast(str(folder))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("2 of 2 histograms searched")
    assert lines[1].split() == [
        "z",
        "mass",
        "GeV",
        "width",
        "p",
        "local",
        "p",
        "there",
        "histogram",
    ]
    assert lines[2].endswith(("| m(e0,e1)", "| m(j0,j1)"))
    assert lines[-1] == f"Search: {folder / 'bumps/likelihood-fit.h5'}"


def test_the_newest_results_and_the_word_itself():
    result = bumpcast("find")
    assert result.exit_code == 0, result.output
    assert "Results: results/toy" in result.stderr


def test_json(folder):
    result = bumpcast(str(folder), "--json", "--widths", "1,2")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["settings"]["widths_bins"] == [1.0, 2.0]
    assert {row["name"] for row in document["ranking"]} <= {"2e os | m(e0,e1)", "2j | m(j0,j1)"}
    probabilities = [row["p_histogram"] for row in document["ranking"]]
    assert probabilities == sorted(probabilities)
    searched = len(document["ranking"]) + sum(document["skipped"].values())
    assert searched == document["histograms"] == 2


def test_another_rule_keeps_other_histograms(folder):
    result = bumpcast(str(folder), "--min-bins", "9", "--json")
    assert json.loads(result.stdout)["histograms"] == 1


@pytest.mark.parametrize("words", [["--widths", "wide"], ["--widths", "0"], ["--skip", "1"]])
def test_what_makes_no_sense_is_refused(folder, words):
    result = bumpcast(str(folder), *words)
    assert result.exit_code == 2
    assert "Error" in result.stderr


def test_a_network_with_another_background_is_refused(folder):
    result = bumpcast(str(folder), "--method", "network", "--background", "fit")
    assert result.exit_code != 0
    assert "the network finds its own background" in result.output


def test_a_folder_that_is_none(tmp_path):
    result = bumpcast(str(tmp_path))
    assert result.exit_code == 1
    assert "the results folder of a mass scan?" in result.stderr


def test_help_names_the_other_words():
    result = CliRunner().invoke(main, ["bumps", "--help"])
    assert result.exit_code == 0
    assert "spectrum" in result.stdout
    assert "inject" in result.stdout
