"""The options that every verb on results shares: which folder, and what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from bumpcast.errors import BumpcastError
from bumpcast.massscan.results.keep import KeepRule
from bumpcast.massscan.results.results import Results, open_results
from bumpcast.massscan.results.storage import FILE_NAME

RESULTS: Final = Path("results")
"""Where `bumpcast run` puts its results folders."""


class NoResultsError(BumpcastError):
    """No results folder was named and there is none to fall back to."""


results_option = click.option(
    "--results",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The results folder; absent: the newest one in results/.",
)

_KEEP_OPTIONS: Final = (
    ("min_events", "Least entries from the maximum onward of a histogram that is kept."),
    ("min_bins", "A histogram that is kept has more bins than this from its maximum onward."),
    ("min_events_per_bin", "The range that counts ends at the first bin with fewer entries."),
)


def keep_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that change which histograms are kept; absent: the rule of the run."""
    for name, text in reversed(_KEEP_OPTIONS):
        flag = f"--{name.replace('_', '-')}"
        command = click.option(flag, name, type=click.IntRange(min=0), help=text)(command)
    return command


def open_folder(folder: Path | None, **keep: int | None) -> Results:
    """Open the results that the options name, and say on standard error which and how whole.

    Args:
        folder: What --results says.
        **keep: What the options of ``keep_options`` say.

    Raises:
        NoResultsError: There are no results to fall back to.
        ScanFileError: There are no results, or they are damaged.
    """
    if folder is None:
        folder = newest_results()
        click.echo(f"Results: {folder}", err=True)
    results = open_results(folder)
    asked = {name: value for name, value in keep.items() if value is not None}
    if asked:
        rule: KeepRule = replace(results.keep, **asked)
        results.close()
        results = open_results(folder, keep=rule)
    if not results.complete:
        for line in results.missing:
            click.echo(f"Warning: {line}", err=True)
    return results


def newest_results() -> Path:
    """Return the folder in results/ whose histograms are the youngest.

    Raises:
        NoResultsError: There is none.
    """
    found = list(RESULTS.glob(f"*/{FILE_NAME}"))
    if not found:
        msg = f"no results in {RESULTS.absolute()}: name a results folder with --results"
        raise NoResultsError(msg)
    return max(found, key=lambda path: path.stat().st_mtime_ns).parent
