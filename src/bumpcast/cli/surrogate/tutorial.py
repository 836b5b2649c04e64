"""`surrogate tutorial`: the whole way from simulated events to a limit."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bumpcast.errors import BumpcastError

if TYPE_CHECKING:
    from bumpcast.surrogates.stand_in.tutorial import Step


class TutorialError(BumpcastError):
    """The tutorial cannot go on."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("results/surrogate_tutorial"),
)
@click.option(
    "--events",
    type=click.IntRange(min=1000),
    default=20_000,
    show_default=True,
    help="How many are simulated of each of 16 mass points.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--show", is_flag=True, help="Print the commands, and run none.")
def tutorial(folder: Path, events: int, workers: int, seed: int, show: bool) -> None:
    """Simulate, label, train, compare, and set limits: everything, in FOLDER.

    Sixteen mass points of H -> SS are simulated; the stand-in for a search decides of them; a
    surrogate learns from thirteen and is compared with the other three; a curve of efficiency
    against lifetime and limits follow. Every command is printed before it runs, so that each can be
    tried again with other numbers. What is there already is not done again.

    It runs in a checkout of bumpcast and needs the extra: pip install -e '.[simulate]'
    """
    from bumpcast.cli.main import main
    from bumpcast.surrogates.stand_in.tutorial import CARD, tutorial_steps

    steps = tutorial_steps(folder, events, workers=workers, seed=seed)
    if show:
        for step in steps:
            click.echo(f"# {step.title}\n{_command(step.arguments)}")
        return
    if not Path(CARD).is_file():
        msg = f"there is no {CARD} here: the tutorial runs in a checkout of bumpcast"
        raise TutorialError(msg)
    for number, step in enumerate(steps, 1):
        click.secho(f"\n{number} of {len(steps)}: {step.title}", bold=True)
        click.echo(f"$ {_command(step.arguments)}")
        if step.output.exists():
            click.echo(f"Done before: {step.output}")
            continue
        step.output.parent.mkdir(parents=True, exist_ok=True)
        code = main.main([*step.arguments, *_going_on(step)], "bumpcast", standalone_mode=False)
        if code:
            msg = f"the command ended with {code}; mend it, and start the tutorial again to go on"
            raise TutorialError(msg)
    click.echo(
        f"\nThe surrogate: {folder / 'surrogate'}\n"
        f"How good it is: {folder / 'closure' / 'closure.html'}\n"
        f"The limits: {folder / 'limits.png'}"
    )


def _going_on(step: Step) -> tuple[str, ...]:
    """Return what a simulation needs that was stopped before."""
    begun = step.output.with_name(f"{step.output.name}.blocks")
    return ("--resume",) if step.arguments[0] == "simulate" and begun.exists() else ()


def _command(arguments: tuple[str, ...]) -> str:
    return shlex.join(("bumpcast", *arguments))
