"""The verb `export`: histograms for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from bumpcast.cli.results_folder import keep_options, open_folder, results_option
from bumpcast.massscan.results.export import EXPORT_FORMATS, ExportFormat, export_histograms

_ENDINGS: Final[dict[str, ExportFormat]] = {".root": "root", ".json": "uhi"}


@click.command()
@click.argument("names", nargs=-1)
@results_option
@click.option("--kept", is_flag=True, help="All histograms that are kept for the search.")
@click.option("--all", "every", is_flag=True, help="All histograms.")
@click.option(
    "--format",
    "form",
    type=click.Choice(EXPORT_FORMATS),
    help="'root': TH1D with sums of squared weights; 'uhi': JSON that hist and boost-histogram "
    "read. Absent: by the file's ending, .root or .json.",
)
@click.option(
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; replaced if it exists.",
)
@click.option("--dataset", help="Of this data set; absent: what the search looks at.")
@keep_options
def export(
    names: tuple[str, ...],
    folder: Path | None,
    kept: bool,
    every: bool,
    form: ExportFormat | None,
    output: Path,
    dataset: str | None,
    **keep: int | None,
) -> None:
    """Write the histograms NAMES, or all, or all that are kept, into one file.

    In a ROOT file, '2e os | MET>200 | m(e0,e1)' is 2e_os/MET_gt_200__m_e0_e1.
    """
    if bool(names) + kept + every != 1:
        msg = "name histograms, or choose all with --all, or those for the search with --kept"
        raise click.UsageError(msg)
    form = form or _ENDINGS.get(output.suffix)
    if form is None:
        msg = f"--output {output}: say with --format which of {', '.join(EXPORT_FORMATS)} it is"
        raise click.UsageError(msg)
    with open_folder(folder, **keep) as results:
        chosen = list(names)
        if not names:
            table = results.table
            chosen = table.loc[table["kept"] | every, "name"].tolist()
        written = export_histograms(results, chosen, output, form, dataset)
    click.echo(f"{written:,} histogram{'s' if written != 1 else ''} in {output}")
