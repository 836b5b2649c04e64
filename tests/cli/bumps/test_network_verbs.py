"""`bumpcast bumps synthesise`, `train` and `validate`, as a user calls them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from bumpcast.bumps.network import load_network
from bumpcast.bumps.synthetic.files import read_curves, read_histograms
from bumpcast.cli.main import main

SMALL = ["--chunks", "2", "--chunk", "96", "--passes", "1", "--batch", "32", "--validation", "40"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def bumpcast(*words):
    return CliRunner().invoke(main, ["bumps", *words])


def test_histograms_are_made_in_pieces(tmp_path):
    words = ["--seed", "4", "--part", "test", "--smoothed-share", "0.3", "--bins", "30", "40"]
    whole = bumpcast("synthesise", "all.h5", "--histograms", "30", *words, "--json")
    assert whole.exit_code == 0, whole.output
    made = json.loads(whole.stdout)
    assert made["histograms"] == 30
    assert made["recipe"]["bins"] == [30, 40]
    piece = bumpcast("synthesise", "some.h5", "--histograms", "10", "--first", "20", *words)
    assert piece.stdout.startswith("10 histograms of ")
    everything, _ = read_histograms(tmp_path / "all.h5")
    some, attributes = read_histograms(tmp_path / "some.h5")
    assert attributes["first"] == 20
    assert np.array_equal(some.counts, everything.counts[everything.offsets[20] :])


def test_curves_of_the_quickstart_are_written(tmp_path):
    result = bumpcast("synthesise", "curves.h5", "--curves")
    assert result.exit_code == 0, result.output
    names = read_curves(tmp_path / "curves.h5").names
    assert result.stdout == f"{len(names)} curves in curves.h5\n"


def test_impossible_recipes_are_told():
    result = bumpcast("synthesise", "all.h5", "--sum-share", "0.8", "--smoothed-share", "0.5")
    assert result.exit_code != 0
    assert "are more than 1 together" in str(result.exception) + result.output


def test_a_network_is_trained_stopped_resumed_and_validated(tmp_path):
    stopped = bumpcast("train", "small", *SMALL, "--most-minutes", "0.0001")
    assert stopped.exit_code == 3, stopped.output
    assert "1 chunks of 2; --resume goes on" in stopped.stdout
    assert "chunk 1 of 2: loss" in stopped.stderr
    again = bumpcast("train", "small", *SMALL)
    assert again.exit_code == 2
    assert "--resume goes on with it" in again.output
    done = bumpcast("train", "small", *SMALL, "--resume", "--json", "--no-progress")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["chunks_done"] == 2
    whole = bumpcast("train", "whole", *SMALL, "--no-progress")
    assert whole.exit_code == 0, whole.output
    folders = (tmp_path / "small", tmp_path / "whole")
    first, second = ((folder / "network.onnx").read_bytes() for folder in folders)
    assert first == second
    card = load_network(tmp_path / "whole/network.onnx").card
    assert card["command"].startswith("bumpcast bumps train whole --chunks 2 --chunk 96")

    words = [
        "--network",
        "whole/network.onnx",
        "--histograms",
        "200",
        "--backgrounds",
        "60",
        "--into-card",
    ]
    result = bumpcast("validate", "page", *words, "--into-card", "--no-progress")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0].startswith("functions  ")
    assert result.stdout.endswith("page/index.html\n")
    measured = load_network(tmp_path / "whole/network.onnx").card["measured"]
    assert measured["samples"]["functions, looked at in all bins"]["histograms"] == 100
    page = (tmp_path / "page/index.html").read_text()
    figures = json.loads((tmp_path / "page/figures.json").read_text())
    # Without those that have their signal in the first tenth.
    assert 160 < figures["samples"]["functions"]["histograms"] < 200
    assert figures["network_sha256"] == card["sha256"]
    drawn = {path.name for path in (tmp_path / "page").glob("*.png")}
    assert len(drawn) == 2 + len(figures["dependence"])
    assert all(name in page for name in drawn)


def test_there_is_nothing_to_resume():
    result = bumpcast("train", "nothing", "--resume")
    assert result.exit_code == 2
    assert "holds no training to go on with" in result.output
