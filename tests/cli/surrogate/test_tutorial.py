"""The tutorial as a newcomer runs it, with fewer masses and events."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.surrogates.stand_in import tutorial


@pytest.mark.timeout(600)
def test_the_whole_way(tmp_path, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[3])
    monkeypatch.setattr(tutorial, "GRID", ((300, 75), (400, 50), (500, 100), (600, 50)))
    monkeypatch.setattr(tutorial, "HELD_OUT", ((400, 100),))
    monkeypatch.setattr(tutorial, "LABELS", 20_000)
    monkeypatch.setattr(tutorial, "LIFETIMES", "0.5:5:3")
    call = ["surrogate", "tutorial", str(tmp_path), "--events", "1000", "--workers", "1"]
    result = CliRunner().invoke(main, call, prog_name="bumpcast")
    assert result.exit_code == 0, result.output

    card = json.loads((tmp_path / "surrogate" / "card.json").read_text())
    assert set(card["training"]["mass_points"]) == {f"ggH_{h}_{s}" for h, s in tutorial.GRID}
    assert card["domain"]["mean_lxy_m"] == [0.25, 16.0]
    closure = pd.read_csv(tmp_path / "closure" / "closure.csv")
    assert len(closure) == 14 * 4
    limits = pd.read_csv(tmp_path / "limits.csv", comment="#")
    assert (limits.filter(like="expected").to_numpy() > 0).all()
    assert (tmp_path / "limits.png").stat().st_size > 10_000

    # What is there is not done again.
    again = CliRunner().invoke(main, call, prog_name="bumpcast")
    assert again.exit_code == 0
    assert again.output.count("Done before") == 2 * 5 + 5


def test_where_there_is_no_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["surrogate", "tutorial"], prog_name="bumpcast")
    assert result.exit_code == 1
    assert "runs in a checkout" in result.output
