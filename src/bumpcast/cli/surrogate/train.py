"""`surrogate train`: a surrogate from events with the search's own decision."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import json_option, output_option, threads_option
from bumpcast.cli.surrogate.progress import steps
from bumpcast.execution.amounts import duration

if TYPE_CHECKING:
    from bumpcast.surrogates.model.card import SurrogateCard
    from bumpcast.surrogates.training.train import Training


LEFT_OUT = "left_out"
CLOSURE = "closure"


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate train configs/surrogate/stand_in.toml -o results/surrogate",
)
@click.argument("config_file", metavar="CONFIG", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Such as search.trials=1."
)
@output_option("Where to; absent: results/ and the surrogate's name.", folder=True)
@threads_option(2)
@json_option("Print the card as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
def train(
    config_file: Path,
    overrides: tuple[str, ...],
    output: Path | None,
    threads: int,
    as_json: bool,
    no_progress: bool,
) -> None:
    """Train a surrogate as CONFIG says, and write it to a folder.

    CONFIG names files of events with their truth and the search's own decision, and the features
    that are read of them. XGBoost's settings are searched for with whole mass points left out;
    probabilities are calibrated with events that the trees have not seen; the last trees learn from
    all events that are not held out.

    The folder gets the model (model.ubj), the same as ONNX, card.json with everything one must know
    to use it, and how near it comes to the search: left_out/closure.html of the training's own mass
    points, each by trees that had not seen it, and closure/closure.html of what is held out.
    """
    with importing():
        from bumpcast.config.surrogates import load_surrogate_config
        from bumpcast.report.closure import write_closure, write_left_out_closure
        from bumpcast.surrogates.closure.sources import digest_of
        from bumpcast.surrogates.model.surrogate import load_surrogate
        from bumpcast.surrogates.training.events import files_of, read_labelled
        from bumpcast.surrogates.training.publishing import publish
        from bumpcast.surrogates.training.train import steps_of
        from bumpcast.surrogates.training.train import train as train_surrogate

    config = load_surrogate_config(config_file, overrides)
    folder = output or Path("results") / config.name
    files = [path for name, one in config.samples.items() for path in files_of(name, one)]
    with steps(len(files), "Reading", shown=not no_progress) as done:
        events = read_labelled(config, held_out=False, read=lambda _: done())
        held_out = read_labelled(config, held_out=True, read=lambda _: done())
    assert events is not None
    began = time.monotonic()
    with steps(steps_of(config), "Growing trees", shown=not no_progress) as done:
        training = train_surrogate(events, config, threads=threads, done=done)
    seconds = time.monotonic() - began
    learnt = [
        path
        for name, one in config.samples.items()
        if not one.held_out
        for path in files_of(name, one)
    ]
    # Below the folder that all have in common: two of them may have one name.
    common = os.path.commonpath([path.parent for path in learnt])
    sources = {path.relative_to(common).as_posix(): digest_of(path) for path in learnt}
    card = publish(folder, training, events, config, sources)
    write_left_out_closure(folder / LEFT_OUT, training.left_out, events, card)
    if held_out is not None:
        model = load_surrogate(folder, threads=threads)
        write_closure(folder / CLOSURE, model, held_out, card)
    if as_json:
        click.echo(card.as_json(), nl=False)
        return
    for line in _lines(card, training, len(events), seconds):
        click.echo(line)
    click.echo(f"Closure at left-out mass points: {folder / LEFT_OUT / 'closure.html'}")
    if held_out is not None:
        click.echo(f"Closure of held-out samples: {folder / CLOSURE / 'closure.html'}")
    click.echo(f"Surrogate: {folder}")


def _lines(card: SurrogateCard, training: Training, events: int, seconds: float) -> list[str]:
    points = card.training["mass_points"]
    off = ", ".join(f"{name} {value:.1%}" for name, value in card.uncertainty.items())
    return [
        f"{card.name}: {events:,} events of {len(points)} mass points, {duration(seconds)}",
        f"Trees: {training.rounds} rounds of depth {training.trials[0].settings.max_depth}",
        f"Cross-entropy of left-out mass points: {training.loss:.5f} "
        f"({training.loss_before:.5f} before the calibration)",
        f"Uncertainty of efficiencies: {off} ({card.uncertainty_source})",
    ]
