"""What a run that ends with a search says of its excesses."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bumpcast.bumps.at_end import search_at_end
from bumpcast.massscan.results.results import Results
from bumpcast.report.bump import save_bump
from bumpcast.report.ranking import ranking_lines

MOST: Final = 5
_HERE: Final = ("iterative", "futures")


def report_excesses(results: Results, pictures: Path | None) -> list[str]:
    """Search the histograms of a run that has just ended.

    Args:
        results: What the run has stored.
        pictures: Folder for the picture of the largest excess; None: none is drawn.

    Returns:
        Lines to print.
    """
    run = results.analysis.run
    # A cluster's workers are gone by now, and a search that is asked for here is a short one.
    executor = run.executor if run.executor in _HERE else "futures"
    findings, lines = search_at_end(results, executor=executor, workers=run.workers)
    if findings is None:
        return ["", *lines]
    settings = findings.settings
    lines = [
        "",
        f"Largest excesses ({settings['method']}, background: {settings['background']}):",
        *ranking_lines(findings, MOST),
    ]
    ranked = findings.ranking
    if pictures is not None and len(ranked):
        path = save_bump(findings, int(ranked[0]), pictures / "largest_excess.png")
        lines.append(f"Picture of the first: {path}")
    lines.append(f"All of them: bumpcast bumps {results.path.parent}")
    return lines
