from __future__ import annotations

from pathlib import Path

import pytest

from bumpcast.batch.errors import BatchError
from bumpcast.batch.jobs import in_words
from bumpcast.batch.slurm import check_queue, find_slurm, slurm_standings

LISTING = """\
11|RUNNING|None
12|PENDING|Resources
13|PENDING|JobHeldUser
14|FAILED|NonZeroExitCode
99|RUNNING|None
"""


@pytest.fixture
def squeue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A squeue that lists what Slurm's would; no Slurm is to be had here."""
    (tmp_path / "listing").write_text(LISTING)
    for command in ("sbatch", "scancel", "squeue"):
        path = tmp_path / command
        path.write_text(f"#!/bin/sh\nexec cat {tmp_path}/listing\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_jobs_stand_as_slurm_says(squeue: Path) -> None:
    assert find_slurm() == str(squeue / "sbatch")
    check_queue()
    standings = slurm_standings(["11", "12", "13", "14", "15"])
    assert {number: standing.state for number, standing in standings.items()} == {
        "11": "running",
        "12": "idle",
        "13": "held",
        "14": "gone",
    }
    assert in_words(["12", "13", "15"], standings) == (
        "job 12: idle: Resources; job 13: held: JobHeldUser; job 15: no longer in the queue"
    )


def test_a_machine_without_slurm_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BatchError, match="no sbatch on PATH"):
        find_slurm()


def test_a_queue_that_fails_is_told(squeue: Path) -> None:
    (squeue / "squeue").write_text("#!/bin/sh\necho slurmctld is down >&2\nexit 1\n")
    with pytest.raises(BatchError, match=r"Slurm's queue cannot be reached.*slurmctld is down"):
        check_queue()
