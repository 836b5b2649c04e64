"""Take the picture of docs/report.md: the quickstart's report in a real browser.

In the checkout, on a machine with Chromium (`apt-get install chromium`):

    python -m docs.tools.report_picture

runs the quickstart with its search in a temporary folder, writes the report, opens it from disk,
points at a bin of the most significant histogram, and writes docs/images/report.png.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bumpcast.massscan import open_results
from bumpcast.report.site import write_site
from docs.tools.browser import BrowserError, find_browser
from docs.tools.visitor import Visitor

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "images" / "report.png"
DRAWN = "document.querySelectorAll('.histogram .points circle').length"
"""JavaScript: how many points the picture of the histogram has."""


def take(path: Path, results: Path | None = None) -> None:
    """Take the picture.

    Args:
        path: The picture.
        results: A results folder with a search; absent: the quickstart is run.

    Raises:
        BrowserError: There is no browser, or the report does not show a histogram.
    """
    program = find_browser()
    if program is None:
        msg = "no Chromium on PATH; name yours in BUMPCAST_BROWSER"
        raise BrowserError(msg)
    with tempfile.TemporaryDirectory() as name:
        if results is None:
            results = Path(name) / "results"
            command = [sys.executable, str(ROOT / "run.py"), "--output", str(results)]
            subprocess.run(command, check=True)
        with open_results(results) as opened:
            page = write_site(opened, Path(name) / "report")
        with Visitor(program, width=1500, height=960) as visitor:
            _photograph(visitor, page, path)


def _photograph(visitor: Visitor, page: Path, path: Path) -> None:
    visitor.open(page.as_uri())
    visitor.wait_for(f"{DRAWN} > 5", 20)
    left, top, width = visitor.evaluate(
        "(() => { const box = document.querySelector('.spectrum').getBoundingClientRect();"
        "return [box.x, box.y, box.width]; })()"
    )
    visitor.point(left + 0.44 * width, top + 60)
    time.sleep(0.3)
    visitor.picture(path)


def main() -> None:
    """Take the picture as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=PICTURE)
    parser.add_argument("--results", type=Path, help="Of a run with a search; absent: it is run.")
    arguments = parser.parse_args()
    take(arguments.output, arguments.results)


if __name__ == "__main__":
    main()
