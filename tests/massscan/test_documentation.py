"""docs/results.md: its examples run, on results of the project's own files."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.config import load
from bumpcast.execution import run
from bumpcast.massscan.naming import names
from bumpcast.massscan.naming.names import parse_name
from bumpcast.massscan.results.export import root_name

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where results/quickstart is."""
    folder = tmp_path_factory.mktemp("documentation")
    settings = (
        "scan.combination_max_size=2",
        "scan.selections.leading_pt_min_GeV=[]",
        "scan.selections.ht_min_GeV=[]",
        "run.executor=iterative",
        "run.max_events=200",
        "options.plots=false",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUMPCAST_CACHE", str(folder / "cache"))
        (folder / "results").mkdir()
        summary = run(
            load(ROOT / "configs" / "quickstart.toml", settings), folder / "results/quickstart"
        )
    assert summary.complete
    return folder


def test_the_python_examples_run(folder):
    script = "\n".join(text for language, text in BLOCKS if language == "python")
    (folder / "examples.py").write_text(script)
    words = [sys.executable, "-W", "error", "examples.py"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3j | m(j0,j1)" in done.stdout


COMMANDS = [
    line for language, text in BLOCKS if language == "sh" for line in text.strip().splitlines()
]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_commands_run(folder, monkeypatch, line):
    monkeypatch.chdir(folder)
    words = shlex.split(line, comments=True)
    assert words[0] == "bumpcast"
    result = CliRunner().invoke(main, words[1:])
    assert result.exit_code == 0, result.output
    assert "Warning" not in result.stderr


def test_the_grammar_is_that_of_the_parser():
    (grammar,) = [text for language, text in BLOCKS if text.startswith("name      =")]
    documented = "\n".join(line.strip() for line in str(names.__doc__).splitlines())
    assert grammar.strip() in documented


def test_the_table_of_spellings():
    rows = re.findall(r"^\| `(.*?)` \| `(\S+/\S+)` \|$", PAGE, re.MULTILINE)
    assert len(rows) == 3
    for name, path in rows:
        assert root_name(parse_name(name.replace(r"\|", "|"))) == path
