"""The verb `simulate`: events of a process card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bumpcast.cli.executor_options import place_options, where_of
from bumpcast.cli.importing import importing
from bumpcast.config.cards import load_card, load_detector_of, split_overrides
from bumpcast.execution.amounts import duration

_MOST_FAILURES = 5


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("card", type=click.Path(path_type=Path))
@click.option("--events", type=click.IntRange(min=1), required=True, help="How many.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="The same card, number and seed give the same events, however many workers there are.",
)
@click.option(
    "--output", "-o", required=True, type=click.Path(path_type=Path), help="ROOT file to write."
)
@place_options()
@click.option(
    "--set",
    "overrides",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change a key of the card, or of its detector: detector.electron.isolation.ratio_max=0.2.",
)
@click.option("--resume", is_flag=True, help="Go on with the blocks that are there.")
@click.option("--overwrite", is_flag=True, help="Replace the file and blocks that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--no-progress", is_flag=True, help="Show no progress.")
@click.pass_context
def simulate(
    ctx: click.Context,
    /,
    card: Path,
    events: int,
    seed: int,
    output: Path,
    overrides: tuple[str, ...],
    resume: bool,
    overwrite: bool,
    as_json: bool,
    no_progress: bool,
    **place: Any,
) -> None:
    """Simulate events of the process card CARD and write them as Delphes does.

    Needs the extra packages of `pip install 'bumpcast[simulate]'`. Exits with 3 when events are
    missing: what was made is kept, and --resume makes only the rest.
    """
    where = where_of(place)
    of_card, of_detector = split_overrides(overrides)
    settings = load_card(card, of_card)
    detector = load_detector_of(settings, of_detector)
    with importing():
        from bumpcast.cli.carry_out import progress_on
        from bumpcast.simulate.simulation import simulate as simulate_card

    console = Console(stderr=True, soft_wrap=True)
    summary = simulate_card(
        settings,
        events,
        seed,
        output,
        detector=detector,
        executor=where.executor,
        workers=where.workers,
        cluster=where.cluster,
        resume=resume,
        overwrite=overwrite,
        progress=progress_on(console, show=not no_progress),
    )
    if as_json:
        click.echo(json.dumps(_document(summary), indent=1))
    else:
        _print(summary)
    if summary.interrupted:
        ctx.exit(130)
    ctx.exit(0 if summary.complete else 3)


def _document(summary: Any) -> dict[str, Any]:
    section = summary.cross_section
    return {
        "file": str(summary.file),
        "complete": summary.complete,
        "events_wanted": summary.events_wanted,
        "events_made": summary.events_made,
        "events_resumed": summary.events_resumed,
        "cross_section_pb": None if section is None else section.value,
        "cross_section_error_pb": None if section is None else section.error,
        "seconds": round(summary.seconds, 3),
        "steps_s": {name: round(seconds, 3) for name, seconds in summary.steps.items()},
        "failures": {
            str(number): {"type": error.type, "message": error.message}
            for number, error in summary.failures.items()
        },
    }


def _print(summary: Any) -> None:
    made = summary.events_made - summary.events_resumed
    click.echo(
        f"{summary.events_made:,} of {summary.events_wanted:,} events simulated, "
        f"{duration(summary.seconds)}, {made / max(summary.seconds, 1e-9):,.0f} events/s"
    )
    if summary.cross_section is not None:
        section = summary.cross_section
        click.echo(f"cross-section: {section.value:.5g} +- {section.error:.2g} pb")
    total = sum(summary.steps.values())
    if total > 0:
        shares = ", ".join(
            f"{name} {seconds / total:.0%}" for name, seconds in summary.steps.items()
        )
        click.echo(f"time: {shares}")
    for number, error in list(summary.failures.items())[:_MOST_FAILURES]:
        click.echo(f"block {number} failed: {error.type}: {error.message}", err=True)
    if summary.complete:
        click.echo(f"Events: {summary.file}")
        click.echo(f"For the table [datasets] of a configuration: {summary.file}.toml")
    elif summary.events_made:
        click.echo("To go on with what is missing: the same command with --resume", err=True)
