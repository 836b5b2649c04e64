"""The verb `show`: one histogram as a picture or as numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from bumpcast.cli.results_folder import keep_options, open_folder, results_option
from bumpcast.massscan.results.export import root_name
from bumpcast.massscan.results.results import Results
from bumpcast.massscan.results.spectrum import Spectrum

PICTURES: Final = (".png", ".pdf", ".svg")


@click.command()
@click.argument("name")
@results_option
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture, .png, .pdf or .svg; absent: a .png in the current folder, after its name.",
)
@click.option(
    "--merge",
    metavar="N",
    type=click.IntRange(min=1),
    help="Draw N neighbouring bins as one; absent: as many as leave at most 60.",
)
@click.option("--dataset", help="Only this data set; absent: all of them.")
@click.option("--json", "as_json", is_flag=True, help="Print edges and values, draw nothing.")
@keep_options
def show(
    name: str,
    folder: Path | None,
    output: Path | None,
    merge: int | None,
    dataset: str | None,
    as_json: bool,
    **keep: int | None,
) -> None:
    """Draw the histogram NAME, such as '2e os | m(e0,e1)'.

    'bumpcast list' lists the names.
    """
    if as_json and (output is not None or merge is not None):
        msg = "--json draws nothing: leave --output and --merge out"
        raise click.UsageError(msg)
    if output is not None and output.suffix not in PICTURES:
        msg = f"--output {output}: a picture ends in {', '.join(PICTURES)}"
        raise click.UsageError(msg)
    with open_folder(folder, **keep) as results:
        spectrum = results.spectrum(name, dataset)
        if as_json:
            click.echo(json.dumps(as_document(spectrum, dataset)))
            return
        # Drawing takes a second to import.
        from bumpcast.report.spectrum import save_spectrum

        path = output or Path(root_name(spectrum.name).replace("/", "__") + ".png")
        save_spectrum(results, str(spectrum.name), path, merge=merge, dataset=dataset)
        for line in _summary(results, spectrum):
            click.echo(line)
        click.echo(f"Picture: {path}")


def as_document(spectrum: Spectrum, dataset: str | None) -> dict[str, Any]:
    """Return a histogram as a JSON document.

    Args:
        spectrum: The histogram.
        dataset: The data set that it is of; None: what the search looks at.
    """
    columns = {
        "entries": spectrum.counts,
        "values": spectrum.values,
        "variances": spectrum.variances,
    }
    return {
        "name": str(spectrum.name),
        "dataset": dataset,
        "edges_GeV": spectrum.edges.tolist(),
        **{key: column[1:-1].tolist() for key, column in columns.items()},
        "underflow": {key: column[0].item() for key, column in columns.items()},
        "overflow": {key: column[-1].item() for key, column in columns.items()},
    }


def _summary(results: Results, spectrum: Spectrum) -> list[str]:
    """Return what is worth knowing of a histogram, in two lines."""
    filled = spectrum.counts[1:-1].nonzero()[0]
    span = "nothing between under- and overflow"
    if len(filled):
        low, high = spectrum.edges[filled[0]], spectrum.edges[filled[-1] + 1]
        span = f"from {low:,.0f} to {high:,.0f} GeV"
    table = results.table
    line = table.loc[table["name"] == str(spectrum.name)].iloc[0]
    kept = f"kept for the search: {line['bins']} bins from {line['low_GeV']:,.0f} GeV"
    return [
        f"{spectrum.name}: {spectrum.counts.sum():,} entries, {spectrum.values.sum():,.1f} events, "
        f"{len(spectrum.edges) - 1} bins, {span}",
        kept if line["kept"] else f"not kept for the search: {line['reason']}",
    ]
