"""`surrogate closure`: a surrogate beside the search itself."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import (
    decision_option,
    json_option,
    output_option,
    seed_option,
    threads_option,
)
from bumpcast.cli.surrogate.events_options import events_options, read_options_of
from bumpcast.cli.surrogate.many_values import ManyValues

if TYPE_CHECKING:
    from bumpcast.surrogates.closure.closure import Closure
    from bumpcast.surrogates.efficiency import Model
    from bumpcast.surrogates.labelled import LabelledEvents

_ROWS: Final = 200
"""Of so many rows all are printed; of more the worst."""


@click.command(
    cls=ManyValues,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate closure results/cr2j test_*.parquet --map-from "
    "train_*.parquet -o results/cr2j",
)
@click.argument("model")
@click.argument(
    "events", metavar="EVENTS...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@decision_option
@click.option(
    "--lifetime",
    metavar="COLUMN",
    help="The column of the mean proper decay length in m with which an event was made; absent: "
    "ctau_m where there is such a column. Efficiencies are compared at each.",
)
@click.option(
    "--map",
    "map_name",
    metavar="MAP",
    help="A map to stand beside it: a file, or high-ET or low-ET for a published one.",
)
@click.option(
    "--map-from",
    metavar="LABELLED...",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Build that map, with the published bins, from these files with the search's decision, or "
    "from what the .toml file of a training trains on. All words up to the next option.",
)
@events_options
@threads_option()
@seed_option("the order of two different LLPs, and of what is shuffled")
@output_option(
    "Gets the page closure.html, the table closure.csv and plots/; absent: only print.",
    folder=True,
)
@json_option()
def closure(
    model: str,
    events: tuple[Path, ...],
    decision: str | None,
    lifetime: str | None,
    map_name: str | None,
    map_from: tuple[Path, ...],
    threads: int,
    seed: int,
    output: Path | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Compare MODEL with what the search itself decided of EVENTS.

    MODEL is a surrogate's folder. EVENTS are files with the columns that it reads and the search's
    decision, a file a sample that is called as the file; or the .toml file of a training, whose
    samples that are held out are taken. They should be of masses that training never saw.

    Printed is, for each sample, lifetime and class, the efficiency by the search's decisions and
    by the model, both with statistical errors, and the relative difference with what chance makes
    of it. FOLDER gets a page with curves against lifetime, reliability, the worth of features and
    what is outside the domain. With a map it says by which factor that is worse.
    """
    if map_name is not None and map_from:
        msg = "--map and --map-from: one map can stand beside the model"
        raise click.UsageError(msg)
    given = _given(("decision", "lifetime", *more))
    with importing():
        from bumpcast.report.closure.words import verdict
        from bumpcast.surrogates.closure.closure import measure
        from bumpcast.surrogates.closure.sources import trained_on
        from bumpcast.surrogates.model.surrogate import Surrogate
        from bumpcast.surrogates.models import open_model

    opened = open_model(model, threads=threads)
    options = read_options_of(more, decays=True, seed=seed)
    reading = {"options": options, "decision": decision or "region", "lifetime": lifetime}
    labelled, files = _labelled(events, opened, reading, given, held_out=True)
    other: Model | None = None
    if map_name is not None:
        other = open_model(map_name)
    elif map_from:
        other = _built(map_from, opened, reading, given)
    card = opened.card if isinstance(opened, Surrogate) else None
    notes = [] if card is None else trained_on(card, files)
    where = ", ".join(str(path) for path in events)
    found = measure(opened, labelled, other, seed=seed, where=where)
    title = Path(model).name if card is None else card.name
    other_name = map_name or (f"of {', '.join(str(path) for path in map_from)}" if map_from else "")
    if output is not None:
        with importing():
            from bumpcast.report.closure.writing import write_closure_report
        write_closure_report(output, found, title, card, other_name=other_name, notes=notes)
    if as_json:
        click.echo(json.dumps(_document(title, found, other_name, notes, output), indent=1))
        return
    for line in _lines(found):
        click.echo(line)
    for sentence in verdict(found):
        click.echo(sentence)
    for note in notes:
        click.echo(f"Warning: {note}", err=True)
    if output is not None:
        click.echo(f"Page: {output / 'closure.html'}")


def _given(names: Iterable[str]) -> list[str]:
    """Return those of some options that were given, and are not as they are by default."""
    context = click.get_current_context()
    return [
        f"--{name.replace('_', '-')}"
        for name in names
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    ]


