from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from importlib.util import find_spec

import click
import pytest
from click.testing import CliRunner

from bumpcast import __version__
from bumpcast.cli.main import VERBS, main
from bumpcast.errors import BumpcastError


def test_help_names_every_verb_and_imports_none() -> None:
    script = (
        "import sys, runpy\n"
        "sys.argv = ['bumpcast', '--help']\n"
        "from bumpcast.cli.main import main\n"
        "main(standalone_mode=False)\n"
        "heavy = {'awkward', 'coffea', 'dask', 'hist', 'numba', 'numpy', 'pandas', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    for name, verb in VERBS.items():
        assert name in done.stdout
        assert verb.help in done.stdout


def test_version() -> None:
    result = CliRunner().invoke(main, ["--version"], prog_name="bumpcast")
    assert result.stdout == f"bumpcast {__version__}\n"


def test_the_package_runs_as_the_command() -> None:
    # As a job does it, whose PATH may not have the command.
    command = [sys.executable, "-P", "-m", "bumpcast", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("Usage: bumpcast [OPTIONS] COMMAND")


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_is_a_command(name: str) -> None:
    module, _, attribute = VERBS[name].target.partition(":")
    assert find_spec(module) is not None
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


def test_an_unknown_verb_names_the_nearest() -> None:
    result = CliRunner().invoke(main, ["confg"])
    assert result.exit_code == 2
    assert "there is no verb 'confg'. Did you mean 'config' or 'convert'?" in result.stderr


class FullDiskError(BumpcastError):
    """Stands for any error of the library."""


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (FullDiskError("the disk is full"), 1, "Error: the disk is full\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_errors_become_messages_and_exit_codes(
    monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, message: str
) -> None:
    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr("bumpcast.cli.config.config", failing)
    result = CliRunner().invoke(main, ["config"])
    assert result.exit_code == code
    assert result.stderr == message


def test_any_other_error_is_a_defect_and_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @click.command()
    def failing() -> None:
        msg = "a defect"
        raise RuntimeError(msg)

    monkeypatch.setattr("bumpcast.cli.config.config", failing)
    with pytest.raises(RuntimeError, match="a defect"):
        CliRunner().invoke(main, ["config"], catch_exceptions=False)


@pytest.mark.parametrize(
    ("flags", "shown"),
    [
        ([], ["WARNING"]),
        (["-v"], ["INFO", "WARNING"]),
        (["-vv"], ["DEBUG", "INFO", "WARNING"]),
    ],
)
def test_verbose_turns_logging_on(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], shown: list[str]
) -> None:
    @click.command()
    def talking() -> None:
        logger = logging.getLogger("bumpcast.test")
        for level in (logging.DEBUG, logging.INFO, logging.WARNING):
            logger.log(level, "said")

    monkeypatch.setattr("bumpcast.cli.config.config", talking)
    result = CliRunner().invoke(main, [*flags, "config"])
    assert result.stderr == "".join(f"{level} bumpcast.test: said\n" for level in shown)
