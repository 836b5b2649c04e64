"""`bumps validate`: how good a network is, as a page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bumpcast.cli.bumps.shapes_option import curves_of, spectra_option
from bumpcast.cli.importing import importing


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--network",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A trained network, FILE.onnx; absent: the one of this package.",
)
@click.option(
    "--histograms",
    type=click.IntRange(min=2),
    default=20_000,
    show_default=True,
    help="Of the reference's sample; others are half as large.",
)
@click.option(
    "--backgrounds",
    type=click.IntRange(min=1),
    default=50_000,
    show_default=True,
    help="Histograms without a signal in each sample for false alarms.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--skip",
    type=click.FloatRange(min=0, max=1, max_open=True),
    default=0.1,
    show_default=True,
    help="Share of a histogram's first bins in which nothing is looked for, as in a search.",
)
@spectra_option
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--into-card", is_flag=True, help="Write the figures into the network's card too.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
def validate(
    folder: Path,
    path: Path | None,
    histograms: int,
    backgrounds: int,
    seed: int,
    skip: float,
    spectra: Path | None,
    threads: int,
    into_card: bool,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Have a network read test histograms, and write FOLDER/index.html with plots and figures.

    The test histograms have no shape in common with those of any training.
    """
    with importing():
        from bumpcast.bumps.network import load_network
        from bumpcast.bumps.network.network import write_card
        from bumpcast.bumps.network.validation import validate as validate_network

    def tell(sample: str, done: int, number: int) -> None:
        if not no_progress:
            click.echo(f"{sample}: {done:,} of {number:,}", err=True)

    network = load_network(path, threads=threads)
    figures = validate_network(
        network,
        folder,
        seed=seed,
        histograms=histograms,
        background_histograms=backgrounds,
        skip=skip,
        curves=curves_of(spectra),
        tell=tell,
    )
    if into_card:
        kept = ("seed", "skip", "samples", "false_alarms_above", "backgrounds")
        measured = {name: figures[name] for name in kept}
        write_card(network.path, network.card | {"measured": measured})
    if as_json:
        click.echo(json.dumps(figures, indent=1))
        return
    for name, m in figures["samples"].items():
        click.echo(
            f"{name:42s} read - true {m['mean']:+.3f} +- {m['std']:.3f}   AUC {m['auc']:.4f}, "
            f"likelihood ratio {m['auc_likelihood']:.4f}"
        )
    for name, m in figures["backgrounds"].items():
        click.echo(f"false alarms, {name:28s} {m['rate']:.3%} of {m['histograms']:,}")
    click.echo(str(folder / "index.html"))
