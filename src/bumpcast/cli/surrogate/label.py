"""`surrogate label`: events with the decisions of the stand-in for a search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import output_option, seed_option
from bumpcast.cli.surrogate.events_options import events_options, read_options_of
from bumpcast.cli.surrogate.lifetimes import LifetimeList


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate label events.root --ctau 0.1:100:13 -o labelled.parquet",
)
@click.argument("events", type=click.Path(path_type=Path))
@output_option("The table, .parquet or .csv.", required=True)
@click.option(
    "--selection",
    metavar="NAME",
    default="high-ET",
    show_default=True,
    help="high-ET or low-ET: whose published map says how probable region A is; smooth-high-ET or "
    "smooth-low-ET: without the map's steps.",
)
@click.option(
    "--ctau", type=LifetimeList(), help="Let every event decay at each of these lifetimes, in m."
)
@click.option(
    "--distance",
    metavar="FROM TO",
    nargs=2,
    type=click.FloatRange(min=0, min_open=True),
    help="Or at a lifetime of its own, so that mean decay distances in m spread evenly in their "
    "logarithm: to train on.",
)
@click.option(
    "--repeat",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="With --distance: how many times each event is used.",
)
@seed_option("the decays and the decisions")
@events_options
def label(
    events: Path,
    output: Path,
    selection: str,
    ctau: tuple[float, ...] | None,
    distance: tuple[float, float] | None,
    repeat: int,
    seed: int,
    **more: Any,
) -> None:
    """Decide of EVENTS as a stand-in for a search does, and write them as a table.

    The stand-in is made to learn with, and no experiment's selection: its region A is as probable
    as the published map of ATLAS-EXOT-2019-23 says, or, with a smooth one, as if the map were the
    table of a search without its steps; regions B, C and D follow from two made-up numbers, with
    the search's cuts on them.

    The table has the columns of the published surrogates, the region, and of selected events the
    two numbers; with --ctau each event's lifetime (ctau_m) as well.
    """
    if (ctau is None) == (distance is None):
        msg = "give either --ctau or --distance: where the particles decay is drawn anew"
        raise click.UsageError(msg)
    if distance is not None and not distance[0] < distance[1]:
        msg = f"--distance {distance[0]:g} {distance[1]:g}: the second has to be larger"
        raise click.UsageError(msg)
    with importing():
        import numpy as np

        from bumpcast.surrogates.reading import read_pairs, write_table
        from bumpcast.surrogates.stand_in.labelling import label_at, label_spread
        from bumpcast.surrogates.stand_in.selection import CLASSES, StandIn

    stand_in = StandIn.called(selection)
    pairs = read_pairs(events, read_options_of(more, decays=False, seed=seed))
    name = f"{events.name} {seed}"
    columns: dict[str, Any] = {}
    if ctau is not None:
        made = label_at(pairs, stand_in, ctau, name=name)
        columns["ctau_m"] = made.ctau_m
    else:
        assert distance is not None
        made = label_spread(pairs, stand_in, distance, repeat=repeat, name=name)
    columns |= {
        "region": np.array(CLASSES)[made.region],
        "sum_of_dr_min": made.sum_of_dr,
        "score": made.score,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    write_table(output, made.pairs, columns)
    counts = np.bincount(made.region, minlength=len(CLASSES))
    shares = ", ".join(
        f"{name} {count / len(made.region):.2%}"
        for name, count in zip(CLASSES[1:], counts[1:], strict=True)
    )
    click.echo(f"{output}: {len(made.region):,} events, {shares}")
