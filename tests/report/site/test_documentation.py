"""docs/report.md: its examples run, and the options it lists are those of the command."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_results import small_folder

from bumpcast.cli.main import main
from bumpcast.cli.report import report

PAGE = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")


@pytest.fixture
def beside_results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small_folder(tmp_path / "results" / "quickstart")


@pytest.mark.usefixtures("beside_results")
def test_the_examples_run(tmp_path):
    (command,) = re.findall(r"^```sh\n(.*?)\n```$", PAGE, re.MULTILINE)
    result = CliRunner().invoke(main, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "results/quickstart/report/index.html").is_file()
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(script, "report.md", "exec"), {})
    assert (tmp_path / "report" / "index.html").is_file()


def test_every_option_is_listed():
    table = PAGE.partition("| option | |")[2].partition("\n\n")[0]
    listed = set(re.findall(r"`(--[a-z-]+)|`, `(--[a-z-]+)", table)) | set(
        re.findall(r"\[(--port)", table)
    )
    named = {word for pair in listed for word in (pair if isinstance(pair, tuple) else (pair,))}
    options = {opt for each in report.params for opt in each.opts if opt.startswith("--")}
    assert named - {""} == options
