"""`surrogate import`: take over a model as an experiment publishes it."""

from __future__ import annotations

from pathlib import Path

import click

from bumpcast.cli.comma_lists import NAMES
from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import json_option, output_option


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--selection", metavar="NAME", help="Which model, where DIR has several.")
@click.option(
    "--trust-pickle",
    is_flag=True,
    help="Convert NAME_model.pkl, in a process of its own that runs nothing of it.",
)
@click.option(
    "--classes",
    type=NAMES,
    help="The classes, first 'not selected'; absent: not selected,A,B,C,D.",
)
@click.option(
    "--uncertainty",
    type=click.FloatRange(min=0),
    default=0.25,
    show_default=True,
    help="Relative uncertainty of an efficiency, for the card; arXiv:2502.10231 gives 0.25.",
)
@output_option("The surrogate's folder, which 'surrogate apply' reads.", folder=True, required=True)
@json_option("Print the card.")
def import_model(
    folder: Path,
    selection: str | None,
    trust_pickle: bool,
    classes: tuple[str, ...] | None,
    uncertainty: float,
    output: Path,
    as_json: bool,
) -> None:
    """Take over the published model in DIR as a surrogate's folder.

    DIR holds NAME_features.txt (a list of names), NAME_scaler_mean.npy, NAME_scaler_std.npy and
    NAME_model.pkl (a forest of scikit-learn), as the models of arXiv:2502.10231 are published.

    The list is parsed and never evaluated. A pickle can run anything as soon as Python loads it, so
    it is not opened unless --trust-pickle is given. Then a process with no packages, files or
    environment writes down the arrays of the forest; whatever else the pickle names is an error
    that says so. scikit-learn is not needed. The result is ONNX and a card, and no pickle.

    \b
        bumpcast surrogate import published --selection CR+2J --trust-pickle --output cr2j
        bumpcast surrogate apply cr2j events.root
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    with importing():
        from bumpcast.surrogates.published.convert import write_published
        from bumpcast.surrogates.published.published_model import read_published

    model = read_published(folder, selection, trust_pickle=trust_pickle, classes=classes)
    card = write_published(model, output, uncertainty)
    if as_json:
        click.echo(card.as_json(), nl=False)
        return
    click.echo(f"{card.name}: {model.estimator} of scikit-learn {card.versions['scikit-learn']}")
    click.echo(f"Trees: {len(model.trees):,} with {model.trees.nodes:,} nodes")
    click.echo(f"Features: {', '.join(card.feature_names)}")
    for written, name in zip(model.features_written, model.features, strict=True):
        if written != name:
            click.echo(f"  {written} was taken for {name}")
    click.echo(f"Classes: {', '.join(card.classes)}")
    click.echo(f"Uncertainty: {uncertainty:.0%} ({card.uncertainty_source})")
    click.echo(f"Written: {output}")
