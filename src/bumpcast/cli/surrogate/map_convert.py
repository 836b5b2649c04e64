"""`surrogate map convert`: from one kind of file to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.map_options import binning_of, binning_options


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate map convert high-ET high-ET.json.gz",
)
@click.argument("source", metavar="MAP")
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--name", help="What the map is called in FILE; absent: as it is in MAP.")
@click.option("--description", help="Of what search it is, and where it is from.")
@binning_options
def convert(
    source: str, target: Path, name: str | None, description: str | None, **more: Any
) -> None:
    """Write the map MAP as FILE.

    MAP is high-ET or low-ET for a published one, or a file. FILE ends in .json or .json.gz for
    correctionlib, which any program evaluates that knows it, or in .csv for a table in the
    published layout. A table names its bins, but does not hold them: options say them where they
    are not the published ones.
    """
    with importing():
        from dataclasses import replace

        from bumpcast.surrogates.maps.files import read_map, write_map

    found = read_map(source, binning_of(more))
    found = replace(
        found,
        name=found.name if name is None else name,
        description=found.description if description is None else description,
    )
    notes = write_map(target, found)
    size = target.stat().st_size
    click.echo(f"{target}: {len(found.stored()[0]):,} pairs of bins, {size / 1e3:,.0f} kB")
    for note in notes:
        click.echo(f"Note: {note}", err=True)
