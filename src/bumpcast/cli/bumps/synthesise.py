"""`bumps synthesise`: histograms whose significances are known."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bumpcast.cli.bumps.shapes_option import curves_of, spectra_option
from bumpcast.cli.importing import importing


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--histograms", type=click.IntRange(min=1), default=10_000, show_default=True, help="How many."
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--part",
    type=click.Choice(["train", "validation", "test"]),
    default="train",
    show_default=True,
    help="Parts of a seed have no shape in common.",
)
@click.option(
    "--first",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Number of the first one: a sample may be made in pieces.",
)
@click.option("--bins", type=(int, int), default=(30, 100), show_default=True, help="Least, most.")
@click.option(
    "--entries",
    type=(float, float),
    default=(10.0, 100_000.0),
    show_default=True,
    help="Least and most expected entries a bin.",
)
@click.option(
    "--significance",
    type=(float, float),
    default=(1.0, 20.0),
    show_default=True,
    help="Least and most of an injected signal.",
)
@click.option(
    "--width",
    "widths",
    type=click.FloatRange(min=0, min_open=True),
    multiple=True,
    default=(1.0,),
    show_default=True,
    help="Standard deviation of signals in bins; may be given more than once.",
)
@click.option(
    "--signal-share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Of all."
)
@click.option(
    "--sum-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of sums of functions.",
)
@click.option(
    "--smoothed-share",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of smoothed spectra.",
)
@spectra_option
@click.option("--curves", is_flag=True, help="Write the curves of --spectra instead.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def synthesise(
    output: Path,
    histograms: int,
    seed: int,
    part: str,
    first: int,
    bins: tuple[int, int],
    entries: tuple[float, float],
    significance: tuple[float, float],
    widths: tuple[float, ...],
    signal_share: float,
    sum_share: float,
    smoothed_share: float,
    spectra: Path | None,
    curves: bool,
    as_json: bool,
) -> None:
    """Write synthetic histograms to FILE (HDF5), with the true z of every bin.

    Histogram k of a seed and a part is the same however many are made.
    """
    with importing():
        from bumpcast.bumps.synthetic import Recipe, draw
        from bumpcast.bumps.synthetic.files import write_curves, write_histograms
        from bumpcast.bumps.synthetic.recipe import PARTS

    if curves:
        fitted = curves_of(spectra)
        write_curves(output, fitted)
        made: dict[str, object] = {"file": str(output), "curves": len(fitted.names)}
        text = f"{len(fitted.names):,} curves in {output}"
    else:
        recipe = Recipe(
            bins=bins,
            entries=entries,
            significance=significance,
            widths_bins=widths,
            signal_share=signal_share,
            sum_share=sum_share,
            smoothed_share=smoothed_share,
        )
        chosen = next(p for p in PARTS if p == part)
        drawn = draw(
            recipe,
            seed,
            chosen,
            histograms,
            first=first,
            curves=curves_of(spectra) if smoothed_share > 0 else None,
        )
        write_histograms(output, drawn, recipe, seed, chosen, first)
        signals = int((drawn.centre >= 0).sum())
        made = {
            "file": str(output),
            "histograms": len(drawn),
            "bins": len(drawn.counts),
            "signals": signals,
            "seed": seed,
            "part": part,
            "recipe": recipe.as_json(),
        }
        text = (
            f"{len(drawn):,} histograms of {len(drawn.counts):,} bins in {output}, "
            f"{signals:,} with a signal"
        )
    click.echo(json.dumps(made, indent=1) if as_json else text)
