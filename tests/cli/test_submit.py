"""What `submit` and `pack` make of a command line; jobs on a pool are in tests/batch."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.cli.submit_command import place

ROOT = Path(__file__).parents[2]
CONFIG = """
extends = "parts/base.toml"
name = "toy"
processor = "../processors/mine.py:Mine"
[formats.atlas]
kind = "delphes"
b_tag_bit = 0
weight = "Event.Weight"
[datasets.a]
files = ["../data/a_*.root", "root://host.example//b.root", "/elsewhere/c.root"]
format = "atlas"
kind = "signal"
[normalisation]
mode = "raw"
[options]
model = { path = "../models/trained" }
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A user's folder, the current one."""
    for name in (
        "configs/parts/base.toml",
        "processors/mine.py",
        "data/a_1.root",
        "data/a_2.root",
        "models/trained/card.json",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "configs/toy.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def submit(*words):
    return CliRunner().invoke(main, ["submit", "--dry-run", *map(str, words)])


def refusal(*words):
    result = submit(*words)
    assert result.exit_code != 0
    assert not Path("jobs").exists()
    return result.stderr


def files_of(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["files"]


RUN = ("run", "configs/toy.toml", "--output", "results/x")


def test_a_dry_run_writes_and_prints_and_submits_nothing(here):
    result = submit("--", *RUN)
    assert result.exit_code == 0, result.output
    assert "Nothing is submitted. To submit it: condor_submit jobs/run-1/job.sub" in result.stdout
    assert sorted(path.name for path in (here / "jobs/run-1").iterdir()) == ["job.sh", "job.sub"]
    assert os.access(here / "jobs/run-1/job.sh", os.X_OK)
    for name in ("job.sh", "job.sub"):
        assert (here / "jobs/run-1" / name).read_text() in result.stdout
    assert "should_transfer_files = IF_NEEDED" in result.stdout
    # The next one does not take its place.
    assert "jobs/run-2/job.sub" in submit("--", *RUN).stdout
    assert "jobs/scan-1/job.sub" in submit("--name", "scan", "--", *RUN).stdout
    assert "holds something already" in submit("--folder", "jobs/run-1", "--", *RUN).stderr


def test_the_files_that_a_run_names_go_along(here):
    result = submit("--scratch", "--json", "--", *RUN)
    lines = [line.strip(" ,\\") for line in files_of(result)["job.sub"].splitlines()]
    first = lines.index("transfer_input_files =") + 1
    assert lines[first : first + 6] == [
        "configs/parts/base.toml",
        "configs/toy.toml",
        "data/a_1.root",
        "data/a_2.root",
        "models/trained",
        "processors/mine.py",
    ]
    assert lines[lines.index("transfer_output_files =") + 1] == "results/x"
    assert f"Not transferred, since not below {here}: /elsewhere/c.root." in result.stderr


def test_the_two_dashes_may_be_left_out():
    assert "run configs/toy.toml --output results/x" in files_of(submit("--json", *RUN))["job.sh"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "which verb? Write it after two dashes"),
        (("--", "rnu"), "there is no verb 'rnu'. Did you mean 'run'?"),
        (("--", "run", "configs/toy.tml"), "Did you mean 'toy.toml'?"),
        (("--", *RUN, "--worker", "3"), "No such option '--worker'"),
        (("--", "submit", "--", "list"), "a job does not submit itself"),
        (("--memory", "3 gigs", "--", *RUN), "'3 gigs' is no size: write a number and a unit"),
        (("--name", "my job", "--", *RUN), "a job's name has letters, digits, '_' and '-' only"),
        (("--image", "none.sif", "--", *RUN), "there is no such file or folder, and it is no add"),
        (("--here", "--input", "data", "--", *RUN), "--here transfers no files"),
        (("--input", "date", "--", *RUN), "--input date: there is no such file or folder"),
        (("--output", "../x", "--", *RUN), "name the output by a path below the current folder"),
        (("--scratch", "--", *RUN[:2]), "the results would stay in the job's scratch folder"),
        (("--scratch", "--", *RUN[:2], "--output", "data"), "data exists, and what the job makes"),
        (
            ("--environment", "configs/toy.toml", "--", *RUN),
            "is no environment that `bumpcast pack",
        ),
        (("--follow", "data", "--", *RUN), "--follow takes the folder of a job and no other"),
    ],
)
def test_mistakes_show_before_anything_is_written(words, message):
    assert message in refusal(*words)


def test_a_run_that_is_resumed_takes_its_results_along(here):
    (here / "results/x").mkdir(parents=True)
    (here / "results/x/plan.json").touch()
    result = submit("--scratch", "--json", "--", *RUN, "--resume")
    assert "    results/x\n" in files_of(result)["job.sub"]
    assert result.stderr.startswith("To the job: configs/parts/base.toml")


