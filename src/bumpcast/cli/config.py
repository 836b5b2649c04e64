"""The verb `config`: show, check and describe configurations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bumpcast.config.analysis import Analysis
from bumpcast.config.base import Section
from bumpcast.config.cards import load_card, load_detector_of, split_overrides
from bumpcast.config.detectors import load_detector
from bumpcast.config.dump import dumps
from bumpcast.config.errors import ConfigurationError
from bumpcast.config.keys import KeyPath
from bumpcast.config.kinds import KINDS, Kind, kind_of
from bumpcast.config.layers import Layer, paths_in, read_layers
from bumpcast.config.loader import load_with_origins
from bumpcast.config.overrides import apply_overrides
from bumpcast.config.schema import json_schema
from bumpcast.config.simulate import SimulationCard
from bumpcast.config.surrogate import SurrogateConfig
from bumpcast.config.surrogates import load_surrogate_config

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
    """Show CONFIG with all it inherits, its templates rendered and its defaults filled in.

    CONFIG is the configuration of a run, a process card of `simulate`, a detector, or the training
    of a surrogate.
    """
    if as_json and origins:
        msg = "--origins writes comments, and JSON has none: leave --json out"
        raise click.UsageError(msg)
    model, layer = _load(config_file, overrides, site)
    if as_json:
        # By way of pydantic, which writes infinity as text where json.dumps would break JSON.
        plain = json.loads(model.model_dump_json(exclude_none=True))
        click.echo(json.dumps(plain, indent=2))
        return
    values = model.model_dump(mode="python", exclude_none=True)
    click.echo(dumps(values, _origin_comments(values, layer) if origins else None), nl=False)


def _load(config_file: Path, overrides: tuple[str, ...], site: str | None) -> tuple[Section, Layer]:
    """Return the checked configuration, and what the files and the overrides wrote."""
    layer = read_layers(config_file)
    kind = kind_of(layer.values)
    if kind == "analysis":
        loaded = load_with_origins(config_file, overrides, site)
        return loaded.analysis, loaded.layer
    if site is not None:
        msg = f"--site is for the configuration of a run, and {config_file} is a {_NAMES[kind]}"
        raise click.UsageError(msg)
    if kind == "surrogate":
        training = load_surrogate_config(config_file, overrides)
        return training, apply_overrides(layer, overrides)
    if kind == "card":
        own, of_detector = split_overrides(overrides)
        card = load_card(config_file, own)
        load_detector_of(card, of_detector)
        return card, apply_overrides(layer, own)
    return load_detector(config_file, overrides), apply_overrides(layer, overrides)


_NAMES = {"card": "process card", "detector": "detector", "surrogate": "training of a surrogate"}


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
    """Check CONFIG; list everything that is wrong with it.

    CONFIG is the configuration of a run, a process card of `simulate`, a detector, or the training
    of a surrogate. Of a card also Pythia is asked, where it is installed.
    """
    model, _ = _load(config_file, overrides, site)
    match model:
        case Analysis():
            what = f"analysis '{model.name}', {len(model.datasets)} data sets"
        case SimulationCard():
            what = f"process card '{model.name}', {model.kind}; {_ask_pythia(model)}"
        case SurrogateConfig():
            held_out = sum(sample.held_out for sample in model.samples.values())
            what = (
                f"surrogate '{model.name}', {len(model.samples)} samples, {held_out} held out; "
                f"{len(model.features)} features, {len(model.classes)} classes"
            )
        case _:
            what = "detector"
    click.echo(f"{config_file}: no problems found; {what}")


def _ask_pythia(card: SimulationCard) -> str:
    """Have Pythia look at a card; return what came of it.

    Raises:
        ConfigurationError: It refuses the card.
    """
    try:
        from bumpcast.simulate.generator import check as problems_of
    except ModuleNotFoundError:
        return "Pythia is not installed and was not asked"
    if problems := problems_of(card):
        raise ConfigurationError(problems)
    return "its file begins as it should" if card.hepmc is not None else "Pythia takes it"


@config.command()
@click.argument("kind", type=click.Choice(KINDS), default="analysis")
def schema(kind: Kind) -> None:
    """Write the JSON schema of configurations, for editors that complete and check TOML.

    KIND is 'analysis' (what is meant if it is left out), 'card', 'detector' or 'surrogate'.
    """
    click.echo(json.dumps(json_schema(kind), indent=2))
