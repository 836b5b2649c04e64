"""Runs through dask-jobqueue's Slurm, with stand-ins for Slurm's commands: no Slurm is to be had.

The stand-ins start a job as a process of this machine and list it while it runs, with the words and
the exit codes of Slurm's own commands. What Slurm itself does with a job's options is not tested.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pool_tools import wait_until

from bumpcast.execution import run
from bumpcast.execution.backends.base import LOGS, BackendError
from bumpcast.execution.trial import Step, Trial
from bumpcast.execution.trial.steps import ENDED, REMOVED

SBATCH = """#!{python}
import fcntl, os, re, subprocess, sys
home = {home!r}
script = sys.argv[-1]
with open(os.path.join(home, "number"), "a+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write("x")
    file.flush()
    number = str(file.tell())
text = open(script).read()
options = dict(re.findall(r"^#SBATCH (-[eo]) (.*)$", text, re.MULTILINE))
out, err = (open(options[key].replace("%J", number), "w") for key in ("-o", "-e"))
job = subprocess.Popen(["/bin/sh", "-c", text], stdout=out, stderr=err, stdin=subprocess.DEVNULL,
                       start_new_session=True, env={{**os.environ, "SLURM_JOB_ID": number}})
with open(os.path.join(home, number + ".job"), "w") as file:
    file.write(str(job.pid))
print("Submitted batch job " + number)
"""
SQUEUE = """#!{python}
import os
home = {home!r}
for name in os.listdir(home):
    if name.endswith(".job"):
        pid = open(os.path.join(home, name)).read()
        try:
            state = open("/proc/" + pid + "/stat").read().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if state != "Z":
            print(name[:-4] + "|RUNNING|None")
"""
SCANCEL = """#!{python}
import os, signal, sys
try:
    os.killpg(int(open(os.path.join({home!r}, sys.argv[-1] + ".job")).read()), signal.SIGTERM)
except (OSError, ValueError):
    sys.exit("scancel: error: Kill job error: Invalid job id specified")
"""


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of the stand-ins' jobs; none is left running afterwards."""
    home, commands = tmp_path / "jobs", tmp_path / "commands"
    home.mkdir()
    commands.mkdir()
    for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)):
        path = commands / name
        path.write_text(text.format(python=sys.executable, home=str(home)))
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    yield home
    groups = [int(path.read_text()) for path in home.glob("*.job")]
    assert wait_until(lambda: not any(is_there(group) for group in groups), 20)


def is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_same_bits_as_in_one_process(
    slurm: Path, on_cluster: Any, make_analysis: Any, tmp_path: Path
) -> None:
    here = run(make_analysis(), tmp_path / "here")
    there = run(on_cluster(executor="dask-slurm"), tmp_path / "there")
    assert there.executor == "dask-slurm"
    assert there.output == here.output
    assert list((tmp_path / "there" / LOGS).glob("dask-worker-*.err"))


def test_a_job_that_ends_before_its_worker_comes_is_told(
    slurm: Path, on_cluster: Any, tmp_path: Path
) -> None:
    table = {"python": "/nowhere/python"}
    with pytest.raises(BackendError, match=r"(?s)3 jobs ended before there was.*/nowhere/python"):
        run(on_cluster(cluster=table, executor="dask-slurm"), tmp_path / "run")


def test_a_test_of_the_cluster_tells_all(slurm: Path, on_cluster: Any, tmp_path: Path) -> None:
    for table, wanted in (({}, 0), ({"python": "/nowhere/python"}, ENDED)):
        told: list[Step] = []
        cluster = on_cluster(cluster=table).cluster
        folder = tmp_path / str(wanted)
        folder.mkdir()
        assert Trial("dask-slurm", cluster, folder, None, told.append, 30).go() == wanted
        assert (told[-1].name, told[-1].state) == (REMOVED, "ok")
    (wrong,) = [step for step in told if step.state == "wrong"]
    assert "is no longer in the queue, and no worker had come" in wrong.detail
    assert "/nowhere/python" in wrong.lines[-1]
