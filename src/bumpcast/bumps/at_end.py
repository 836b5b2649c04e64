"""The search that a run ends with, where its configuration asks for one."""

from __future__ import annotations

from pathlib import Path

from bumpcast.bumps.choices import SearchChoices
from bumpcast.bumps.findings import Findings
from bumpcast.bumps.piecewise import Workplace
from bumpcast.bumps.searching import search_results
from bumpcast.config.run import ExecutorName
from bumpcast.errors import BumpcastError
from bumpcast.massscan.results.results import Results


def search_at_end(
    results: Results, *, executor: ExecutorName, workers: int
) -> tuple[Findings | None, list[str]]:
    """Search the results of a run that has just ended; nothing that goes wrong here is its fault.

    Args:
        results: What the run has stored.
        executor: Where the histograms are searched.
        workers: How many processes.

    Returns:
        What was found, None if the search did not come to its end, and lines that say so.
    """
    folder: Path = results.path.parent
    again = f"the search can be had with: bumpcast bumps {folder}"
    try:
        outcome = search_results(
            results,
            SearchChoices.of(results.analysis.bumps),
            Workplace(executor, workers),
            overwrite=True,
        )
    except BumpcastError as error:
        return None, [f"The search failed: {error}", again]
    if outcome.findings is None:
        failed = [f"{error.type}: {error.message}" for error in outcome.failures.values()]
        return None, [f"The search did not come to its end; {again}", *failed[:3]]
    return outcome.findings, []
