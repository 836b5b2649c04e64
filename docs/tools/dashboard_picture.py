"""Take the picture of docs/dashboard.md: Dask's real dashboard in a real browser.

In the checkout, on a machine with Chromium (`apt-get install chromium`):

    python -m docs.tools.dashboard_picture

brings up the HTCondor pool of `condor/testpool`, starts the quickstart scan on it in small chunks,
opens the dashboard that the run prints, waits until its plots have filled, and writes
docs/images/dashboard.png. The run is stopped and the pool ended afterwards.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Empty, Queue

from condor.testpool import Pool, default_prefix, install
from docs.tools.browser import Browser, BrowserError, find_browser

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "dashboard.png"
TASKS_DRAWN = """[...Bokeh.documents[0].all_models]
    .filter(model => model.type == 'ColumnDataSource' && 'worker_thread' in model.data)
    .reduce((most, model) => Math.max(most, model.data.start.length), 0)"""
"""JavaScript: how many boxes the task stream of the page /status has."""
_LINK = re.compile(r"Dask dashboard: (http://\S+)")


def take(path: Path, tasks: int, settings: list[str]) -> None:
    """Start a scan on a pool and take the picture of its dashboard.

    Args:
        path: The picture.
        tasks: How many boxes the task stream has to have.
        settings: Changes of the configuration, 'key=value' each.

    Raises:
        BrowserError: There is no browser, or the dashboard does not fill.
    """
    program = find_browser()
    if program is None:
        msg = "no Chromium on PATH; name yours in BUMPCAST_BROWSER"
        raise BrowserError(msg)
    install(default_prefix())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pool = Pool(default_prefix(), folder / "pool", die_with_parent=True)
        pool.start()
        try:
            _photograph(program, pool, folder / "results", path, tasks, settings)
        finally:
            pool.stop()


def _photograph(
    program: str, pool: Pool, results: Path, path: Path, tasks: int, settings: list[str]
) -> None:
    command = [sys.executable, str(ROOT / "run.py"), "--executor", "dask-condor"]
    command += ["--output", str(results)]
    for setting in settings:
        command += ["--set", setting]
    environment = os.environ | {"PATH": f"{pool.commands}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    links: Queue[str] = Queue()
    reader = threading.Thread(target=_read, args=(run, links))
    reader.start()
    try:
        link = links.get(timeout=60)
        with Browser(program, width=1500, height=950) as browser:
            browser.open(link)
            browser.wait_for(f"{TASKS_DRAWN} >= {tasks}", 300)
            time.sleep(1)
            browser.picture(path)
    except Empty:
        msg = f"the run prints no address of a dashboard: {' '.join(command)}"
        raise BrowserError(msg) from None
    finally:
        run.send_signal(signal.SIGINT)
        run.wait()
        reader.join()


def _read(run: subprocess.Popen[str], links: Queue[str]) -> None:
    """Pass the run's lines on, and the dashboard's address to whoever waits for it."""
    assert run.stderr is not None
    for line in run.stderr:
        sys.stderr.write(line)
        if found := _LINK.search(line):
            links.put(found[1])


def main() -> None:
    """Take the picture as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=PICTURE)
    parser.add_argument("--tasks", type=int, default=110)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    arguments = parser.parse_args()
    settings = ["run.chunk_events=8", "cluster.memory=1.5 GiB", *arguments.settings]
    take(arguments.output, arguments.tasks, settings)


if __name__ == "__main__":
    main()
