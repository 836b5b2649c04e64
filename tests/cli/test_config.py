from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bumpcast.cli.main import main
from bumpcast.config import load
from bumpcast.config.cards import load_card
from bumpcast.config.detectors import load_detector
from bumpcast.config.surrogates import load_surrogate_config

ROOT = Path(__file__).parents[2]
CARD = str(ROOT / "configs" / "simulate" / "zprime_ll.toml")
TRAINING = str(ROOT / "configs" / "surrogate" / "stand_in.toml")
DETECTOR = str(ROOT / "configs" / "simulate" / "detectors" / "atlas.toml")
QUICKSTART = str(ROOT / "configs" / "quickstart.toml")


def bumpcast(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["config", *arguments], catch_exceptions=False)


def test_show_writes_toml_that_loads_to_the_same(tmp_path: Path) -> None:
    result = bumpcast("show", QUICKSTART, "--set", "run.workers=3", "--set", "name=mine")
    assert result.exit_code == 0
    copy = tmp_path / "copy.toml"
    copy.write_text(result.stdout, encoding="utf-8")
    assert load(copy) == load(Path(QUICKSTART), ["run.workers=3", "name=mine"])


def test_show_says_where_each_key_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = bumpcast("show", QUICKSTART, "--origins", "--set", "run.workers=3")
    lines = result.stdout.splitlines()
    line = (ROOT / "configs/quickstart.toml").read_text().splitlines().index('name = "quickstart"')
    assert f'name = "quickstart"  # configs/quickstart.toml:{line + 1}' in lines
    assert "workers = 3  # --set" in lines
    assert "retries = 2  # default" in lines
    assert any(
        line.startswith("HM_GeV = [200.0, inf]  # configs/parts/objects_atlas.toml:")
        for line in lines
    )
    assert tomllib.loads(result.stdout)["run"]["workers"] == 3


def test_show_writes_json() -> None:
    result = bumpcast("show", QUICKSTART, "--json")
    values = json.loads(result.stdout, parse_constant=pytest.fail)
    assert values["name"] == "quickstart"
    assert values["objects"]["mass_classes"]["HM_GeV"] == [200.0, "Infinity"]


def test_json_has_no_comments_for_origins() -> None:
    result = bumpcast("show", QUICKSTART, "--json", "--origins")
    assert result.exit_code == 2
    assert "JSON has none: leave --json out" in result.stderr


def test_schema() -> None:
    assert json.loads(bumpcast("schema").stdout)["title"] == "bumpcast analysis"
    assert "energy_tev" in json.loads(bumpcast("schema", "card").stdout)["properties"]
    assert "hcal" in json.loads(bumpcast("schema", "detector").stdout)["properties"]


def test_process_cards_are_checked_by_pythia_as_well(tmp_path: Path) -> None:
    result = bumpcast("check", CARD)
    assert result.stdout == (
        f"{CARD}: no problems found; process card 'zprime_ll', signal; Pythia takes it\n"
    )
    result = bumpcast("check", CARD, "--set", "energy_gev=13", "--set", "detector.muons=1")
    assert result.exit_code == 2
    assert "energy_gev: unknown key. Did you mean 'energy_tev'?" in result.stderr
    result = bumpcast("check", CARD, "--set", "detector.muons=1")
    assert "muons: unknown key. Did you mean 'muon'?" in result.stderr
    result = bumpcast("check", CARD, "--set", "parameters.mass=99000")
    assert result.exit_code == 2
    assert "Pythia says: " in result.stderr
    result = bumpcast("check", CARD, "--site", "testpool")
    assert "--site is for the configuration of a run" in result.stderr


def test_process_cards_are_shown(tmp_path: Path) -> None:
    result = bumpcast("show", CARD, "--set", "parameters.mass=1500", "--origins")
    assert "mass = 1500.0  # --set" in result.stdout
    values = tomllib.loads(result.stdout)
    assert "32:m0 = 1500" in values["pythia"]
    assert values["label"] == "Z' \u2192 ll, 1500 GeV"
    copy = tmp_path / "copy.toml"
    copy.write_text(bumpcast("show", CARD).stdout, encoding="utf-8")
    assert load_card(copy) == load_card(CARD)


def test_detectors_are_checked_and_shown(tmp_path: Path) -> None:
    assert bumpcast("check", DETECTOR).stdout == f"{DETECTOR}: no problems found; detector\n"
    result = bumpcast("show", DETECTOR, "--set", "electron.isolation.ratio_max=0.2")
    copy = tmp_path / "copy.toml"
    copy.write_text(result.stdout, encoding="utf-8")
    assert load_detector(copy).electron.isolation.ratio_max == 0.2
    assert load_detector(copy).muon == load_detector(DETECTOR).muon


def test_trainings_of_surrogates_are_checked_and_shown(tmp_path: Path) -> None:
    result = bumpcast("check", TRAINING)
    assert result.stdout == (
        f"{TRAINING}: no problems found; surrogate 'stand_in_high_et', 2 samples, 1 held out; "
        "14 features, 5 classes\n"
    )
    result = bumpcast("check", TRAINING, "--set", "trees.max_dept=4")
    assert result.exit_code == 2
    assert "trees.max_dept: unknown key. Did you mean 'max_depth' or" in result.stderr
    copy = tmp_path / "copy.toml"
    shown = bumpcast("show", TRAINING, "--set", "trees.max_depth=4", "--origins").stdout
    assert "max_depth = 4  # --set" in shown
    assert "trials = 8  # default" in shown
    copy.write_text(shown, encoding="utf-8")
    assert load_surrogate_config(copy).trees.max_depth == 4
    assert load_surrogate_config(copy).samples == load_surrogate_config(TRAINING).samples
    assert "samples" in json.loads(bumpcast("schema", "surrogate").stdout)["properties"]
    result = bumpcast("check", TRAINING, "--site", "testpool")
    assert "is a training of a surrogate" in result.stderr


def test_check_is_content() -> None:
    result = bumpcast("check", QUICKSTART)
    assert result.exit_code == 0
    assert result.stdout == (
        f"{QUICKSTART}: no problems found; analysis 'quickstart', 5 data sets\n"
    )


def test_check_lists_every_problem_and_exits_with_2() -> None:
    result = bumpcast(
        "check", QUICKSTART, "--set", "run.worker=3", "--set", "scan.executor=futures"
    )
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "Error: 2 problems in the configuration:\n"
        "  --set: scan.executor: unknown key. Did you mean 'run.executor'?\n"
        "  --set: run.worker: unknown key. Did you mean 'workers'?\n"
    )


def test_a_file_that_is_not_there() -> None:
    result = bumpcast("check", str(ROOT / "configs" / "quikstart.toml"))
    assert result.exit_code == 2
    assert "configs/quikstart.toml: there is no such file. " in result.stderr
    assert "Did you mean 'quickstart.toml'" in result.stderr


def test_as_a_user_calls_it_with_a_pipe_that_closes() -> None:
    command = [sys.executable, "-m", "bumpcast.cli.main", "config", "schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        process.wait(timeout=60)
