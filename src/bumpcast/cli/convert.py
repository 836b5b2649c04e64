"""The verb `convert`: Dark Machines CSV to ROOT."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import cast

import click

from bumpcast.datasets.darkmachines import MOST_LISTED, OnBadLine, convert_csv


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "inputs", metavar="INPUT...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--output", "-o", required=True, type=click.Path(path_type=Path), help="ROOT file to write."
)
@click.option(
    "--on-bad-line",
    type=click.Choice(["fail", "skip"]),
    default="fail",
    show_default=True,
    help="Stop at a line that is no event, or leave it out and count it.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
def convert(inputs: tuple[Path, ...], output: Path, on_bad_line: str, overwrite: bool) -> None:
    """Convert Dark Machines CSV files, also .gz, to one ROOT file of format 'darkmachines'."""
    start = time.perf_counter()

    def show(lines: int, size: int) -> None:
        rate = lines / (time.perf_counter() - start)
        click.echo(
            f"\r{lines:,} lines, {size / 1e6:,.0f} MB, {rate:,.0f} lines/s ", nl=False, err=True
        )

    progress = show if sys.stderr.isatty() else None
    result = convert_csv(
        inputs,
        output,
        on_bad_line=cast("OnBadLine", on_bad_line),
        overwrite=overwrite,
        progress=progress,
    )
    if progress is not None:
        click.echo(err=True)
    seconds = time.perf_counter() - start
    click.echo(
        f"{output}: {result.events:,} events from {result.lines:,} lines of {len(inputs)} "
        f"file{'s' if len(inputs) > 1 else ''} in {seconds:.1f} s "
        f"({result.lines / seconds:,.0f} lines/s); processes: {', '.join(result.processes)}"
    )
    for path, source in zip(inputs, result.sources, strict=True):
        if source.bad_lines:
            click.echo(f"{path}: {source.bad_lines:,} bad lines left out")
            for bad in source.bad_lines_listed:
                click.echo(f"  {bad}")
            if source.bad_lines > MOST_LISTED:
                click.echo(f"  ... and {source.bad_lines - MOST_LISTED:,} more")
