"""The verb `config`: show, check and describe configurations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bumpcast.config.dump import analysis_values, dumps
from bumpcast.config.keys import KeyPath
from bumpcast.config.layers import Layer, paths_in
from bumpcast.config.loader import load, load_with_origins
from bumpcast.config.schema import json_schema

_config_argument = click.argument("config_file", metavar="CONFIG", type=click.Path(path_type=Path))
_set_option = click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Override a key, such as run.workers=4; can be given several times.",
)
_site_option = click.option(
    "--site", metavar="NAME", help="Site profile that the files win over, or a .toml."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def config() -> None:
    """Show, check and describe configurations."""


@config.command()
@_config_argument
@_set_option
@_site_option
@click.option("--json", "as_json", is_flag=True, help="Write JSON (infinity as text).")
@click.option("--origins", is_flag=True, help="Say behind each key which file wrote it.")
def show(
    config_file: Path,
    overrides: tuple[str, ...],
    site: str | None,
    as_json: bool,
    origins: bool,
) -> None:
    """Show CONFIG with all it inherits, its templates rendered and its defaults filled in."""
    if as_json and origins:
        msg = "--origins writes comments, and JSON has none: leave --json out"
        raise click.UsageError(msg)
    loaded = load_with_origins(config_file, overrides, site)
    if as_json:
        # By way of pydantic, which writes infinity as text where json.dumps would break JSON.
        plain = json.loads(loaded.analysis.model_dump_json(exclude_none=True))
        click.echo(json.dumps(plain, indent=2))
        return
    values = analysis_values(loaded.analysis)
    click.echo(dumps(values, _origin_comments(values, loaded.layer) if origins else None), nl=False)


def _origin_comments(values: Mapping[str, Any], layer: Layer) -> dict[KeyPath, str]:
    """Return for every value where it was written; what nobody wrote is a default."""
    comments: dict[KeyPath, str] = {}
    for path in paths_in(values):
        origin = layer.origins.get(path)
        comments[path] = "default" if origin is None else str(origin)
    return comments


@config.command()
@_config_argument
@_set_option
@_site_option
def check(config_file: Path, overrides: tuple[str, ...], site: str | None) -> None:
    """Check CONFIG; list everything that is wrong with it."""
    analysis = load(config_file, overrides, site)
    click.echo(
        f"{config_file}: no problems found; analysis '{analysis.name}', "
        f"{len(analysis.datasets)} data sets"
    )


@config.command()
def schema() -> None:
    """Write the JSON schema of configurations, for editors that complete and check TOML."""
    click.echo(json.dumps(json_schema(), indent=2))
