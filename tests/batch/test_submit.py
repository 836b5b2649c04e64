"""Jobs on a real HTCondor pool of this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import h5py
import pytest
import uproot
from click.testing import CliRunner
from dask_jobqueue.htcondor import quote_arguments

import bumpcast
from bumpcast import store
from bumpcast.batch.environment_unpack import unpack_lines
from bumpcast.batch.submit import JobFolder, follow, make_folder, write_job
from bumpcast.batch.submit import submit as submit_job
from bumpcast.batch.submit_files import JobFiles, Output
from bumpcast.cli.main import main

ROOT = Path(__file__).parents[2]
CACHE = os.environ.get("BUMPCAST_CACHE")
SOURCE = Path(bumpcast.__file__).parents[1]
SMALL = ("--memory", "500 MB", "--disk", "100 MB")

TOY = """
name = "toy"
processor = "../processors/jets.py:Jets"
[formats.atlas]
kind = "delphes"
b_tag_bit = 0
weight = "Event.Weight"
[datasets.qstar]
files = ["../data/qstar_*.root"]
format = "atlas"
kind = "signal"
[normalisation]
mode = "raw"
[run]
chunk_events = 300
"""


def bumpcast_(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A user's folder, whose name needs quotes; the current one."""
    folder = tmp_path / "a user's folder"
    for name in ("configs", "processors", "data"):
        (folder / name).mkdir(parents=True)
    (folder / "configs" / "toy.toml").write_text(TOY)
    shutil.copy(ROOT / "tests/execution/processors/jets.py", folder / "processors")
    shutil.copy(ROOT / "data/quickstart/qstar_1200.root", folder / "data")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    monkeypatch.setenv("BUMPCAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MY_SECRET_TOKEN", "hush-hush")
    return folder


@pytest.fixture
def run_shell(here):
    """Return a function that runs a shell script as a job and follows it."""

    def run(script, **more):
        folder = make_folder(None, "shell")
        job = JobFiles(
            (script,), here, "shell", memory="200 MB", disk="10 MB", python="/bin/sh", **more
        )
        written = write_job(job, folder)
        # The shell takes the place of Python: bumpcast's words are a script for it.
        text = written.script.read_text().replace("-P -m bumpcast", "-c")
        written.script.write_text(text)
        listener = Listener()
        number = submit_job(written)
        return written, number, listener, follow(written, listener, ask_after_s=2)

    return run


class Listener:
    def __init__(self):
        self.lines = []
        self.output = {False: b"", True: b""}

    def happened(self, line):
        self.lines.append(line)

    def wrote(self, data, *, error):
        self.output[error] += data


def test_a_job_and_its_exit_code(queue, run_shell):
    folder, number, listener, states = run_shell("echo out; echo wrong >&2; exit 3", here=True)
    assert states.exit_code == 3
    assert listener.lines[0].endswith(f"job {number}: submitted")
    assert listener.lines[-1].endswith(f"job {number}: ended with exit code 3")
    assert listener.output == {False: b"out\n", True: b"wrong\n"}
    assert folder.last_words() == ["wrong"]
    # Later, and as often as one likes.
    result = bumpcast_("submit", "--follow", folder.path)
    assert result.exit_code == 3
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("out\n", "wrong")
    listed = bumpcast_("jobs").stdout.split()
    assert listed == ["jobs/shell-1", "job", number, "ended", "with", "exit", "code", "3"]
    (document,) = json.loads(bumpcast_("jobs", "--json").stdout)
    assert document["jobs"][0]["exit_code"] == 3


def test_files_go_there_and_come_back(queue, run_shell, here):
    (here / "data" / "it's é.txt").write_text("sent\n")
    script = "mkdir -p results/x && cat data/*.txt inside.txt > results/x/both.txt; pwd"
    outside = here.parent / "inside.txt"
    outside.write_text("from elsewhere\n")
    inputs = ("data/it's é.txt", str(outside))
    _, _, listener, states = run_shell(script, inputs=inputs, outputs=(Output("results/x", True),))
    assert states.exit_code == 0, listener.output
    assert (here / "results/x/both.txt").read_text() == "sent\nfrom elsewhere\n"
    assert str(queue.folder) in listener.output[False].decode()


