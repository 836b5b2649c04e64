"""`surrogate apply`, `label` and `train` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from llps_for_tests import some_pairs

from bumpcast.cli.main import main
from bumpcast.surrogates.reading import write_table

RECORD = Path(__file__).parents[2] / "data" / "delphes_higgs_to_llps.root"


def call(*arguments) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["surrogate", *map(str, arguments)], prog_name="bumpcast")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def events(tmp_path):
    write_table(tmp_path / "events.parquet", some_pairs(2000))
    return tmp_path / "events.parquet"


def test_a_curve_for_eyes_machines_and_limits(events, tmp_path):
    code, text = call("apply", "high-ET", events, "--ctau", "0.5:5:3", "-o", tmp_path / "c.csv")
    assert code == 0, text
    assert [line.split()[0] for line in text.splitlines()[1:4]] == ["0.5", "1.581", "5"]
    table = pd.read_csv(tmp_path / "c.csv")
    assert table["ctau_m"].tolist() == [0.5, 1.58114, 5.0]
    code, text = call("apply", "high-ET", events, "--ctau", "0.5:5:3", "--json")
    rows = json.loads(text)["rows"]
    assert [row["efficiency_A"] for row in rows] == pytest.approx(table["efficiency_A"].tolist())
    code, text = call("limit", tmp_path / "c.csv", "--n95", "18.2", "--luminosity", "139")
    assert code == 0, text


def test_one_decay_for_all_lifetimes(events):
    ways = {}
    for by in ("draws", "mixture"):
        code, text = call(
            "apply", "high-ET", events, "--ctau", "0.5:5:3", "--by", by, "--draws", 4, "--json"
        )
        assert code == 0, text
        ways[by] = json.loads(text)["rows"]
    for one, other in zip(ways["draws"], ways["mixture"], strict=True):
        error = np.hypot(one["efficiency_A_error"], other["efficiency_A_error"])
        assert abs(one["efficiency_A"] - other["efficiency_A"]) < 4 * error
        assert one["efficiency_A"] != other["efficiency_A"]


def test_the_events_own_decays(events):
    code, text = call("apply", "high-ET", events, "--json")
    row = json.loads(text)["rows"][0]
    assert code == 0
    assert "ctau_m" not in row
    assert row["events"] == 2000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--ctau", "0"], "mean proper decay lengths in m, above zero"),
        (["--ctau", "5:1:3"], "mean proper decay lengths in m, above zero"),
        (["--by", "weights"], "give these with --ctau"),
        (["--by", "mixture"], "give these with --ctau"),
        (["--ctau", "1", "--by", "weights"], "needs --made-at"),
        (["--llp", "x"], "PDG numbers with commas between"),
        (["--output", "x.txt"], "the table is a .csv"),
    ],
)
def test_what_is_called_wrongly(events, arguments, message):
    code, text = call("apply", "high-ET", events, *arguments)
    assert code == 2
    assert message in text


def test_events_without_llps_may_be_left_out():
    taus = ("apply", "high-ET", RECORD, "--llp", "15", "--child", "15", "--ctau", "1")
    code, text = call(*taus)
    assert code == 1
    assert "125 of 150 events have no long-lived particle" in text
    assert "(--bad-events skip)" in text
    code, text = call(*taus, "--bad-events", "skip")
    # Of the 24 that are left some decay to electrons and muons, of which the map knows nothing.
    assert "13 of 24 events" in text


def test_events_that_cannot_be(events, tmp_path):
    code, text = call("apply", "hihg-ET", events)
    assert code == 1
    assert "hihg-ET: is no folder of a surrogate" in text
    table = pd.read_parquet(events).drop(columns=["llp1_ET", "llp2_ET"])
    for column, factor, message in (
        ("llp1_pT", 1000, "MeV"),
        ("llp1_child_pdgId", 0, "llp1_child_pdgId"),
        ("llp2_mass", -1, "llp2_mass"),
    ):
        spoilt = table.copy()
        spoilt[list({column, column.replace("llp1", "llp2")})] *= factor
        spoilt.to_parquet(tmp_path / "spoilt.parquet")
        code, text = call("apply", "high-ET", tmp_path / "spoilt.parquet")
        assert code == 1
        assert message in text
    spoilt = table.drop(columns="llp2_eta")
    spoilt.to_parquet(tmp_path / "spoilt.parquet")
    code, text = call("apply", "high-ET", tmp_path / "spoilt.parquet")
    assert code == 1
    assert "llp2_eta" in text


def test_from_labels_to_a_surrogate(events, tmp_path):
    for mass in (40.0, 60.0, 100.0):
        write_table(tmp_path / f"e{mass:g}.parquet", some_pairs(4000, int(mass), masses=(mass,)))
        kind = ["--ctau", "0.5,1"] if mass == 60 else ["--distance", "1", "8", "--repeat", "2"]
        labelled = tmp_path / f"{'held' if mass == 60 else 'seen'}_m{mass:g}.parquet"
        code, text = call("label", tmp_path / f"e{mass:g}.parquet", *kind, "-o", labelled)
        assert code == 0, text
        assert "8,000 events, A " in text
    (tmp_path / "c.toml").write_text(
        """
