"""The verb `report`: a results folder as pages for a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Final

import click

from bumpcast.cli.results_folder import keep_options, newest_results, open_folder
from bumpcast.report.site import write_site
from bumpcast.report.site.serving import ReportServer

FOLDER: Final = "report"


@click.command()
@click.argument(
    "results", metavar="[RESULTS]", required=False, type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Where the pages go; absent: the folder '{FOLDER}' in RESULTS.",
)
@click.option("--search", metavar="NAME", help="Which search to show; absent: the youngest.")
@click.option(
    "--serve", is_flag=True, help="Offer the pages to this machine's browsers until Ctrl-C."
)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    help="With --serve: the port; absent: any that is free.",
)
@click.option("--open", "opened", is_flag=True, help="Open the report in the browser.")
@keep_options
def report(
    results: Path | None,
    output: Path | None,
    search: str | None,
    serve: bool,
    port: int | None,
    opened: bool,
    **keep: int | None,
) -> None:
    """Write the results folder RESULTS as pages that any browser opens from disk.

    Without RESULTS, the newest folder in results/. The pages need no server and no network; copy
    the folder anywhere. An earlier report in the same place is replaced.
    """
    if port is not None and not serve:
        msg = "--port is of the server: add --serve"
        raise click.UsageError(msg)
    folder = results
    if folder is None:
        folder = newest_results()
        click.echo(f"Results: {folder}", err=True)
    with open_folder(folder, **keep) as read:
        page = write_site(read, output or folder / FOLDER, search)
    click.echo(f"Report: {page}")
    if serve:
        _serve(page.parent, port or 0, opened)
    elif opened:
        webbrowser.open(page.resolve().as_uri())


def _serve(folder: Path, port: int, opened: bool) -> None:
    with ReportServer(folder, port) as server:
        click.echo(f"Served until Ctrl-C: {server.address}")
        if opened:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
