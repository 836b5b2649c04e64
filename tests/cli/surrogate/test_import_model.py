"""`bumpcast surrogate import DIR`."""

from __future__ import annotations

import json

from click.testing import CliRunner
from published_folder import publish

from bumpcast.cli.main import main


def surrogate_import(*words):
    return CliRunner().invoke(main, ["surrogate", "import", *map(str, words)])


def test_a_model_is_taken_over(tmp_path) -> None:
    publish(tmp_path / "published", "WALP")
    own = tmp_path / "own"
    result = surrogate_import(tmp_path / "published", "--trust-pickle", "--output", own)
    assert result.exit_code == 0, result.output
    assert "WALP: RandomForestClassifier of scikit-learn" in result.output
    assert "W_pt was taken for V_pt" in result.output
    assert "Uncertainty: 25% (arXiv:2502.10231)" in result.output
    assert (own / "card.json").is_file()

    result = surrogate_import(tmp_path / "published", "--trust-pickle", "--output", own, "--json")
    assert json.loads(result.stdout) == json.loads((own / "card.json").read_text())


def test_a_pickle_is_refused(tmp_path) -> None:
    publish(tmp_path / "published")
    result = surrogate_import(tmp_path / "published", "--output", tmp_path / "own")
    assert result.exit_code == 1
    assert "is a pickle, and was not opened" in result.output
    assert "--trust-pickle" in result.output
    assert not (tmp_path / "own").exists()
