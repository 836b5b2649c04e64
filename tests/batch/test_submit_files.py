from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.batch.submit_files import (
    NOTHING_MADE,
    SCRIPT,
    SUBMIT,
    JobFileError,
    JobFiles,
    Output,
    parse_directives,
    quote,
    render,
    size_in_bytes,
)

# Stands where Python does in a job: writes down what it was called with.
ECHO = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["SAID"], "w") as file:
    json.dump([os.getcwd(), sys.argv[1:]], file)
sys.exit(int(os.environ.get("CODE", "0")))
"""

# What a command line can hold: any text but NUL.
words = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def echo(tmp_path_factory):
    """A program that stands for a job's Python."""
    path = tmp_path_factory.mktemp("echo") / "py thon"
    path.write_text(ECHO)
    path.chmod(0o755)
    return path


def run_script(job, folder, **environment):
    """Write a job's files and run its script as HTCondor does: without PATH."""
    for name, text in render(job, folder).items():
        (folder / name).write_text(text)
    said = folder / "said.json"
    done = subprocess.run(
        ["/bin/sh", str(folder / SCRIPT), *environment.pop("more", ())],
        env={"SAID": str(said), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done, json.loads(said.read_text()) if said.exists() else None


@given(words=words)
@settings(max_examples=25)
def test_a_command_gets_there_as_it_was_typed(echo, tmp_path_factory, words):
    folder = tmp_path_factory.mktemp("job")
    job = JobFiles(tuple(words), folder, "job", python=str(echo), here=True)
    done, said = run_script(job, folder, more=["and", "more $"])
    assert done.returncode == 0, done.stderr
    assert said == [str(folder), ["-P", "-m", "bumpcast", *words, "and", "more $"]]


@pytest.mark.parametrize("name", ["plain", 'a folder\'s $HOME $(x) "é☃" [1]', "-n;rm #"])
def test_a_folder_of_any_name(echo, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    job = JobFiles(("list",), folder, "job", python=str(echo), here=True)
    done, said = run_script(job, folder)
    assert done.returncode == 0, done.stderr
    assert said[0] == str(folder)


def test_the_exit_code_comes_through(echo, tmp_path):
    job = JobFiles(("list",), tmp_path, "job", python=str(echo))
    assert run_script(job, tmp_path, CODE="3")[0].returncode == 3


@pytest.mark.parametrize(("code", "left"), [("0", NOTHING_MADE), ("4", 4)])
def test_an_output_that_is_not_made_is_named_and_stood_for(echo, tmp_path, code, left):
    outputs = (Output("results/it's here", True), Output("deep/kept.root", False))
    job = JobFiles(("list",), tmp_path, "job", python=str(echo), outputs=outputs)
    done, _ = run_script(job, tmp_path, CODE=code)
    assert done.returncode == left
    assert f"the job ended with {code} and did not make results/it's here" in done.stderr
    assert list((tmp_path / "results/it's here").iterdir()) == []
    assert (tmp_path / "deep/kept.root").stat().st_size == 0


def test_a_missing_python_and_folder_are_said(tmp_path):
    job = JobFiles(("list",), tmp_path, "job", python="/no/such/python")
    done, _ = run_script(job, tmp_path)
    assert done.returncode == 127
    assert "there is no Python /no/such/python. Name the job's: --python" in done.stderr
    elsewhere = tmp_path / "else where"
    job = JobFiles(("list",), elsewhere, "job", here=True)
    done, _ = run_script(job, tmp_path)
    assert done.returncode == 127
    assert f"there is no folder {elsewhere}: no file system is shared" in done.stderr


def test_the_prologue_comes_first(echo, tmp_path):
    prologue, exports = ("export CODE=7",), {"CODE": "it's 1"}
    job = JobFiles(("list",), tmp_path, "job", python=str(echo), prologue=prologue, exports=exports)
    assert run_script(job, tmp_path)[0].returncode == 7


def test_a_submit_file_says_what_is_asked_for(tmp_path):
    job = JobFiles(
        ("run", "configs/mine.toml"),
        tmp_path,
        "mine-1",
        cores=4,
        memory="2.5 GiB",
        disk="1 GB",
        gpus=1,
        inputs=("configs/mine.toml", "data"),
        outputs=(Output("results/x", True),),
        directives={"+JobFlavour": '"workday"'},
    )
    text = render(job, tmp_path / "jobs" / "mine-1")[SUBMIT]
    lines = text.splitlines()
    for line in (
        "request_cpus = 4",
        "request_memory = 2560",
        "request_disk = 976563",
        "request_gpus = 1",
        '+JobFlavour = "workday"',
        "should_transfer_files = YES",
        "    data",
    ):
        assert line in lines
    assert lines[-1] == "queue"
    assert "condor_submit jobs/mine-1/job.sub" in text
    for word in ("executable", "log", "output", "error", "transfer_input_files"):
        assert any(line.startswith(f"{word} = ") for line in lines), word
    # The caller's environment may hold secrets.
    assert "getenv" not in text
    assert "environment" not in text


def test_htcondor_reads_what_is_written(htcondor_pool, tmp_path):
    folder = tmp_path / "a folder's $HOME $(x) é"
    inputs = ("data/with space é.txt", "$HOME.txt", "it's", 'a"b')
    (folder / "data").mkdir(parents=True)
    for name in inputs:
        (folder / name).touch()
    outputs = (Output("results/$x y", True),)
    job = JobFiles(("list",), folder, "job", inputs=inputs, outputs=outputs, image="/a b/$c.sif")
    files = render(job, folder)
    (folder / SUBMIT).write_text(files[SUBMIT])
    (folder / SCRIPT).write_text(files[SCRIPT])
    done = subprocess.run(
        ["condor_submit", "-dry-run", "-", str(folder / SUBMIT)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert json.loads(facts["Iwd"]) == str(folder)
    assert json.loads(facts["Cmd"]) == str(folder / SCRIPT)
    assert json.loads(facts["UserLog"]) == str(folder / "job.log")
    assert json.loads(facts["TransferInput"]).split(",") == [*inputs, "/a b/$c.sif"]
    assert json.loads(facts["TransferOutput"]) == "results/$x y"


@pytest.mark.parametrize("text", ["3", "3 gigs", "", "GiB", "-1 GiB", "3 GiB "])
def test_a_size_has_a_number_and_a_unit(text):
    with pytest.raises(JobFileError, match="is no size: write a number and a unit"):
        size_in_bytes(text)


def test_sizes():
    assert size_in_bytes("3 GiB") == 3 * 2**30
    assert size_in_bytes("500MB") == 5e8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("JobFlavour", "is no directive: write KEY=VALUE"),
        ("+JobFlavour=", "is no directive: write KEY=VALUE"),
        ("Request_Memory=3", "has 'Request_Memory' already: use --memory"),
        ("getenv=True", "has 'getenv' already: edit the submit file"),
        ("a b=3", "is no line of a submit file"),
        ("a=3\nqueue 100", "is no line of a submit file"),
    ],
)
def test_directives_that_cannot_be(text, message):
    with pytest.raises(JobFileError, match=message):
        parse_directives([text])


def test_directives():
    texts = ['+JobFlavour = "workday"', "use_x509userproxy=true", "requirements=a == b"]
    assert parse_directives(texts) == {
        "+JobFlavour": '"workday"',
        "use_x509userproxy": "true",
        "requirements": "a == b",
    }


@pytest.mark.parametrize("path", ["a\nb", "a\\", " a", "a ", "$$(x)"])
def test_names_that_a_submit_file_cannot_hold(path):
    with pytest.raises(JobFileError, match="cannot stand in a submit file"):
        quote(path)


def test_a_comma_in_a_name_is_refused(tmp_path):
    with pytest.raises(JobFileError, match="takes a comma for the end of a name"):
        render(JobFiles(("list",), tmp_path, "job", inputs=("a,b",)), tmp_path)
