from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import bumpcast


def jobs_in_queue():
    """Return each job's number and state."""
    done = subprocess.run(
        ["condor_q", "-af:j", "JobStatus"], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.splitlines()


@pytest.fixture
def queue(htcondor_pool):
    """The pool, in whose queue no job is left."""
    yield htcondor_pool
    end = time.monotonic() + 10
    while (left := jobs_in_queue()) and time.monotonic() < end:
        time.sleep(0.1)
    if left:
        subprocess.run(["condor_rm", "-all"], check=True, capture_output=True, timeout=30)
    assert left == []


@pytest.fixture(scope="session")
def small_environment(tmp_path_factory):
    """A virtual environment with bumpcast as `pip install -e` puts it, and little of what it needs.

    Packing all that it needs takes ten seconds, and unpacking it as long.
    """
    folder = tmp_path_factory.mktemp("environment") / "venv"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    for name in ("click", "isal", "packaging", "iniconfig"):
        distribution = importlib.metadata.distribution(name)
        for file in distribution.files or ():
            source, target = Path(str(file.locate())), packages / file
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
    (packages / "click" / "tests").mkdir()
    (packages / "click" / "tests" / "test_click.py").write_text("assert True\n")
    source = Path(bumpcast.__file__).parents[1]
    (packages / "_editable_impl_bumpcast.pth").write_text(f"{source}\n")
    ours = packages / f"bumpcast-{bumpcast.__version__}.dist-info"
    ours.mkdir()
    (ours / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: bumpcast\nVersion: {bumpcast.__version__}\n"
        "Requires-Dist: click>=8\nRequires-Dist: isal\nRequires-Dist: packaging\n"
        'Provides-Extra: test\nRequires-Dist: iniconfig; extra == "test"\n'
    )
    listed = (
        "_editable_impl_bumpcast.pth",
        f"{ours.name}/METADATA",
        f"{ours.name}/direct_url.json",
    )
    (ours / "RECORD").write_text("".join(f"{name},,\n" for name in listed))
    (ours / "direct_url.json").write_text(
        '{"url": "file:///somewhere", "dir_info": {"editable": true}}'
    )
    return folder


@pytest.fixture(scope="session")
def pack_small(small_environment):
    """Return a function that packs the small environment by its own Python."""

    def pack(archive, *, more="", check=True):
        program = (
            "import sys, pathlib, bumpcast.batch.environment as e\n"
            f"{more}\n"
            "print(e.pack(pathlib.Path(sys.argv[1])))\n"
        )
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            [str(small_environment / "bin" / "python"), "-c", program, str(archive)],
            capture_output=True,
            text=True,
            timeout=60,
            check=check,
            env=environment,
        )

    return pack


@pytest.fixture(scope="session")
def packed(pack_small, tmp_path_factory):
    """An archive of the small environment."""
    archive = tmp_path_factory.mktemp("packed") / "small env.tar.gz"
    pack_small(archive)
    return archive
