from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from condor.testpool import PoolError, PoolUnavailableError, install
from condor.testpool.identity import identity
from condor.testpool.packages import PACKAGES, default_prefix
from condor.testpool.settings import configuration

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "condor" / "test_testpool.py"


@pytest.fixture
def no_tools(tmp_path, monkeypatch):
    """A machine without apt, where nothing was fetched before."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("BUMPCAST_CONDOR_PREFIX", str(tmp_path / "prefix"))
    return tmp_path / "prefix"


@pytest.fixture
def fresh_identity():
    identity.cache_clear()
    yield
    identity.cache_clear()


def test_each_package_is_listed_once():
    assert len(set(PACKAGES)) == len(PACKAGES)


def test_the_error_names_the_missing_tool(no_tools):
    with pytest.raises(PoolUnavailableError, match="the command apt-get is missing"):
        install(no_tools)


def test_the_error_names_the_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PoolUnavailableError, match=r"file/prefix cannot be written.*PREFIX"):
        install(tmp_path / "file" / "prefix")


@pytest.mark.parametrize(("required", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_tests_skip_unless_a_pool_is_required(no_tools, monkeypatch, required, outcome):
    monkeypatch.setenv("BUMPCAST_REQUIRE_CONDOR", required)
    test = f"{TESTS}::test_programs_are_fetched_only_once"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", test],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f"{outcome} in" in done.stdout
    assert "HTCondor pool" in done.stdout
    assert "the command apt-get is missing" in done.stdout
    assert (done.returncode == 0) == (required == "0")


def test_the_command_line_exits_with_69_where_there_is_no_pool(no_tools):
    done = subprocess.run(
        [sys.executable, "-m", "condor.testpool", "start"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 69
    assert "testpool: start: the command apt-get is missing" in done.stderr


@pytest.mark.parametrize("path", ["relative", "/a folder", "/a$(folder)", "/a'folder"])
def test_a_folder_that_htcondor_would_misread_is_refused(path):
    with pytest.raises(PoolError, match="cannot be a pool's folder"):
        configuration(Path("/prefix"), Path(path), user="me", cpus=1, memory=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_is_told_how_to_get_another_name(fresh_identity, no_tools, monkeypatch):
    with pytest.raises(PoolUnavailableError, match=r"no user namespace here.*BUMPCAST_CONDOR_USER"):
        identity()
    monkeypatch.setenv("BUMPCAST_CONDOR_USER", "nobody-of-this-name")
    with pytest.raises(PoolUnavailableError, match="has no such user"):
        identity()


def test_the_programs_stand_in_a_cache_folder(monkeypatch):
    monkeypatch.delenv("BUMPCAST_CONDOR_PREFIX", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_prefix() == Path("/somewhere/bumpcast-condor")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_prefix() == Path("/var/cache/bumpcast-condor")
