from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from click.testing import CliRunner
from small_results import small_folder

from bumpcast.cli.main import main


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return small_folder(tmp_path / "results" / "toy")


def bumpcast(*words):
    return CliRunner().invoke(main, ["report", *words])


def test_the_newest_results_become_a_folder_of_pages(folder):
    result = bumpcast()
    assert result.exit_code == 0, result.output
    assert result.stderr == "Results: results/toy\n"
    assert result.stdout == "Report: results/toy/report/index.html\n"
    assert (folder / "report" / "index.html").is_file()


def test_another_place(folder, tmp_path):
    result = bumpcast(str(folder), "--output", str(tmp_path / "pages"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "pages" / "data" / "overview.js").is_file()
    assert not (folder / "report").exists()


def test_opened_in_the_browser(folder, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert bumpcast("--open").exit_code == 0
    assert opened == [(folder / "report" / "index.html").as_uri()]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--port", "8000"], "add --serve"),
        (["--search", "mine"], "nothing was searched here yet"),
        (["nowhere"], "is nowhere the results folder of a mass scan"),
        (["--output", "."], "name another folder with --output"),
    ],
)
def test_what_cannot_be_is_told(folder, words, message):
    result = bumpcast(*words)
    assert result.exit_code != 0
    assert message in result.stderr


def test_served_until_interrupted(folder):
    command = [sys.executable, "-m", "bumpcast.cli.main", "report", str(folder), "--serve"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        try:
            assert server.stdout.readline().startswith("Report: ")
            line = server.stdout.readline()
            address = re.fullmatch(r"Served until Ctrl-C: (http://127\.0\.0\.1:\d+/)\n", line)[1]
            with urllib.request.urlopen(address, timeout=10) as answer:
                assert b"<title>bumpcast</title>" in answer.read()
            server.send_signal(signal.SIGINT)
            assert server.wait(10) == 0
            assert server.stderr.read() == "Stopped.\n"
        finally:
            server.kill()
