from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import settings

from condor.testpool import Pool, PoolUnavailableError, default_prefix, install
from docs.tools.browser import find_browser

# A first call may compile or load machine code: its time says nothing about the code under test.
settings.register_profile("bumpcast", deadline=None)
settings.load_profile("bumpcast")


@pytest.fixture(scope="session")
def htcondor_prefix():
    """Folder of HTCondor's programs, fetched once a machine."""
    prefix = default_prefix()
    with _or_skip():
        install(prefix)
    return prefix


@pytest.fixture(scope="session")
def htcondor_pool(htcondor_prefix, tmp_path_factory):
    """A running HTCondor pool of two cores and 4 GiB, its commands on PATH until the session ends.

    Whoever stops it takes it from the tests that follow: use `own_htcondor_pool` for that.
    """
    yield from _running(htcondor_prefix, tmp_path_factory.mktemp("htcondor"))


@pytest.fixture
def own_htcondor_pool(htcondor_prefix, tmp_path):
    """A pool as `htcondor_pool`, but of one test alone, which may do with it what it likes."""
    yield from _running(htcondor_prefix, tmp_path / "htcondor")


def _running(prefix, folder):
    pool = Pool(prefix, folder, die_with_parent=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{pool.commands}{os.pathsep}{os.environ['PATH']}")
        with _or_skip():
            pool.start()
        try:
            yield pool
        finally:
            pool.stop()


@pytest.fixture(scope="session")
def browser_program():
    """Path of a Chromium; without one the test is skipped, or fails where one is required."""
    program = find_browser()
    if program is None:
        why = "no Chromium on PATH, nor named in BUMPCAST_BROWSER"
        if os.environ.get("BUMPCAST_REQUIRE_BROWSER") == "1":
            pytest.fail(f"BUMPCAST_REQUIRE_BROWSER=1, and there is {why}")
        pytest.skip(why)
    return program


@contextlib.contextmanager
def _or_skip():
    """Skip where no pool can be had, with the reason; fail where one is required."""
    try:
        yield
    except PoolUnavailableError as error:
        if os.environ.get("BUMPCAST_REQUIRE_CONDOR") == "1":
            pytest.fail(f"BUMPCAST_REQUIRE_CONDOR=1, and there is no HTCondor pool: {error}")
        pytest.skip(f"no HTCondor pool to be had here: {error}")
