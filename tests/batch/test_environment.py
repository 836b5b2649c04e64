from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

import bumpcast
from bumpcast.batch.environment import pack
from bumpcast.batch.environment_contents import PackError
from bumpcast.batch.environment_unpack import NoEnvironmentError, unpack_lines

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/python{VERSION}/site-packages"
WHERE = '"$BUMPCAST_PYTHON" -c "import bumpcast, sys; print(bumpcast.__file__); print(sys.prefix)"'


def run_lines(lines, *, joined="\n", **environment):
    """Run shell lines as a job does: without PATH."""
    return subprocess.run(
        ["/bin/sh", "-c", joined.join([*lines, WHERE])],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("joined", ["\n", "; "])
def test_a_job_unpacks_it_into_its_scratch_folder(packed, tmp_path, joined):
    lines = unpack_lines(packed)
    assert not [line for line in lines if "\n" in line or "$(" in line]
    wrong = str(Path(bumpcast.__file__).parents[1])
    scratch = {"_CONDOR_SCRATCH_DIR": str(tmp_path), "PYTHONPATH": wrong}
    # Two at once in one folder, as of two jobs that share it.
    found = [run_lines(lines, joined=joined, **scratch).stdout.splitlines() for _ in range(2)]
    folders = sorted(map(str, tmp_path.iterdir()))
    assert sorted(prefix for _, prefix in found) == folders
    assert len(folders) == 2
    for file, prefix in found:
        assert file == f"{prefix}/{SITE}/bumpcast/__init__.py"


def test_elsewhere_than_on_htcondor_the_folder_goes_with_the_shell(packed, tmp_path):
    done = run_lines(unpack_lines(packed), TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_is_on_the_path(packed, tmp_path):
    lines = [*unpack_lines(packed), "bumpcast --version"]
    done = run_lines(lines, _CONDOR_SCRATCH_DIR=str(tmp_path))
    assert done.stdout.startswith(f"bumpcast {bumpcast.__version__}\n"), done.stderr


def test_no_python_is_said(packed):
    done = run_lines(unpack_lines(packed, python="/no/python3"), TMPDIR="/tmp")
    assert done.returncode == 127
    assert f"the packed environment needs Python {VERSION}, and " in done.stderr
    assert done.stderr.endswith("has none: tried /no/python3\n")


def test_an_archive_that_is_not_there_or_damaged_is_said(packed, tmp_path):
    done = run_lines(unpack_lines(packed, at="gone.tar.gz"), TMPDIR=str(tmp_path))
    assert done.returncode == 126
    assert "has no packed environment gone.tar.gz" in done.stderr
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(packed.read_bytes()[:100_000])
    done = run_lines(unpack_lines(damaged), TMPDIR=str(tmp_path))
    assert done.returncode == 126
    assert "the packed environment cannot be used on" in done.stderr


def test_packages_for_another_python_are_refused(packed, tmp_path):
    with tarfile.open(packed) as tar:
        tar.extractall(tmp_path, filter="data")
    facts = tmp_path / "environment.json"
    facts.write_text(facts.read_text().replace('"soabi": "', '"soabi": "other-'))
    done = subprocess.run(
        [sys.executable, str(tmp_path / "settle.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "does not fit the packed environment: soabi is " in done.stderr


@pytest.mark.parametrize("data", [b"", b"no archive", None])
def test_what_is_no_environment(tmp_path, data):
    path = tmp_path / "env.tar.gz"
    if data is None:
        with tarfile.open(path, "w:gz") as tar:
            tar.add(__file__, "file.py")
    else:
        path.write_bytes(data)
    with pytest.raises(NoEnvironmentError, match="is no environment that `bumpcast pack` made"):
        unpack_lines(path)


def test_what_cannot_be_packed(tmp_path):
    with pytest.raises(PackError, match=r"call it NAME\.tar\.gz"):
        pack(tmp_path / "env.zip")
    with pytest.raises(
        PackError, match=r"no package 'nunpy' is installed here\. Did you mean 'numpy"
    ):
        pack(tmp_path / "env.tar.gz", without=["nunpy"])
    with pytest.raises(PackError, match="numpy cannot be left out: bumpcast needs it"):
        pack(tmp_path / "env.tar.gz", without=["numpy"])
    assert list(tmp_path.iterdir()) == []


def test_a_link_to_a_source_and_a_conda_environment_are_refused(pack_small, tmp_path):
    more = (
        "import bumpcast.batch.environment_contents as c\n"
        "c._link = lambda distribution: '/home/me/mine'"
    )
    done = pack_small(tmp_path / "env.tar.gz", more=more, check=False)
    assert "click is installed as a link to /home/me/mine (pip install -e)" in done.stderr
    (tmp_path / "conda-meta").mkdir()
    more = f"sys.prefix = {str(tmp_path)!r}"
    done = pack_small(tmp_path / "env.tar.gz", more=more, check=False)
    assert "belongs to a conda environment" in done.stderr
    assert "conda-pack packs those" in done.stderr