def test_a_job_that_makes_nothing_comes_home_all_the_same(queue, run_shell, here):
    _, _, listener, states = run_shell("exit 5", outputs=(Output("results/x", True),))
    assert states.exit_code == 5
    assert b"the job ended with 5 and did not make results/x" in listener.output[True]
    assert list((here / "results/x").iterdir()) == []


def test_a_job_that_is_held_says_why(queue, run_shell):
    # Its output is taken away when the script, which would see to it, has come to its end.
    prologue = ("trap 'rm -r lost' EXIT",)
    folder, number, listener, states = run_shell(
        "true", outputs=(Output("lost", True),), prologue=prologue
    )
    assert [job.state for job in states.jobs.values()] == ["held"]
    assert "lost" in str(states.held[0].reason)
    assert f"job {number}: held: " in listener.lines[-1]
    result = bumpcast_("submit", "--follow", folder.path)
    assert result.exit_code == 75
    assert f"condor_release {number}; to give it up: condor_rm {number}" in result.stderr
    subprocess.run(["condor_rm", number], check=True, capture_output=True, timeout=30)


def test_a_job_that_was_submitted_on_hold_says_so(queue, run_shell):
    _, number, listener, states = run_shell("true", directives={"hold": "True"})
    assert states.held
    assert listener.lines[-1].startswith(f"job {number}: held: submitted on hold")
    subprocess.run(["condor_rm", number], check=True, capture_output=True, timeout=30)


def test_a_job_that_is_killed(queue, run_shell):
    _, _, _, states = run_shell("kill -9 $$", here=True)
    assert states.exit_code == 137


def test_a_simulation_with_a_scratch_folder_of_its_own(queue, here, monkeypatch):
    # That of the session: everything would else be compiled anew.
    if CACHE is None:
        monkeypatch.delenv("BUMPCAST_CACHE")
    else:
        monkeypatch.setenv("BUMPCAST_CACHE", CACHE)
    shutil.copytree(ROOT / "configs" / "simulate", "cards")
    command = ["simulate", "cards/zjets_ll.toml", "--events", "3", "--executor", "iterative"]
    local = bumpcast_(*command, "--output", "here.root", "--no-progress")
    assert local.exit_code == 0, local.output
    result = bumpcast_("submit", "--wait", "--scratch", "--", *command, "-o", "out/z.root")
    assert result.exit_code == 0, result.output
    assert "3 of 3 events simulated" in result.stdout
    there = (here / "out" / "z.root.toml").read_text()
    assert there == (here / "here.root.toml").read_text().replace("here", "z")
    assert events_of(here / "out" / "z.root") == events_of(here / "here.root")


def events_of(path):
    with uproot.open(path) as file:
        return file["Delphes"]["Jet/Jet.PT"].array().to_list()


def test_a_verb_on_a_shared_file_system(queue, here):
    result = bumpcast_("submit", "--wait", *SMALL, "--", "config", "check", "configs/toy.toml")
    local = bumpcast_("config", "check", "configs/toy.toml")
    assert result.exit_code == local.exit_code == 0, result.output
    assert result.stdout == local.stdout
    folder = JobFolder(here / "jobs" / "config-check-1")
    written = folder.submit_file.read_text() + folder.script.read_text()
    assert "hush-hush" not in written
    assert "MY_SECRET_TOKEN" not in written


