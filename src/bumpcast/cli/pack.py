"""The verb `pack`: the Python environment that runs it, as a file that jobs bring along."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from bumpcast.batch.environment import Packed
from bumpcast.batch.environment import pack as pack_environment


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("archive", metavar="ENV.tar.gz", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--without", metavar="PACKAGE", multiple=True, help="Leave out this package; repeatable."
)
@click.option(
    "--only-needed", is_flag=True, help="Only bumpcast and what it requires, not all installed."
)
@click.option(
    "--with",
    "with_",
    metavar="PACKAGE",
    multiple=True,
    help="With --only-needed: this package and what it requires as well; repeatable.",
)
@click.option("--overwrite", is_flag=True, help="Replace the archive if it exists.")
@click.option("--json", "as_json", is_flag=True, help="Print what was packed as JSON.")
@click.pass_context
def pack(
    ctx: click.Context,
    archive: Path,
    without: tuple[str, ...],
    only_needed: bool,
    with_: tuple[str, ...],
    overwrite: bool,
    as_json: bool,
) -> None:
    """Pack the Python environment that runs this, bumpcast included, into ENV.tar.gz.

    Jobs unpack it in their scratch folder: bumpcast submit --environment ENV.tar.gz -- VERB ...
    Their machine needs a Python of the same version, and nothing else. Left out are tests, pip and
    what only the tests of bumpcast need.
    """
    if with_ and not only_needed:
        msg = "--with belongs to --only-needed: without it everything installed is packed"
        raise click.UsageError(msg, ctx)
    if archive.exists() and not overwrite:
        msg = f"{archive} exists: name another file, or replace it with --overwrite"
        raise click.UsageError(msg, ctx)
    begun = time.perf_counter()
    console = Console(stderr=True, soft_wrap=True)
    columns = (TextColumn("packing"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("packing", total=None)
        packed = pack_environment(
            archive,
            without=without,
            only=with_ if only_needed else None,
            progress=lambda done, size: bar.update(task, completed=done, total=size),
        )
    if as_json:
        click.echo(json.dumps(_document(packed), indent=1))
        return
    for note in packed.notes:
        click.echo(f"Warning: {note}", err=True)
    seconds = time.perf_counter() - begun
    click.echo(
        f"{archive}: {packed.packed_size / 1e6:,.0f} MB for Python {packed.python}, unpacked "
        f"{packed.size / 1e6:,.0f} MB in {packed.files:,} files; {seconds:.0f} s"
    )
    largest = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in packed.largest)
    click.echo(f"The largest in it: {largest}")
    if packed.left_out:
        click.echo(f"Left out: {', '.join(packed.left_out)}")


def _document(packed: Packed) -> dict[str, object]:
    return {
        "archive": str(packed.archive),
        "files": packed.files,
        "bytes": packed.size,
        "packed_bytes": packed.packed_size,
        "python": packed.python,
        "largest": dict(packed.largest),
        "left_out": list(packed.left_out),
        "notes": list(packed.notes),
    }
