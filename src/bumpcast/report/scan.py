"""The report of a mass scan: pictures in its folder, lines on the terminal."""

from __future__ import annotations

from pathlib import Path

from bumpcast.massscan import open_results
from bumpcast.report.gallery import draw_gallery
from bumpcast.report.summary import summary_lines


def report_scan(folder: Path, *, plots: bool = True) -> list[str]:
    """Draw the plots of a scan into its folder.

    Args:
        folder: The results folder.
        plots: Whether to draw; the lines come in any case.

    Returns:
        Lines to print.
    """
    with open_results(folder) as results:
        pictures = draw_gallery(results, folder / "plots") if plots else []
        return summary_lines(results, pictures)