def test_a_run_in_a_job_of_two_cores_whose_results_come_back(queue, here):
    verb = ("run", "configs/toy.toml", "--executor", "futures", "--workers", "2")
    # A scratch folder is what a job has where no file system is shared; its Python is this one.
    options = ("--wait", "--scratch", "--cores", 2, "--memory", "2 GiB", "--disk", "1 GB")
    result = bumpcast_("submit", *options, "--", *verb, "--output", "results/there")
    assert result.exit_code == 0, result.output
    assert "800 of 800 events read" in result.stdout
    assert "To the job: configs/toy.toml, data/qstar_1200.root, processors/jets.py" in result.stderr
    assert "Back from it: results/there" in result.stderr
    manifest = json.loads((here / "results/there/manifest.json").read_text())
    assert manifest["status"] == "complete"
    with h5py.File(here / "results/there/result.h5") as file:
        assert store.read(file, "output")["qstar"]["events"] == 800


def test_the_packed_environment_in_a_job(queue, here, packed):
    options = ("--wait", "--json", *SMALL, "--environment", packed)
    result = bumpcast_("submit", *options, "--", "--version")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["exit_code"]) == (0, 0), result.stderr
    output = (Path(document["folder"]) / "job.out").read_text()
    assert output == f"bumpcast {bumpcast.__version__}\n"


def test_the_packed_environment_in_a_worker_of_dask_jobqueue(queue, tmp_path, packed, monkeypatch):
    # dask-jobqueue joins the lines into one argument of a submit file.
    monkeypatch.chdir(tmp_path)
    command = "\"$BUMPCAST_PYTHON\" -c 'import bumpcast; print(bumpcast.__file__)'"
    arguments = quote_arguments(["-c", "; ".join([*unpack_lines(packed), command])])
    Path("worker.sub").write_text(
        "executable = /bin/sh\ntransfer_executable = False\noutput = out\nerror = err\nlog = log\n"
        f'request_memory = 200\nrequest_disk = 100000\narguments = "{arguments}"\nqueue\n'
    )
    for command in (["condor_submit", "worker.sub"], ["condor_wait", "log"]):
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert Path("err").read_text() == ""
    assert Path("out").read_text().startswith(f"{queue.folder}/execute/dir_")


def test_ctrl_c_leaves_the_job_alone(queue, here):
    # So large that it does not start.
    words = ("submit", "--wait", "--memory", "3 TB", "--name", "big", "--", "--version")
    process = subprocess.Popen(
        [sys.executable, "-m", "bumpcast", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 20
    while not (here / "jobs/big-1/job.log").exists() and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130, error
    number = next(iter(error.split("Job ")[1].split(",")))
    assert f"No longer followed; job {number} goes on:" in error
    assert "bumpcast submit --follow jobs/big-1" in error
    assert f"condor_rm {number}" in error
    assert bumpcast_("jobs", "jobs/big-1").stdout.split() == ["jobs/big-1", "job", number, "idle"]
    threading.Timer(
        1.0, subprocess.run, [["condor_rm", number]], {"check": True, "capture_output": True}
    ).start()
    result = bumpcast_("submit", "--follow", "jobs/big-1")
    assert result.exit_code == 1
    assert f"job {number}: removed from the queue: via condor_rm" in result.stderr


def test_without_a_queue_nothing_is_written(own_htcondor_pool, here, monkeypatch):
    own_htcondor_pool.stop()
    result = bumpcast_("submit", "--", "--version")
    assert result.exit_code == 1
    assert "HTCondor's queue cannot be reached: condor_q exits with" in result.stderr
    monkeypatch.setenv("PATH", os.defpath)
    result = bumpcast_("submit", "--", "--version")
    assert result.exit_code == 1
    assert "there is no condor_submit on PATH" in result.stderr
    assert not (here / "jobs").exists()


def test_what_htcondor_refuses_is_told_with_the_file(queue, here):
    result = bumpcast_("submit", "--directive", "concurrency_limits=((", "--", "--version")
    assert result.exit_code == 1
    assert (
        f"HTCondor refuses the job that {here}/jobs/version-1/job.sub describes: " in result.stderr
    )
