"""The verb `run`: an analysis over its data sets."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.table import Table

import bumpcast
from bumpcast.config import Analysis, load
from bumpcast.config.run import ExecutorName
from bumpcast.errors import BumpcastError
from bumpcast.execution.driver import run as run_analysis
from bumpcast.execution.folder import holds_run
from bumpcast.execution.progress import Bar, Lines, Progress, Silent
from bumpcast.execution.summary import RunSummary

_QUICKSTART = Path("configs") / "quickstart.toml"
_MOST_FAILURES = 20


class NoConfigurationError(BumpcastError):
    """No configuration was named and there is none to fall back to."""


@click.command()
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option(
    "--executor",
    type=click.Choice(get_args(ExecutorName)),
    help="Where the work is done; absent: run.executor of the configuration.",
)
@click.option("--workers", type=click.IntRange(min=1), help="How many processes.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The results folder; absent: results/NAME, with a number where that exists.",
)
@click.option(
    "--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a configuration value."
)
@click.option("--max-events", type=click.IntRange(min=1), help="Most events of each data set.")
@click.option("--resume", is_flag=True, help="Go on with an unfinished run in the output folder.")
@click.option("--overwrite", is_flag=True, help="Replace the run in the output folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@click.pass_context
def run(
    ctx: click.Context,
    config: Path | None,
    executor: ExecutorName | None,
    workers: int | None,
    output: Path | None,
    overrides: tuple[str, ...],
    max_events: int | None,
    resume: bool,
    overwrite: bool,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Run the analysis that the TOML file CONFIG describes.

    Without CONFIG it is the project's own quickstart. Exits with 3 when work items failed: they
    are listed, the rest is kept, and --resume processes only what is missing.
    """
    if max_events is not None:
        overrides = (*overrides, f"run.max_events={max_events}")
    path = config or quickstart()
    analysis = load(path, overrides)
    console = Console(stderr=True, soft_wrap=True)
    try:
        summary = run_analysis(
            analysis,
            output,
            executor=executor,
            workers=workers,
            resume=resume,
            overwrite=overwrite,
            progress=_progress(console, show=not no_progress),
            command=sys.argv,
        )
    except BumpcastError:
        if output is not None and holds_run(output) and not resume and not overwrite:
            console.print(f"To go on from what is saved: {_resume_line(ctx, output)}", markup=False)
        raise
    if as_json:
        click.echo(json.dumps(as_document(summary), indent=1))
    else:
        _print(Console(soft_wrap=True), analysis, summary)
    if not summary.complete or summary.stopped_by is not None:
        line = _resume_line(ctx, summary.folder)
        console.print(f"To go on with what is missing: {line}", markup=False, highlight=False)
    ctx.exit(summary.exit_code)


def quickstart() -> Path:
    """Return the configuration of the project's own quickstart.

    Raises:
        NoConfigurationError: It is neither in the current folder nor beside the installed source.
    """
    checkout = Path(bumpcast.__file__).parents[2]
    for folder in (Path.cwd(), checkout):
        if (folder / _QUICKSTART).is_file():
            return folder / _QUICKSTART
    msg = f"name a configuration: there is no {_QUICKSTART} in {Path.cwd()} or {checkout}"
    raise NoConfigurationError(msg)


def as_document(summary: RunSummary) -> dict[str, Any]:
    """Return a summary as a JSON document, without the output itself."""
    return {
        "name": summary.name,
        "status": summary.status,
        "folder": str(summary.folder),
        "entries_expected": summary.entries_expected,
        "entries_seen": summary.entries_seen,
        "entries_resumed": summary.entries_resumed,
        "seconds": round(summary.seconds, 3),
        "bytes_read": summary.bytes_read,
        "executor": summary.executor,
        "workers": summary.workers,
        "datasets": {
            name: {
                "entries_in_files": dataset.entries_in_files,
                "entries_expected": dataset.entries_expected,
                "entries_seen": dataset.entries_seen,
                "sum_of_weights": dataset.sum_of_weights,
            }
            for name, dataset in summary.datasets.items()
        },
        "failures": [failure.document() for failure in summary.failures],
        "lines": list(summary.lines),
    }


def _progress(console: Console, *, show: bool) -> Progress:
    if not show:
        return Silent()
    if console.is_terminal:
        return Bar(console)
    return Lines(lambda line: click.echo(line, err=True))


def _print(console: Console, analysis: Analysis, summary: RunSummary) -> None:
    fresh = summary.entries_seen - summary.entries_resumed
    rate = fresh / summary.seconds if summary.seconds else 0.0
    console.print(
        f"{summary.name}: {summary.entries_seen:,} of {summary.entries_expected:,} events read, "
        f"{summary.seconds:.1f} s, {rate:,.0f} events/s, {summary.bytes_read / 1e6:.1f} MB "
        f"({summary.executor}, {summary.workers} worker{'s' if summary.workers != 1 else ''})",
        highlight=False,
        markup=False,
    )
    if len(analysis.datasets) > 1 and not summary.lines:
        _print_datasets(console, analysis, summary)
    for line in summary.lines:
        console.print(line, highlight=False, markup=False)
    if summary.failures:
        _print_failures(console, summary)
    if summary.stopped_by is not None:
        console.print(f"Stopped by {summary.stopped_by.name}.", highlight=False)
    console.print(f"Results: {summary.folder}", highlight=False, markup=False)


def _print_datasets(console: Console, analysis: Analysis, summary: RunSummary) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("data set")
    table.add_column("kind")
    table.add_column("events", justify="right")
    table.add_column("of", justify="right")
    for name, dataset in summary.datasets.items():
        kind = analysis.datasets[name].kind
        seen, expected = f"{dataset.entries_seen:,}", f"{dataset.entries_expected:,}"
        table.add_row(name, kind, seen, expected)
    console.print(table)


def _print_failures(console: Console, summary: RunSummary) -> None:
    missing = summary.entries_expected - summary.entries_seen
    console.print(f"\nFailed: {len(summary.failures)}, {missing:,} events are missing:")
    for failure in summary.failures[:_MOST_FAILURES]:
        console.print(f"  {failure.dataset}: {failure.place}", highlight=False, markup=False)
        if failure.error is not None:
            text = f"{failure.error.type}: {failure.error.message}"
            for line in text.splitlines()[:8]:
                console.print(f"    {line}", highlight=False, markup=False)
    if len(summary.failures) > _MOST_FAILURES:
        more = len(summary.failures) - _MOST_FAILURES
        console.print(f"  and {more} more, all in {summary.folder / 'manifest.json'}", markup=False)


def _resume_line(ctx: click.Context, folder: Path) -> str:
    """Return the command that goes on with a run."""
    words = ["python", sys.argv[0]] if sys.argv[0].endswith(".py") else ["bumpcast"]
    if not sys.argv[0].endswith(".py") or Path(sys.argv[0]).name != "run.py":
        words.append("run")
    parameters = ctx.params
    if parameters["config"] is not None:
        words.append(str(parameters["config"]))
    for option in ("executor", "workers", "max_events"):
        if parameters[option] is not None:
            words += [f"--{option.replace('_', '-')}", str(parameters[option])]
    for override in parameters["overrides"]:
        words += ["--set", override]
    return shlex.join([*words, "--output", str(folder), "--resume"])
