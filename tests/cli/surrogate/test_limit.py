"""`bumpcast surrogate limit CURVE`."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main

HIGGS = Path(__file__).parents[2] / "data/benchmark_125_55.json"
ONE = ("--observed", 26, "--background", 17, "--background-error", 5, "--luminosity", 139)
FOUR = """ctau_m,efficiency_A,efficiency_A_model_error,efficiency_B,efficiency_C,efficiency_D
0.01,0,0,0,0,0
1,0.02,0.005,0.005,0.006,0.001
10,0.01,0.0025,0.003,0.004,0.001
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "four.csv").write_text(FOUR)


def limit(*words):
    return CliRunner().invoke(main, ["surrogate", "limit", *map(str, words)])


def test_a_counting_result(tmp_path):
    result = limit(
        *("four.csv", "--region", "A", *ONE, "--cross-section", 0.005),
        *("--output", "limits.csv", "--plot", "brazil.png"),
    )
    assert result.exit_code == 0, result.output
    assert "Note: no limit at c tau = 0.01 m" in result.stdout
    assert "26 events observed, 17 +- 5 expected (log-normal); 139 fb^-1" in result.stdout
    assert "(observed): c tau at least from 1 m to 10 m at least" not in result.stdout
    table = pd.read_csv(tmp_path / "limits.csv", comment="#")
    assert table["observed_pb"].tolist() == pytest.approx(
        [float("inf"), 23.2 / (0.02 * 139e3), 23.2 / (0.01 * 139e3)], rel=1e-3
    )
    assert (tmp_path / "brazil.png").stat().st_size > 10_000


def test_four_regions_as_json():
    words = ("four.csv", "--abcd", "26,30,40,60", "--luminosity", 139, "--cross-section", 0.015)
    result = limit(*words, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["limits"]["observed_pb"][0] is None
    assert document["limits"]["expected_pb"][1] == pytest.approx(0.008, rel=0.05)
    assert document["excluded"]["observed"][0]["low_open"]
    assert "taken to be exact" in document["result"]
    wider = json.loads(limit(*words, "--non-closure", 0.3, "--json").stdout)
    assert wider["limits"]["observed_pb"][1] > document["limits"]["observed_pb"][1]


def test_the_published_limit_on_the_higgs_boson(tmp_path):
    words = (HIGGS, "--n95", 31.35, "--luminosity", 139, "--per", 48.58)
    result = limit(*words, "--plot", "higgs.png", "--published", HIGGS, "--cross-section", 4.858)
    assert result.exit_code == 0, result.output
    assert "Excluded for 4.858 pb (limit): c tau 0.42" in result.stdout
    assert (tmp_path / "higgs.png").exists()
    document = json.loads(limit(*words, "--json").stdout)
    published = json.loads(HIGGS.read_text())
    first = published["ctau_m"].index(published["lim_ctau_m"][0])
    assert document["limits"]["limit_branching_ratio"][first] == pytest.approx(
        published["lim_y2"][0], rel=3e-4
    )
    assert document["excluded"] == {}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--luminosity", 139), "in one way"),
        (("--n95", 3, "--abcd", "1,2,3,4", "--luminosity", 139), "in one way"),
        (("--observed", 3, "--luminosity", 139), "--background is missing"),
        (("--n95", 3), "Missing option '--luminosity'"),
        (("--abcd", "1,2,3", "--luminosity", 139), "A, B, C and D"),
        (("--n95", 3, "--luminosity", 139, "--toys", 200), "change nothing"),
        (("--n95", 3, "--luminosity", 139, "--non-closure", 0.1), "goes with --abcd"),
        (("--abcd", "1,2,3,4", "--luminosity", 139, "--region", "A"), "--region goes with"),
        ((*ONE, "--plot", "a.txt"), "a picture ends in"),
        ((*ONE, "--output", "a.txt"), "the table ends in"),
        ((*ONE, "--published", HIGGS), "say where, with --plot"),
    ],
)
def test_what_does_not_go_together_is_told(words, message):
    result = limit("four.csv", *words)
    assert result.exit_code == 2
    assert message in result.stderr


def test_physics_is_not_guessed():
    result = limit("four.csv", *ONE)
    assert result.exit_code == 1
    assert "several regions (A, B, C, D)" in result.stderr
    result = limit(HIGGS, *ONE)
    assert result.exit_code == 1
    assert "--signal-uncertainty 0.25" in result.stderr
    assert limit("four.csv", *ONE[:-1], 0, "--region", "A").exit_code == 1