def test_following_what_was_never_submitted_says_how(here):
    submit("--", *RUN)
    result = CliRunner().invoke(main, ["submit", "--follow", "jobs/run-1"])
    assert result.exit_code == 1
    assert "was never submitted, which condor_submit jobs/run-1/job.sub would do" in result.stderr
    result = CliRunner().invoke(main, ["submit", "--follow", "data"])
    assert "data is no folder of a job: it has no job.sub" in result.stderr
    assert "jobs/run-1  not submitted\n" in CliRunner().invoke(main, ["jobs"]).stdout


def test_a_site_profile_says_what_no_option_says(here):
    (here / "mine.toml").write_text(
        '[cluster]\ncores = 4\nmemory = "8 GiB"\naccount = "group_x"\nwalltime_s = 3600\n'
        'prologue = ["echo hello"]\npython = "python3.12"\nfile_transfer = true\n'
        'directives = { request_gpus = "1", "+UseNvidiaA100" = "True" }\n'
    )
    files = files_of(submit("--site", "mine.toml", "--memory", "2 GiB", "--json", "--", *RUN))
    lines = files["job.sub"].splitlines()
    for line in (
        "request_cpus = 4",
        "request_memory = 2048",
        "request_gpus = 1",
        "accounting_group = group_x",
        "+MaxRuntime = 3600",
        "+UseNvidiaA100 = True",
        "should_transfer_files = YES",
    ):
        assert line in lines
    assert "echo hello\n" in files["job.sh"]
    assert "BUMPCAST_PYTHON=python3.12\n" in files["job.sh"]


def test_a_site_s_image_may_have_its_own_word(here):
    (here / "lpc.toml").write_text(
        '[cluster]\nimage = "/cvmfs/x/y"\nimage_directive = "+SingularityImage"\n'
    )
    files = files_of(submit("--site", "lpc.toml", "--json", "--", *RUN))
    assert '+SingularityImage = "/cvmfs/x/y"' in files["job.sub"]
    assert "container" not in files["job.sub"]
    assert "BUMPCAST_PYTHON=python3\n" in files["job.sh"]
    (here / "bad.toml").write_text('[cluster]\nmemory = "much"\n')
    assert "bad.toml:2: cluster.memory: " in submit("--site", "bad.toml", "--", *RUN).stderr
    assert "there is no site profile 'lxbtch'" in submit("--site", "lxbtch", "--", *RUN).stderr


def test_places():
    current = Path("/home/me/project")
    paths = [Path(text) for text in ("a/b", "./c", "a", "../d", "/e", "/home/me/project/f", ".")]
    inside, outside = place(paths, current)
    assert inside == ["a", "c", "f"]
    assert outside == [Path("/home/me/d"), Path("/e"), current]


def test_pack_does_not_replace_what_is_there(here):
    (here / "env.tar.gz").touch()
    result = CliRunner().invoke(main, ["pack", "env.tar.gz"])
    assert result.exit_code == 2
    assert "env.tar.gz exists: name another file, or replace it with --overwrite" in result.stderr
    result = CliRunner().invoke(main, ["pack", "new.tar.gz", "--with", "numpy"])
    assert "--with belongs to --only-needed" in result.stderr


def test_the_files_that_a_simulation_names_go_along(here):
    (here / "configs/own.toml").write_text(
        f'extends = "{ROOT}/configs/simulate/detectors/atlas.toml"\n'
    )
    (here / "data/events.lhe").touch()
    (here / "configs/card.toml").write_text(
        'extends = "parts/base.toml"\nname = "a"\nkind = "signal"\ndetector = "own.toml"\n'
        'lhe = "../data/events.lhe"\n'
    )
    command = ("simulate", "configs/card.toml", "--events", "5", "--output", "out/a.root")
    result = submit("--scratch", "--json", "--", *command)
    lines = [line.strip(" ,\\") for line in files_of(result)["job.sub"].splitlines()]
    first = lines.index("transfer_input_files =") + 1
    assert lines[first : first + 4] == [
        "configs/card.toml",
        "configs/own.toml",
        "configs/parts/base.toml",
        "data/events.lhe",
    ]
    first = lines.index("transfer_output_files =") + 1
    assert lines[first : first + 2] == ["out/a.root", "out/a.root.toml"]
    assert "atlas.toml. The job's machine has to see the same paths." in result.stderr


def test_a_wrong_process_card_shows_before_anything_is_written(here):
    (here / "wrong.toml").write_text('name = "a"\npythia = ["Top:all = on"]\n')
    words = ("--scratch", "--", "simulate", "wrong.toml", "--events", "5", "--output", "a.root")
    assert "missing: 'background' or 'signal'" in refusal(*words)
