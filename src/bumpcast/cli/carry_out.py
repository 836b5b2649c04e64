"""The verb `run` from the configuration on: the run itself and what it prints."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from bumpcast.config import Analysis
from bumpcast.config.run import ExecutorName
from bumpcast.errors import BumpcastError
from bumpcast.execution.amounts import duration
from bumpcast.execution.driver import run as run_analysis
from bumpcast.execution.folder import holds_run
from bumpcast.execution.panel import Panel
from bumpcast.execution.progress import Lines, Progress, Silent
from bumpcast.execution.summary import RunSummary

_MOST_FAILURES = 20
_LONG_WAIT_S = 5.0


def carry_out(
    ctx: click.Context,
    analysis: Analysis,
    output: Path | None,
    *,
    executor: ExecutorName | None,
    workers: int | None,
    resume: bool,
    overwrite: bool,
    as_json: bool,
    show_progress: bool,
) -> None:
    """Run an analysis, print what came of it, and exit.

    Args:
        ctx: The call of the verb; it ends with the run's exit code.
        analysis: The configuration.
        output: The results folder, if one was named.
        executor: Instead of the configuration's.
        workers: Instead of the configuration's.
        resume: Go on with the run in the folder.
        overwrite: Replace the run in the folder.
        as_json: Print the summary as JSON.
        show_progress: Show how far the run is.

    Raises:
        BumpcastError: The run cannot start or go on.
    """
    console = Console(stderr=True, soft_wrap=True)
    try:
        summary = run_analysis(
            analysis,
            output,
            executor=executor,
            workers=workers,
            resume=resume,
            overwrite=overwrite,
            progress=progress_on(console, show=show_progress),
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


def as_document(summary: RunSummary) -> dict[str, Any]:
    """Return a summary as a JSON document, without the output itself."""
    return {
        "name": summary.name,
        "status": summary.status,
        "folder": str(summary.folder),
        "entries_expected": summary.entries_expected,
        "entries_seen": summary.entries_seen,
        "entries_resumed": summary.entries_resumed,
        "chunks": summary.chunks,
        "chunks_done": summary.chunks_done,
        "chunks_retried": summary.chunks_retried,
        "seconds": round(summary.seconds, 3),
        "waited_s": round(summary.waited_s, 3),
        "bytes_read": summary.bytes_read,
        "executor": summary.executor,
        "workers": summary.workers,
        "workers_lost": summary.workers_lost,
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


def progress_on(console: Console, *, show: bool) -> Progress:
    """Return who tells how far a run is: a panel on a terminal, lines elsewhere, or nobody."""
    if not show:
        return Silent()
    if console.is_terminal and not console.is_dumb_terminal:
        return Panel(console)
    return Lines(lambda line: click.echo(line, err=True))


def _print(console: Console, analysis: Analysis, summary: RunSummary) -> None:
    fresh = summary.entries_seen - summary.entries_resumed
    worked = summary.seconds - summary.waited_s
    rate = fresh / worked if worked > 0 else 0.0
    console.print(
        f"{summary.name}: {summary.entries_seen:,} of {summary.entries_expected:,} events read, "
        f"{summary.seconds:.1f} s, {rate:,.0f} events/s, {summary.bytes_read / 1e6:.1f} MB "
        f"({summary.executor}, {summary.workers} worker{'s' if summary.workers != 1 else ''})",
        highlight=False,
        markup=False,
    )
    for line in _troubles(summary):
        console.print(line, highlight=False, markup=False)
    if len(analysis.datasets) > 1 and not summary.lines:
        _print_datasets(console, analysis, summary)
    for line in summary.lines:
        console.print(line, highlight=False, markup=False)
    if summary.failures:
        _print_failures(console, summary)
    if summary.stopped_by is not None:
        console.print(f"Stopped by {summary.stopped_by.name}.", highlight=False)
    console.print(f"Results: {summary.folder}", highlight=False, markup=False)


def _troubles(summary: RunSummary) -> list[str]:
    """Return what went wrong and was made up for, and how long there was nobody to work."""
    lines = []
    if summary.waited_s >= _LONG_WAIT_S:
        lines.append(f"{duration(summary.waited_s)} of that were spent waiting for workers.")
    troubles = []
    if lost := summary.workers_lost:
        troubles.append(f"{lost:,} worker{'s' if lost != 1 else ''} died")
    if retried := summary.chunks_retried:
        troubles.append(f"{retried:,} chunk{'s' if retried != 1 else ''} took more than one try")
    if troubles:
        lines.append(f"On the way {' and '.join(troubles)}.")
    return lines


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
    for option in ("executor", "workers", "site", "scheduler", "max_events"):
        if parameters.get(option) is not None:
            words += [f"--{option.replace('_', '-')}", str(parameters[option])]
    for override in parameters["overrides"]:
        words += ["--set", override]
    return shlex.join([*words, "--output", str(folder), "--resume"])
