from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import psutil
import pytest
from click.testing import CliRunner

from bumpcast import store
from bumpcast.cli.main import main

ROOT = Path(__file__).parents[2]
PROCESSORS = ROOT / "tests" / "execution" / "processors"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def config(tmp_path):
    """A configuration whose work items take a while, and the folder it is in."""

    def write(sleep_s=0.0, checkpoint_s=20.0, options=""):
        text = f"""
            name = "toy"
            processor = "{PROCESSORS}/troubled.py:Troubled"
            [options]
            sleep_s = {sleep_s}
            {options}
            [formats.atlas]
            kind = "delphes"
            b_tag_bit = 0
            weight = "Event.Weight"
            [datasets.ttbar]
            files = ["{ROOT}/data/quickstart/ttbar.root"]
            format = "atlas"
            kind = "background"
            [datasets.qstar]
            files = ["{ROOT}/data/quickstart/qstar_*.root"]
            format = "atlas"
            kind = "signal"
            [normalisation]
            mode = "raw"
            [run]
            executor = "iterative"
            chunk_events = 100
            retry_wait_s = 0.0
            checkpoint_s = {checkpoint_s}
        """
        path = tmp_path / "toy.toml"
        path.write_text(text)
        return path

    return write


def bumpcast(*words):
    return CliRunner().invoke(main, [str(word) for word in ("run", *words)])


def output_of(folder):
    with h5py.File(folder / "result.h5") as file:
        return store.read(file, "output")


def test_a_run_from_the_command_line(config, tmp_path):
    result = bumpcast(config(), "--workers", 1, "--max-events", 500)
    assert result.exit_code == 0, result.output
    assert "1,000 of 1,000 events read" in result.output
    assert "Results: results/toy" in result.output
    assert output_of(tmp_path / "results" / "toy")["ttbar"]["events"] == 500
    assert "Results: results/toy-2" in bumpcast(config(), "--set", "run.chunk_events=1000").output


def test_json(config, tmp_path):
    result = bumpcast(config(), "--json", "--no-progress", "--output", tmp_path / "out")
    document = json.loads(result.stdout)
    assert document["status"] == "complete"
    assert document["entries_seen"] == 2600
    assert document["datasets"]["qstar"]["entries_seen"] == 800
    assert (document["chunks"], document["chunks_done"], document["chunks_retried"]) == (26, 26, 0)
    assert document["workers_lost"] == 0
    assert document["waited_s"] == 0.0


def test_failures_are_listed_with_the_way_to_go_on(config, tmp_path):
    out = tmp_path / "out"
    result = bumpcast(config(options="raises_at = [300]"), "--output", out)
    assert result.exit_code == 3
    assert "Failed: 2, 200 events are missing:" in result.output
    assert "ttbar.root, entries 300 to 400" in result.output
    assert "IndexError: list index out of range" in result.output
    assert f"toy.toml --output {out} --resume" in result.output


def test_mistakes_are_messages(config, tmp_path):
    result = bumpcast(config(), "--set", "run.chunk_event=5")
    assert result.exit_code != 0
    assert "chunk_events" in result.output
    assert "Traceback" not in result.output
    assert bumpcast("nowhere.toml").exit_code != 0
    assert bumpcast(config(), "--executor", "cloud").exit_code == 2
    out = tmp_path / "out"
    assert bumpcast(config(), "--output", out).exit_code == 0
    refused = bumpcast(config(), "--output", out)
    assert refused.exit_code == 1
    assert "already holds a run" in refused.output


# From here on real processes, which are killed.


def start(config, out, *words, executor="futures", limit=None):
    command = [sys.executable, str(ROOT / "run.py"), str(config), "--output", str(out)]
    command += ["--executor", executor, *words]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=limit,
    )


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def family(process):
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def assert_gone(processes, seconds=15.0):
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def saved(out):
    return lambda: any((out / "checkpoints").glob("*.h5"))


@pytest.mark.parametrize("executor", ["futures", "dask-local"])
def test_a_killed_run_is_resumed_to_the_same_bits(config, tmp_path, executor):
    # Slow until it is killed, so that a busy machine has not done all of it before.
    slow = tmp_path / "slow"
    slow.touch()
    options = f'sleeps_while = "{slow}"'
    path, out = config(sleep_s=2.0, checkpoint_s=0.2, options=options), tmp_path / "out"
    process = start(path, out, executor=executor)
    wait_for(saved(out))
    processes = family(process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert_gone(processes)
    slow.unlink()
    resumed = bumpcast(path, "--output", out, "--resume", "--json", "--no-progress")
    document = json.loads(resumed.stdout)
    assert document["status"] == "complete"
    assert 0 < document["entries_resumed"] < 2600
    assert bumpcast(path, "--output", tmp_path / "whole").exit_code == 0
    assert output_of(out) == output_of(tmp_path / "whole")


@pytest.mark.parametrize(
    ("executor", "number"),
    [
        ("iterative", signal.SIGTERM),
        ("futures", signal.SIGINT),
        ("futures", signal.SIGTERM),
        ("dask-local", signal.SIGINT),
    ],
)
def test_a_signal_leaves_a_resumable_run(config, tmp_path, executor, number):
    # No checkpoint but that of the signal.
    path, out = config(sleep_s=0.15), tmp_path / "out"
    process = start(path, out, executor=executor)
    wait_for(lambda: (out / "ledger.jsonl").exists() and '"done"' in read(out / "ledger.jsonl"))
    processes = family(process)
    # As a terminal does it, to all processes of the group.
    os.killpg(process.pid, number)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number, text
    assert f"Stopped by {number.name}" in text
    assert f"--output {out} --resume" in text
    assert "Traceback" not in text
    assert_gone(processes)
    assert json.loads(read(out / "manifest.json"))["status"] == "interrupted"
    assert not (out / "result.h5").exists()
    resumed = bumpcast(path, "--output", out, "--resume", "--json", "--no-progress")
    document = json.loads(resumed.stdout)
    assert document["status"] == "complete"
    assert document["entries_resumed"] > 0


def read(path):
    return path.read_text()


def test_a_second_interrupt_stops_at_once(config, tmp_path):
    path, out = config(sleep_s=30), tmp_path / "out"
    process = start(path, out, executor="iterative")
    wait_for((out / "plan.json").exists)
    time.sleep(0.5)
    for _ in range(2):
        os.kill(process.pid, signal.SIGINT)
        time.sleep(0.3)
    text, _ = process.communicate(timeout=10)
    assert process.returncode == 130, text


def test_a_disk_that_takes_no_more(config, tmp_path):
    path, out = config(sleep_s=0.05, checkpoint_s=0.2), tmp_path / "out"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    process = start(path, out, limit=limit)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 1, text
    assert "cannot be written" in text
    assert "Traceback" not in text
    assert f"--output {out} --resume" in text
    resumed = bumpcast(path, "--output", out, "--resume", "--json", "--no-progress")
    assert resumed.exit_code == 0, resumed.output
    assert json.loads(resumed.stdout)["status"] == "complete"
