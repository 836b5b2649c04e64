"""Take the pictures of docs/report.md: the quickstart's report in a real browser.

In the checkout, on a machine with Chromium (`apt-get install chromium`):

    python -m docs.tools.report_picture

runs the quickstart with its search in a temporary folder, draws and judges replicas, writes the
report, opens it from disk, points at a bin of the most significant histogram, and writes
docs/images/report.png; then docs/images/report-whole-set.png of the page on the whole set.
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
IMAGES = ROOT / "docs" / "images"
DRAWN = "document.querySelectorAll('.histogram .points circle').length"
"""JavaScript: how many points the picture of the histogram has."""


def take(images: Path, results: Path | None = None) -> None:
    """Take the pictures.

    Args:
        images: The folder that they go to.
        results: A results folder with a search and its whole set; absent: they are made of the
            quickstart.

    Raises:
        BrowserError: There is no browser, or the report does not show what it should.
    """
    program = find_browser()
    if program is None:
        msg = "no Chromium on PATH; name yours in BUMPCAST_BROWSER"
        raise BrowserError(msg)
    with tempfile.TemporaryDirectory() as name:
        if results is None:
            results = Path(name) / "results"
            _make(results)
        with open_results(results) as opened:
            page = write_site(opened, Path(name) / "report")
        with Visitor(program, width=1500, height=960) as visitor:
            _photograph(visitor, page, images)


def _make(results: Path) -> None:
    command = [sys.executable, "-m", "bumpcast.cli.main"]
    subprocess.run([*command, "run", "--output", str(results)], check=True, cwd=ROOT)
    for word in ("replicas", "whole"):
        subprocess.run([*command, "bumps", word, str(results)], check=True)


def _photograph(visitor: Visitor, page: Path, images: Path) -> None:
    visitor.open(page.as_uri())
    visitor.wait_for(f"{DRAWN} > 5", 20)
    left, top, width = visitor.evaluate(
        "(() => { const box = document.querySelector('.spectrum').getBoundingClientRect();"
        "return [box.x, box.y, box.width]; })()"
    )
    visitor.point(left + 0.44 * width, top + 60)
    time.sleep(0.3)
    visitor.picture(images / "report.png")
    visitor.resize(1500, 860)
    visitor.click("#tabs a:nth-child(2)")
    visitor.wait_for("document.querySelectorAll('.wholeset .area').length === 2", 20)
    time.sleep(0.3)
    visitor.picture(images / "report-whole-set.png")


def main() -> None:
    """Take the pictures as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=IMAGES, help="Folder of the pictures.")
    parser.add_argument("--results", type=Path, help="Of a judged search; absent: it is made.")
    arguments = parser.parse_args()
    take(arguments.output, arguments.results)


if __name__ == "__main__":
    main()
