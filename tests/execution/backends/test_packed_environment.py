"""A run whose jobs bring a packed environment along, on a real HTCondor pool of this machine."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from pool_tools import condor, queue

from bumpcast.batch.environment import pack
from bumpcast.execution import run
from bumpcast.execution.backends.base import BackendError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This environment, but for what bumpcast does not need, packed once."""
    archive = tmp_path_factory.mktemp("packed") / "env.tar.gz"
    # As the checkout says, which a link to it, installed at another time, may not.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pack(archive, only=[Requirement(text).name for text in project["dependencies"]])
    return archive


def test_the_same_bits_from_a_packed_environment(
    on_condor: Any, make_analysis: Any, environment: Path, htcondor_pool: Any, tmp_path: Path
) -> None:
    here = run(make_analysis(), tmp_path / "here")
    seen: set[str] = set()
    scratch = htcondor_pool.folder / "execute"
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            seen.update(condor("condor_q", "-af", "TransferInput").splitlines())
            seen.update(path.parent.name for path in scratch.glob("dir_*/bumpcast-environment-*"))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        table = {"environment": str(environment), "tls": "always", "disk": "2 GiB"}
        there = run(on_condor(cluster=table), tmp_path / "there")
    finally:
        over.set()
        thread.join()
    assert there.complete
    assert there.output == here.output
    assert len([one for one in seen if one.startswith("dir_")]) >= 1
    (inputs,) = (one for one in seen if not one.startswith("dir_"))
    assert inputs.startswith(f"{environment},")
    assert "key.pem" in inputs


def test_an_archive_that_is_not_there_is_told_before_anything_is_submitted(
    on_condor: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "env.tar.gz"
    broken.write_bytes(b"no archive")
    with pytest.raises(BackendError, match="is no environment that `bumpcast pack` made"):
        run(on_condor(cluster={"environment": str(broken)}), tmp_path / "run")
    assert queue() == []
    assert not list((tmp_path / "run").glob("logs/*"))
