"""The words `bumps replicas`: a scan's events drawn again, many times over."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bumpcast.cli.executor_options import executor_options, where_of
from bumpcast.cli.importing import importing
from bumpcast.cli.results_folder import keep_options, open_folder
from bumpcast.execution.amounts import duration

_SOURCES = ("simulation", "observed")
_MOST_FAILURES = 5


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="[RESULTS]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--replicas",
    "number",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="How many data sets are drawn.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same seed gives the same replicas, however many workers there are.",
)
@click.option(
    "--from",
    "source",
    type=click.Choice(_SOURCES),
    default="simulation",
    show_default=True,
    help="Draw simulated background events, or the events that were observed.",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    help="How many replicas a pass over the events fills; absent: as many as memory allows.",
)
@click.option("--resume", is_flag=True, help="Go on with what is there.")
@click.option("--overwrite", is_flag=True, help="Replace the replicas that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@executor_options
@keep_options
@click.pass_context
def replicas(
    ctx: click.Context,
    /,
    folder: Path | None,
    number: int,
    seed: int,
    source: Any,
    at_once: int | None,
    resume: bool,
    overwrite: bool,
    as_json: bool,
    no_progress: bool,
    **more: Any,
) -> None:
    """Draw the events of the results folder RESULTS again, and fill its histograms with each.

    Every event stands in each replica a Poisson-distributed number of times, in all histograms
    that it belongs to. 'bumpcast bumps whole' tells from the replicas what background alone makes
    of the whole set of histograms. RESULTS is the folder of a run; absent: the newest one in
    results/. Exits with 3 when events are missing: --resume reads only the rest.
    """
    where = where_of(more)
    with open_folder(folder, **more) as results:
        with importing():
            from bumpcast.bumps.replicas import draw
            from bumpcast.cli.carry_out import progress_on

        drawn = draw(
            results,
            number,
            seed,
            source,
            executor=where.executor,
            workers=where.workers,
            cluster=where.cluster,
            at_once=at_once,
            resume=resume,
            overwrite=overwrite,
            progress=progress_on(Console(stderr=True, soft_wrap=True), show=not no_progress),
            command=sys.argv,
        )
    if as_json:
        click.echo(json.dumps(_document(drawn), indent=1))
    else:
        _print(drawn)
    if drawn.replicas is None:
        for failure in drawn.passes[-1].failures[:_MOST_FAILURES]:
            click.echo(f"{failure.dataset}: {failure.place}", err=True)
            if failure.error is not None:
                click.echo(f"  {failure.error.type}: {failure.error.message}", err=True)
        click.echo("To go on with what is missing: the same command with --resume", err=True)
    ctx.exit(drawn.exit_code)


def _document(drawn: Any) -> dict[str, Any]:
    found = drawn.replicas
    return {
        "file": None if found is None else str(found.path),
        "complete": found is not None,
        "datasets": list(drawn.datasets),
        "passes": len(drawn.passes),
        "seconds": round(sum(one.seconds for one in drawn.passes), 3),
        "histograms": None if found is None else len(found.bins.names),
        "bins": None if found is None else int(found.bins.offsets[-1]),
        "settings": None if found is None else found.settings,
    }


def _print(drawn: Any) -> None:
    found = drawn.replicas
    seconds = duration(sum(one.seconds for one in drawn.passes))
    if found is None:
        seen = drawn.passes[-1].entries_seen
        click.echo(f"{seen:,} of {drawn.passes[-1].entries_expected:,} events read, {seconds}")
        return
    passes = f"{len(drawn.passes)} pass{'es' if len(drawn.passes) > 1 else ''}"
    size = found.path.stat().st_size / 1e6
    click.echo(
        f"{len(found):,} replicas of {found.settings['events']:,} events of "
        f"{', '.join(drawn.datasets)} in {len(found.bins.names):,} histograms of "
        f"{found.bins.offsets[-1]:,} bins, {seconds} ({passes})"
    )
    click.echo(f"Replicas: {found.path} ({size:.1f} MB)")