def _labelled(
    files: tuple[Path, ...],
    model: Model,
    reading: dict[str, Any],
    given: list[str],
    *,
    held_out: bool,
) -> tuple[LabelledEvents, list[Path]]:
    """Return the events of tables or of a training, and the files that they are from."""
    if len(files) != 1 or files[0].suffix != ".toml":
        with importing():
            from bumpcast.surrogates.closure.sources import read_samples
            from bumpcast.surrogates.model.surrogate import Surrogate

        features = model.card.feature_names if isinstance(model, Surrogate) else ()
        read = read_samples(files, model.classes, features=features, **reading)
        return read, list(files)
    if given:
        msg = f"{', '.join(given)}: {files[0]} says that of its events itself"
        raise click.UsageError(msg)
    with importing():
        from bumpcast.config.surrogates import load_surrogate_config
        from bumpcast.surrogates.closure.errors import ClosureError
        from bumpcast.surrogates.training.events import files_of, read_labelled

    config = load_surrogate_config(files[0])
    if tuple(config.classes) != tuple(model.classes):
        msg = (
            f"{files[0]}: the classes are {', '.join(config.classes)}, and those of the model "
            f"{', '.join(model.classes)}"
        )
        raise ClosureError(msg)
    events = read_labelled(config, held_out=held_out)
    if events is None:
        msg = (
            f"{files[0]}: none of its samples are held out: set held_out = true for one that the "
            "training is not to see, or name tables"
        )
        raise ClosureError(msg)
    samples = [one for one in config.samples.items() if one[1].held_out == held_out]
    return events, [path for name, one in samples for path in files_of(name, one)]


def _built(
    files: tuple[Path, ...], model: Model, reading: dict[str, Any], given: list[str]
) -> Model:
    """Return a map, with the published bins, of labelled events."""
    with importing():
        from bumpcast.surrogates.maps.building import build_map

    # Lifetimes are of no use to a map, and may differ from event to event.
    plain = reading | {"lifetime": ""}
    training = len(files) == 1 and files[0].suffix == ".toml"
    events, _ = _labelled(files, model, plain, [] if training else given, held_out=False)
    where = ", ".join(str(path) for path in files)
    return build_map(events.pairs, events.decision, model.classes, name="built", where=where)


def _document(
    title: str, found: Closure, other_name: str, notes: list[str], output: Path | None
) -> dict[str, Any]:
    def spreads(of: Any) -> dict[str, Any]:
        return {
            name: {key: _plain(value) for key, value in vars(one).items()}
            for name, one in of.spreads.items()
        }

    document: dict[str, Any] = {
        "model": title,
        "classes": list(found.classes),
        "events": found.events,
        "samples": list(found.samples),
        "notes": notes,
        "uncertainty": {name: _plain(value) for name, value in found.uncertainty.items()},
        "surrogate": {
            "differences": spreads(found.surrogate),
            "cross_entropy": _plain(found.surrogate.cross_entropy),
        },
    }
    if found.other is not None:
        document["map"] = {
            "name": other_name,
            "differences": spreads(found.other),
            "cross_entropy": _plain(found.other.cross_entropy),
            "factors": {
                name: None if one is None else vars(one) for name, one in found.factors().items()
            },
        }
    if found.importance is not None:
        document["importance"] = [
            {"quantity": one.quantity, "increase": one.increase, "deviation": _plain(one.deviation)}
            for one in found.importance
        ]
    document["rows"] = [
        {str(name): _plain(value) for name, value in row.items()}
        for row in found.table.to_dict("records")
    ]
    if output is not None:
        document["page"] = str(output / "closure.html")
    return document


def _plain(value: Any) -> Any:
    """Return a number as JSON has it: null where it is not finite."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _lines(found: Closure) -> list[str]:
    """Return the table, or its worst rows where it is long."""
    with importing():
        from bumpcast.report.closure.words import deviations, row_words

    table = found.table
    left_out = len(table) - _ROWS
    if left_out > 0:
        table = table.iloc[(-deviations(table, found)).argsort(kind="stable")[:_ROWS]]
    rows = [row_words(row, with_map=found.other is not None) for row in table.to_dict("records")]
    widths = {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}
    lines = [
        "  ".join(
            f"{row[name]:<{width}}" if name == "sample" else f"{row[name]:>{width}}"
            for name, width in widths.items()
        ).rstrip()
        for row in ({name: name for name in widths}, *rows)
    ]
    if left_out > 0:
        lines.append(
            f"These are the worst; {left_out:,} more rows are in closure.csv, with --output"
        )
    signs = "▲ beyond the card's uncertainty, ◆ beyond 3 standard deviations"
    return [*lines, *([signs] if any(row[""] for row in rows) else [])]
