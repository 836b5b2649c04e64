"""The report of a mass scan: pictures in its folder, lines on the terminal."""

from __future__ import annotations

import importlib
from pathlib import Path


def prepare_report(*, plots: bool = True) -> None:
    """Import what `report_scan` imports, at a time when nobody waits for it.

    Args:
        plots: Whether it will draw.
    """
    for name in ("summary", "gallery") if plots else ("summary",):
        importlib.import_module(f"bumpcast.report.{name}")


def report_scan(folder: Path, *, plots: bool = True, search: bool = False) -> list[str]:
    """Draw the plots of a scan into its folder, and search it.

    Args:
        folder: The results folder.
        plots: Whether to draw; the lines come in any case.
        search: Whether to search the histograms, as the configuration's table [bumps] says.

    Returns:
        Lines to print.
    """
    # Each worker imports this module with the processor that reports, and never reports: pandas and
    # matplotlib, a second together, are only for the process that does.
    from bumpcast.massscan.results.results import open_results
    from bumpcast.report.summary import summary_lines

    with open_results(folder) as results:
        pictures = []
        if plots:
            from bumpcast.report.gallery import draw_gallery

            pictures = draw_gallery(results, folder / "plots")
        found: list[str] = []
        if search:
            from bumpcast.report.excesses import report_excesses

            found = report_excesses(results, folder / "plots" if plots else None)
        return [*summary_lines(results, pictures), *found]