name = "toy"
features = ["llp1_Lxy", "llp1_Lz", "llp1_pT", "llp1_eta", "llp2_Lxy", "llp2_Lz", "llp2_pT"]
lifetime = "ctau_m"
folds = 2
[samples.seen]
files = ["seen_*.parquet"]
[samples.held]
files = ["held_*.parquet"]
held_out = true
"""
    )
    short = ["--set", "search.trials=1", "--set", "trees.rounds=20", "--threads", "1"]
    code, text = call("train", tmp_path / "c.toml", *short, "-o", tmp_path / "model")
    assert code == 0, text
    assert "16,000 events of 2 mass points" in text
    assert {"card.json", "closure", "model.ubj", "model.onnx"} <= {
        path.name for path in (tmp_path / "model").iterdir()
    }
    table = pd.read_csv(tmp_path / "model" / "closure" / "closure.csv")
    assert sorted(set(table["ctau_m"])) == [0.5, 1.0]
    assert (tmp_path / "model" / "left_out" / "closure.html").stat().st_size > 10_000
    code, text = call("apply", tmp_path / "model", events, "--ctau", "1", "--json")
    assert json.loads(text)["classes"] == ["A", "B", "C", "D"]
    assert 0 < json.loads(text)["rows"][0]["efficiency_A"] < 0.2


def test_labels_need_to_know_where_decays_are(events, tmp_path):
    out = tmp_path / "x.parquet"
    assert "give either --ctau or --distance" in call("label", events, "-o", out)[1]
    assert "the second has to be larger" in call("label", events, "--distance", 3, 2, "-o", out)[1]
    code, text = call("label", events, "--ctau", 1, "--selection", "low", "-o", out)
    assert code == 1
    assert "low-ET" in text


def test_training_that_is_wrong(tmp_path):
    (tmp_path / "c.toml").write_text('name = "x"\nfeaturs = []\n[samples.a]\nfiles = ["n*.csv"]\n')
    code, text = call("train", tmp_path / "c.toml")
    assert code == 2
    assert "features" in text
    assert "featurs" in text
    (tmp_path / "c.toml").write_text(
        'name = "x"\nfeatures = ["llp1_Lxy"]\n[samples.a]\nfiles = ["n*.csv"]\n'
    )
    code, text = call("train", tmp_path / "c.toml")
    assert code == 1
    assert "samples.a.files: no file matches" in text


def test_the_tutorials_commands():
    code, text = call("tutorial", "somewhere", "--show")
    assert code == 0
    commands = [line for line in text.splitlines() if line.startswith("bumpcast")]
    assert len(commands) == 2 * 16 + 5
    assert np.all([" somewhere/" in line for line in commands])
