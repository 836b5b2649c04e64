"""`bumpcast cluster` on a real HTCondor pool: each thing that may be wrong, said in plain words."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask
import pytest
from click.testing import CliRunner, Result
from pool_tools import condor, queue, wait_until

from bumpcast.cli.main import main
from bumpcast.config.sites import list_sites
from bumpcast.execution.trial import steps

ROOT = Path(__file__).parents[2]
PROFILE = ROOT / "condor" / "sites" / "testpool.toml"
CONFIG = """
name = "toy"
processor = "none.py:None"
[formats.atlas]
kind = "delphes"
b_tag_bit = 0
weight = "Event.Weight"
[datasets.a]
files = [{files}]
format = "atlas"
kind = "signal"
[normalisation]
mode = "raw"
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def pool(htcondor_pool: Any) -> Iterator[Any]:
    """The pool, in whose queue no job is left."""
    yield htcondor_pool
    assert wait_until(lambda: not queue(), 5), queue()


@pytest.fixture
def wrapper(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that makes a Python whose worker is started otherwise than it was asked."""

    def make(command: str) -> str:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{command}\n")
        path.chmod(0o755)
        return f"cluster.python={str(path)!r}"

    return make


def run(*words: str, **settings: Any) -> Result:
    changes = [f"--set=cluster.{key}={value}" for key, value in settings.items()]
    return CliRunner().invoke(main, ["cluster", "test", "--site", str(PROFILE), *words, *changes])


def wrong(result: Result) -> dict[str, Any]:
    """Return the only check that is wrong; those that come after it were not looked at."""
    checks = json.loads(result.stdout)["checks"]
    (found,) = [check for check in checks if check["state"] == "wrong"]
    after = checks[checks.index(found) + 1 :]
    names = {check["name"] for check in after if check["state"] == "ok"}
    assert names <= {steps.REMOVED, "threads", "scratch space", steps.INPUT}
    assert found["remedy"] or "Make one" in found["detail"]
    return dict(found)


def test_all_is_well(pool: Any, here: Path, tmp_path: Path) -> None:
    file = ROOT / "data" / "quickstart" / "ttbar.root"
    config = tmp_path / "toy.toml"
    config.write_text(CONFIG.format(files=f'"{file}"'))
    result = run(str(config), "--set", "cluster.tls=always")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-1].startswith("All is well, in ")
    states = {line[:14].strip() for line in lines[:-1]}
    assert states == {"ok", "not looked at"}
    assert [line[14:].split()[0] for line in lines if line.startswith("not")] == [
        "proxy",
        "environment",
    ]
    for words in (f"input                 {file}", "MB/s to the worker", "are encrypted", " ms"):
        assert words in result.stdout
    # In the order of what happens.
    names = [line[14:34].strip() for line in lines[:-1]]
    assert names[0] == steps.COMMANDS
    assert names[-4:] == [steps.CALL, steps.BANDWIDTH, steps.ENCRYPTION, steps.REMOVED]
    assert list(here.iterdir()) == []


def test_no_commands(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(here))
    result = run("--json")
    assert result.exit_code == steps.NO_BATCH_SYSTEM
    assert "no condor_submit on PATH" in wrong(result)["detail"]
    assert json.loads(result.stdout)["checks"][-1]["detail"] == "no job was submitted"


def test_a_queue_that_is_down(
    htcondor_pool: Any, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # HTCondor's settings can come from the environment: these lead to no queue.
    monkeypatch.setenv("_CONDOR_SCHEDD_ADDRESS_FILE", str(here / "none"))
    monkeypatch.setenv("_CONDOR_SCHEDD_DAEMON_AD_FILE", str(here / "none"))
    monkeypatch.setenv("_CONDOR_COLLECTOR_HOST", "127.0.0.1:1")
    result = run("--json")
    assert result.exit_code == steps.NO_BATCH_SYSTEM
    assert wrong(result)["name"] == steps.QUEUE
    assert "queue cannot be reached" in wrong(result)["detail"]


@pytest.mark.parametrize(
    ("setting", "name", "words"),
    [
        ({"proxy": "none"}, steps.PROXY, "there is no proxy to read"),
        ({"environment": "none"}, steps.ENVIRONMENT, "is no environment that `bumpcast pack` made"),
        ({"host": "192.0.2.1"}, steps.LISTENING, "the Dask cluster does not start"),
    ],
)
def test_what_is_wrong_on_this_machine(
    pool: Any, setting: dict[str, str], name: str, words: str
) -> None:
    result = run("--json", **setting)
    assert result.exit_code == steps.NOT_HERE
    assert wrong(result)["name"] == name
    assert words in wrong(result)["detail"]


def test_a_job_that_is_refused(pool: Any) -> None:
    result = run("--json", directives='{ request_cpus = "many of them" }')
    assert result.exit_code == steps.NOT_RUNNING
    assert wrong(result)["name"] == steps.SUBMITTED
    assert "HTCondor does not take the job" in wrong(result)["detail"]


def test_a_job_that_is_held(pool: Any, here: Path) -> None:
    # It runs, and is held for what it does.
    directives = '{ on_exit_hold = "True", on_exit_hold_reason = "\\"for want of sugar\\"" }'
    result = run("--json", prologue='["exit 3"]', directives=directives)
    assert result.exit_code == steps.NOT_RUNNING
    assert "is held: " in wrong(result)["detail"]
    assert "for want of sugar" in wrong(result)["detail"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"memory": "900 GiB"},
            "no slot of the pool has 900 GiB of memory: the largest has 4 GiB",
        ),
        (
            {"cores": "50"},
            "no slot of the pool has 50 cores: the largest has 2 cores",
        ),
        (
            {"directives": '{ Requirements = "TARGET.HasSugar" }'},
            "no slot of the pool meets what the job requires: TARGET.HasSugar",
        ),
    ],
)
def test_a_job_that_fits_no_slot(pool: Any, settings: dict[str, str], words: str) -> None:
    result = run("--json", **settings)
    assert result.exit_code == steps.NOT_RUNNING
    found = wrong(result)
    assert found["name"] == steps.RUNS
    assert f"can never run: {words}" in found["detail"]
    assert "[cluster]" in found["remedy"]


def test_a_pool_that_is_busy(pool: Any, tmp_path: Path) -> None:
    submit = tmp_path / "sleep.sub"
    submit.write_text(
        "executable = /bin/sleep\ntransfer_executable = False\narguments = 60\n"
        "request_cpus = 2\nrequest_memory = 100\nqueue\n"
    )
    condor("condor_submit", str(submit))
    try:
        assert wait_until(lambda: any(job.endswith(" 2") for job in queue()), 20)
        result = run("--json", wait_s="4")
    finally:
        condor("condor_rm", "-all")
    assert result.exit_code == steps.NOT_RUNNING
    assert "idle after " in wrong(result)["detail"]
    assert "condor_q -better-analyze" in wrong(result)["remedy"]


def test_a_python_that_is_not_there(pool: Any, here: Path) -> None:
    result = run(python="/nowhere/python")
    assert result.exit_code == steps.NO_PYTHON
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("wrong")]
    assert "ended with exit code 127" in line
    # The job's own words, and where the rest of them is.
    assert "| " in result.stdout
    assert "/nowhere/python: not found" in result.stdout.replace("No such file", "not found")
    (folder,) = here.iterdir()
    assert f"The job's logs: {folder.name}/logs" in result.stdout
    assert list((folder / "logs").glob("worker-*.err"))


def test_a_scheduler_that_jobs_do_not_reach(pool: Any, wrapper: Callable[[str], str]) -> None:
    # A worker that is told of an address at which nobody listens, as behind a firewall.
    python = wrapper(
        f'shift 3; exec {sys.executable} -m distributed.cli.dask_worker tcp://127.0.0.1:9 "$@"'
    )
    result = run("--json", "--patience", "4", "--set", python)
    assert result.exit_code == steps.NOT_CONNECTED
    found = wrong(result)
    assert found["name"] == steps.CONNECTED
    assert "its worker has not reached the scheduler at tcp://127.0.0.1:" in found["detail"]
    assert "scheduler_port" in found["remedy"]


def test_a_worker_that_the_scheduler_does_not_reach(
    pool: Any, wrapper: Callable[[str], str]
) -> None:
    # It listens on a port, and says another one, as behind a firewall.
    listen = "--listen-address tcp://127.0.0.1:0 --contact-address tcp://127.0.0.1:9"
    words = '`echo "$@" | sed "s/--host 127.0.0.1//"`'
    python = wrapper(f"exec {sys.executable} {words} {listen}")
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        result = run("--json", "--patience", "60", "--set", python)
    assert result.exit_code == steps.NOT_CONNECTED, result.stdout
    found = wrong(result)
    assert "does not reach it at tcp://127.0.0.1:9" in found["detail"]
    assert "worker_ports" in found["remedy"]


def test_another_environment(pool: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bumpcast.execution.backends.site.code_digest", lambda: "of another time")
    result = run("--json")
    assert result.exit_code == steps.UNLIKE
    found = wrong(result)
    assert found["name"] == "the code of bumpcast"
    assert "there and of another time here" in found["detail"]
    assert "bumpcast pack" in found["remedy"]


def test_an_input_that_jobs_do_not_reach(pool: Any, tmp_path: Path) -> None:
    config = tmp_path / "toy.toml"
    config.write_text(CONFIG.format(files='"file:///nowhere/a.root"'))
    result = run(str(config), "--json")
    assert result.exit_code == steps.UNLIKE
    assert wrong(result)["name"] == steps.INPUT
    assert "/nowhere/a.root cannot be read there" in wrong(result)["detail"]


def test_ctrl_c_leaves_no_job(pool: Any, here: Path) -> None:
    def interrupt() -> None:
        if wait_until(lambda: bool(queue()), 30):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    result = run(prologue='["sleep 30"]')
    thread.join()
    assert result.exit_code == 130
    assert wait_until(lambda: not queue(), 5)
    assert list(here.iterdir()) == []


def test_what_is_asked_for_wrongly() -> None:
    for words, message in (
        (["--site", "testpol"], "Did you mean 'testpool'?"),
        (["--set", "run.workers=2"], "without a configuration there is only [cluster] to set"),
        (["--set", "cluster.cores=none"], "cluster.cores"),
    ):
        result = CliRunner().invoke(main, ["cluster", "test", *words])
        assert result.exit_code != 0
        assert message in result.stderr


def test_the_profiles_are_listed(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(here))
    own = here / "bumpcast" / "sites" / "lpc.toml"
    own.parent.mkdir(parents=True)
    own.write_text("# Mine.\n[cluster]\ncores = 2\n")
    assert set(list_sites()) >= {"lpc", "generic", "testpool"}
    text = CliRunner().invoke(main, ["cluster", "sites"]).stdout
    assert "lpc       Mine.\n" in text
    documents = json.loads(CliRunner().invoke(main, ["cluster", "sites", "--json"]).stdout)
    assert {"name": "lpc", "file": str(own), "comment": "Mine."} in documents
