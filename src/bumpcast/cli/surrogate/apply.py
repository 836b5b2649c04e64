"""`surrogate apply`: how a search would see events of a model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import (
    json_option,
    output_option,
    seed_option,
    threads_option,
)
from bumpcast.cli.surrogate.events_options import events_options, read_options_of
from bumpcast.cli.surrogate.lifetimes import LifetimeList

if TYPE_CHECKING:
    import pandas as pd

    from bumpcast.surrogates.curve import By
    from bumpcast.surrogates.efficiency import Efficiency


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate apply cr2j events.root --ctau 0.1:100:20 -o curve.csv",
)
@click.argument("model")
@click.argument("events", type=click.Path(path_type=Path))
@click.option(
    "--ctau",
    type=LifetimeList(),
    help="Mean proper decay lengths in m: 0.1,1,10, or 0.1:100:20 for 20 from 0.1 to 100, even in "
    "their logarithm. Absent: the events' own decays.",
)
@click.option(
    "--by",
    type=click.Choice(["draws", "weights", "mixture"]),
    default="draws",
    show_default=True,
    help="Draw decays anew for each lifetime; weight the events' own; or draw each once, at one of "
    "the lifetimes, and weight it for all: as fast as weights, and sees more of what is rare.",
)
@click.option(
    "--made-at",
    metavar="CTAU",
    type=click.FloatRange(min=0, min_open=True),
    help="For weights: the mean proper decay length in m with which the events were made.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many times each event decays: at each lifetime, or in all for a mixture. More see "
    "more of what is rare.",
)
@seed_option("the decays, and of the order of two different LLPs")
@events_options
@threads_option()
@output_option("A .csv with everything, which 'surrogate limit' reads.")
@json_option()
def apply(
    model: str,
    events: Path,
    ctau: tuple[float, ...] | None,
    by: By,
    made_at: float | None,
    draws: int,
    seed: int,
    threads: int,
    output: Path | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Tell how a search would see EVENTS, as MODEL has it.

    MODEL is a surrogate's folder, a file of an efficiency map, or the name of a published map,
    high-ET or low-ET. EVENTS is a file in Delphes's layout with the truth record (.root), a table
    with the columns llp1_Lxy, llp1_Lz, llp1_eta, llp1_pT, llp1_ET (or llp1_mass), llp1_child_pdgId
    and the same of llp2 (.csv, .parquet, .root), or an array (events, 2, 7) of pT, eta, px, py, pz,
    m and |PDG number| of the decay (.npy). GeV and m. An event with one long-lived particle counts
    as one with it twice.

    Printed is, for each lifetime and class, the efficiency with its statistical uncertainty and
    that of the model, and which part of the events is not like those that the model was made of.
    """
    if ctau is None and (by != "draws" or made_at is not None):
        msg = f"--by {by} and --made-at are about other lifetimes: give these with --ctau"
        raise click.UsageError(msg)
    if ctau is not None and by == "weights" and made_at is None:
        msg = "--by weights needs --made-at, the lifetime with which the events were made"
        raise click.UsageError(msg)
    if output is not None and output.suffix != ".csv":
        msg = f"--output {output}: the table is a .csv"
        raise click.UsageError(msg)
    with importing():
        from bumpcast.diskio import write_atomically
        from bumpcast.surrogates.curve import Lifetimes, curve
        from bumpcast.surrogates.efficiency import EfficiencySums, Seen, efficiency_of
        from bumpcast.surrogates.efficiency_table import efficiency_table
        from bumpcast.surrogates.models import open_model
        from bumpcast.surrogates.reading import read_pairs

    opened = open_model(model, threads=threads)
    decays = ctau is None or by == "weights"
    pairs = read_pairs(events, read_options_of(more, decays=decays, seed=seed))
    where = str(events)
    if ctau is None:
        seen = Seen.by(opened, pairs, where)
        found = [efficiency_of(EfficiencySums.of(pairs.weight, seen), opened)]
    else:
        name = f"{events.name} {seed}"
        lifetimes = Lifetimes(ctau, by, made_at, draws, name)
        found = curve(opened, pairs, lifetimes, where=where)
    table = efficiency_table(ctau, found)
    if output is not None:
        write_atomically(output, table.to_csv(index=False).encode())
    if as_json:
        click.echo(json.dumps(_document(model, events, table, found), indent=1))
    else:
        for line in _lines(ctau, found):
            click.echo(line)
        if output is not None:
            click.echo(f"Table: {output}")


def _document(
    model: str, events: Path, table: pd.DataFrame, found: list[Efficiency]
) -> dict[str, Any]:
    rows = [
        {
            name: value if not isinstance(value, float) or math.isfinite(value) else None
            for name, value in row.items()
        }
        | {"warnings": list(one.warnings)}
        for row, one in zip(table.to_dict("records"), found, strict=True)
    ]
    return {"model": model, "events_file": str(events), "classes": found[0].classes, "rows": rows}


def _lines(ctau: tuple[float, ...] | None, found: list[Efficiency]) -> list[str]:
    heads = "".join(f"  {name:>26}" for name in found[0].classes)
    lines = [f"{'ctau m':>9}{heads}  outside"]
    for place, one in enumerate(found):
        lifetime = "own" if ctau is None else f"{ctau[place]:.4g}"
        words = "".join(
            f"  {_with_errors(*numbers):>26}"
            for numbers in zip(one.value, one.statistical, one.model, strict=True)
        )
        mark = " !" if one.warnings else ""
        lines.append(f"{lifetime:>9}{words}  {one.outside:>6.1%}{mark}")
    lines.append("Efficiency ± statistical ± of the model; share of the events outside its domain")
    for place, one in enumerate(found):
        at = "" if ctau is None else f" at c tau = {ctau[place]:.4g} m"
        lines += [f"Warning{at}: {warning}" for warning in one.warnings]
    return lines


def _with_errors(value: float, *errors: float) -> str:
    known = [f"{number:.3%}" for number in (value, *errors) if math.isfinite(number)]
    return " ± ".join(known)
