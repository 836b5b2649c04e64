"""`bumps find`: search a results folder; the word may be left out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from bumpcast.cli.bumps.search_options import search_of, search_options
from bumpcast.cli.executor_options import executor_options, where_of
from bumpcast.cli.importing import importing
from bumpcast.cli.results_folder import keep_options, open_folder
from bumpcast.execution.amounts import duration

MOST_LINES: Final = 20
_MOST_FAILURES: Final = 5


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="[RESULTS]", required=False, type=click.Path(path_type=Path))
@search_options
@click.option("--name", help="Of the search; absent: from method and background.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"Most lines of the ranking; 0: all. Absent: {MOST_LINES}, and all with --json.",
)
@click.option("--overwrite", is_flag=True, help="Throw away what another search has begun.")
@click.option("--json", "as_json", is_flag=True, help="Print the ranking as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@executor_options
@keep_options
@click.pass_context
def find(
    ctx: click.Context,
    /,
    folder: Path | None,
    name: str | None,
    limit: int | None,
    overwrite: bool,
    as_json: bool,
    no_progress: bool,
    **more: Any,
) -> None:
    """Look for an excess in every histogram of RESULTS that is kept for the search.

    RESULTS is the folder of a run; absent: the newest one in results/. Printed is a ranking: the
    largest significance of each histogram with its mass, and the probability that background alone
    has one as large anywhere in that histogram. It is stored in RESULTS/bumps. Options that are
    absent are as the table [bumps] of the run's configuration says.

    A search that was stopped goes on where it was when it is called again. Exits with 3 when
    histograms could not be searched for a reason that is not theirs.
    """
    where = where_of(more)
    asked = search_of(more)
    with open_folder(folder, **more) as results:
        with importing():
            from bumpcast.bumps.choices import SearchChoices
            from bumpcast.bumps.piecewise import Workplace
            from bumpcast.bumps.searching import search_results
            from bumpcast.cli.carry_out import progress_on

        outcome = search_results(
            results,
            SearchChoices.of(results.analysis.bumps).changed(**asked),
            Workplace(
                where.executor,
                where.workers,
                where.cluster,
                progress_on(Console(stderr=True, soft_wrap=True), show=not no_progress),
            ),
            name=name,
            overwrite=overwrite,
        )
        if as_json:
            click.echo(json.dumps(_document(outcome, limit), indent=1))
        else:
            _print(outcome, MOST_LINES if limit is None else limit)
    if outcome.interrupted:
        ctx.exit(130)
    ctx.exit(3 if outcome.missing else 0)


def _ranked(outcome: Any, limit: int) -> list[dict[str, Any]]:
    """Return the ranking as plain rows."""
    findings = outcome.findings
    if findings is None:
        return []
    order = findings.ranking
    rows = findings.table.iloc[order[: limit or len(order)]].to_dict("records")
    return [
        {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in row.items()
        }
        for row in rows
    ]


def _document(outcome: Any, limit: int | None) -> dict[str, Any]:
    findings = outcome.findings
    skipped = {}
    if findings is not None:
        reasons = findings.table["reason"]
        skipped = reasons[reasons != ""].value_counts().to_dict()
    return {
        "search": outcome.name,
        "file": None if outcome.file is None else str(outcome.file),
        "settings": None if findings is None else dict(findings.settings),
        "histograms": outcome.histograms,
        "missing": outcome.missing,
        "seconds": round(outcome.seconds, 3),
        "ranking": _ranked(outcome, limit or 0),
        "skipped": skipped,
        "failures": {
            where: {"type": error.type, "message": error.message}
            for where, error in outcome.failures.items()
        },
    }


def _print(outcome: Any, limit: int) -> None:
    done = outcome.histograms - outcome.missing
    click.echo(
        f"{done:,} of {outcome.histograms:,} histograms searched, {duration(outcome.seconds)}"
    )
    for where, error in list(outcome.failures.items())[:_MOST_FAILURES]:
        click.echo(f"from {where} on: {error.type}: {error.message}", err=True)
    if outcome.findings is None:
        if outcome.missing:
            click.echo("To go on with what is missing: the same command", err=True)
        return
    from bumpcast.report.ranking import ranking_lines

    for line in ranking_lines(outcome.findings, limit):
        click.echo(line)
    click.echo(f"Search: {outcome.file}")
