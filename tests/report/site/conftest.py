"""A small results folder with a search, its report, and a browser to look at it."""

from __future__ import annotations

import pytest

from bumpcast.massscan import open_results
from bumpcast.report.site import write_site
from docs.tools.visitor import Visitor
from tests.report.site.small_report import search, write_results, write_whole_set


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """A results folder with a search."""
    made = write_results(tmp_path_factory.mktemp("site") / "results")
    search(made)
    write_whole_set(made)
    return made


@pytest.fixture
def results(folder):
    with open_results(folder) as opened:
        yield opened


@pytest.fixture(scope="package")
def page(folder, tmp_path_factory):
    """The page of its report, in a folder of its own."""
    with open_results(folder) as opened:
        return write_site(opened, tmp_path_factory.mktemp("report") / "report")


@pytest.fixture(scope="module")
def visitor(browser_program):
    with Visitor(browser_program, width=1500, height=900) as visitor:
        yield visitor
