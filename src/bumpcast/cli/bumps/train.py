"""`bumps train`: a network from synthetic histograms."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bumpcast.cli.bumps.shapes_option import curves_of, spectra_option
from bumpcast.cli.importing import importing
from bumpcast.errors import BumpcastError
from bumpcast.execution.amounts import duration

if TYPE_CHECKING:
    from bumpcast.bumps.network.training import Progress

NETWORK = "network.onnx"
_CHECKPOINT = "checkpoint.npz"
_CURVES = "curves.h5"


class NoTorchError(BumpcastError):
    """The extra for training is not installed."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option(
    "--chunks",
    type=click.IntRange(min=1),
    default=36,
    show_default=True,
    help="How many times new histograms are drawn.",
)
@click.option(
    "--chunk", type=click.IntRange(min=1), default=16384, show_default=True, help="Histograms each."
)
@click.option(
    "--passes",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="How often the network sees each.",
)
@click.option("--batch", type=click.IntRange(min=1), default=128, show_default=True)
@click.option(
    "--learning-rate",
    type=click.FloatRange(min=0, min_open=True),
    default=2e-3,
    show_default=True,
    help="The highest.",
)
@click.option(
    "--validation", type=click.IntRange(min=10), default=10_000, show_default=True, hidden=True
)
@spectra_option
@click.option("--resume", is_flag=True, help="Go on with the training in FOLDER.")
@click.option(
    "--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of PyTorch."
)
@click.option(
    "--most-minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Stop then, with the network as it is; --resume goes on.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@click.pass_context
def train(
    ctx: click.Context,
    /,
    folder: Path,
    spectra: Path | None,
    resume: bool,
    threads: int,
    most_minutes: float | None,
    as_json: bool,
    no_progress: bool,
    **chosen: Any,
) -> None:
    """Train a network on histograms that are drawn as it goes, and write it to FOLDER.

    FOLDER gets network.onnx and its card network.json, and a checkpoint after every chunk. Needs
    the extra: pip install 'bumpcast[train]', or the CPU build of the same PyTorch.
    """
    with importing():
        try:
            from bumpcast.bumps.network.card import write_network
            from bumpcast.bumps.network.training import Plan
            from bumpcast.bumps.network.training import train as train_network
        except ModuleNotFoundError as error:
            msg = f"training needs PyTorch ({error}): pip install 'bumpcast[train]'"
            raise NoTorchError(msg) from error
        from bumpcast.bumps.synthetic.files import read_curves, write_curves

    checkpoint = folder / _CHECKPOINT
    if checkpoint.exists() != resume:
        msg = (
            f"{folder} holds a training: --resume goes on with it"
            if checkpoint.exists()
            else f"{folder} holds no training to go on with: leave --resume out"
        )
        raise click.UsageError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    if resume:
        curves = read_curves(folder / _CURVES)
    else:
        write_curves(folder / _CURVES, curves_of(spectra))
        # As they are in the file, so that going on is the same as never having stopped.
        curves = read_curves(folder / _CURVES)
    plan = Plan(**chosen)

    def tell(progress: Progress) -> None:
        if not no_progress:
            click.echo(_line(progress), err=True)

    weights, progress = train_network(
        plan,
        checkpoint=checkpoint,
        curves=curves,
        tell=tell,
        threads=threads,
        most_seconds=60.0 * most_minutes if most_minutes is not None else math.inf,
    )
    options = [f"--{k.replace('_', '-')} {v}" for k, v in chosen.items()]
    made: dict[str, Any] = {
        "seed": plan.seed,
        "command": f"bumpcast bumps train {folder.name} {' '.join(options)}",
        "curves": len(curves.names),
        "curves_from": "the quickstart" if spectra is None and not resume else str(spectra or ""),
        "chunks_done": progress.chunk,
        "training_seconds": round(progress.seconds, 1),
        "plan": plan.as_json(),
        "validation": progress.validation.as_json() if progress.validation else None,
    }
    write_network(folder / NETWORK, plan.layout, weights, made)
    if as_json:
        click.echo(json.dumps(made, indent=1))
    else:
        whole = (
            "" if progress.chunk == progress.chunks else f" of {progress.chunks}; --resume goes on"
        )
        click.echo(
            f"{folder / NETWORK}: {plan.layout.parameters():,} parameters, {progress.chunk} chunks"
            f"{whole}, {duration(progress.seconds)}"
        )
    if progress.chunk < progress.chunks:
        ctx.exit(3)


def _line(progress: Progress) -> str:
    left = progress.seconds / max(progress.chunk, 1) * (progress.chunks - progress.chunk)
    line = (
        f"chunk {progress.chunk} of {progress.chunks}: loss {progress.loss:.3f}, "
        f"{duration(progress.seconds)} taken, about {duration(left)} left"
    )
    if progress.validation is not None:
        v = progress.validation
        line += f"; read - true {v.mean:+.3f} +- {v.std:.3f}, AUC {v.auc:.4f}"
    return line
