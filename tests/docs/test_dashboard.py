"""Dask's dashboard in a real browser while a run goes on."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from bumpcast.config import Analysis
from bumpcast.execution import run
from bumpcast.execution.progress import Lines
from docs.tools.browser import Browser, BrowserError
from docs.tools.dashboard_picture import TASKS_DRAWN

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser(browser_program):
    with Browser(browser_program) as browser:
        yield browser


def slow_run(executor: str) -> Analysis:
    return Analysis.model_validate(
        {
            "name": "toy",
            "processor": str(ROOT / "tests/execution/processors/troubled.py:Troubled"),
            "options": {"sleep_s": 0.15},
            "formats": {"atlas": {"kind": "delphes", "b_tag_bit": 0, "weight": "Event.Weight"}},
            "datasets": {
                "ttbar": {
                    "files": [str(ROOT / "data/quickstart/ttbar.root")],
                    "format": "atlas",
                    "kind": "background",
                }
            },
            "normalisation": {"mode": "raw"},
            "run": {"executor": executor, "workers": 2, "chunk_events": 60},
        }
    )


def test_the_dashboard_shows_the_tasks_of_a_run_and_so_does_the_report(
    browser: Browser, tmp_path: Path
) -> None:
    links: Queue[str] = Queue()

    def listen(line: str) -> None:
        if found := re.search(r"Dask dashboard: (http://127\.0\.0\.1:\d+/status) ", line):
            links.put(found[1])

    summaries: list[Any] = []
    analysis = slow_run("dask-local")
    thread = threading.Thread(
        target=lambda: summaries.append(run(analysis, tmp_path / "run", progress=Lines(listen)))
    )
    thread.start()
    try:
        browser.open(links.get(timeout=30))
        browser.wait_for(f"{TASKS_DRAWN} >= 4", 30)
        assert browser.evaluate("document.title") == "Dask: Status"
        assert browser.evaluate("location.hostname") == "127.0.0.1"
        browser.picture(tmp_path / "dashboard.png")
    finally:
        thread.join()
    assert summaries[0].complete
    assert (tmp_path / "dashboard.png").read_bytes().startswith(b"\x89PNG")

    browser.open((tmp_path / "run" / "dask-report.html").as_uri())
    browser.wait_for("document.title == 'Dask Performance Report'", 20)
    browser.wait_for(f"{TASKS_DRAWN} >= 10", 20)


def test_what_does_not_happen_in_a_page_is_told(browser: Browser) -> None:
    browser.open("about:blank")
    started = time.monotonic()
    with pytest.raises(BrowserError, match=r"not within 0\.5 s: 1 > 2 \(False\)"):
        browser.wait_for("1 > 2", 0.5)
    assert time.monotonic() - started < 5
    with pytest.raises(BrowserError, match="nothing is not defined"):
        browser.evaluate("nothing")


def test_a_program_that_is_no_browser_is_told() -> None:
    with pytest.raises(BrowserError, match="ended with 0"), Browser("true"):
        pass
