"""`surrogate map build`: a map from events with the search's decision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bumpcast.cli.comma_lists import NAMES
from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import decision_option, json_option, output_option
from bumpcast.cli.surrogate.events_options import unit_options
from bumpcast.cli.surrogate.map_options import binning_of, binning_options

if TYPE_CHECKING:
    from bumpcast.surrogates.llps import Integers, LlpPairs


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate map build *.parquet --classes A -o mine.json.gz",
)
@click.argument(
    "events", metavar="EVENTS...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@output_option(
    "The map: .json or .json.gz for correctionlib, or .csv, which holds less.", required=True
)
@decision_option
@click.option(
    "--classes",
    type=NAMES,
    help="What the search decides besides 'not selected', which is number 0; absent: A,B,C,D.",
)
@click.option("--name", help="What the map is called; absent: as FILE.")
@click.option("--description", default="", help="Of what search it is, and of what events.")
@click.option(
    "--uncertainty",
    type=click.FloatRange(min=0),
    help="Relative uncertainty of an efficiency, for every class.",
)
@click.option("--tree", help="The tree of ROOT files; absent: the only one.")
@unit_options
@binning_options
@json_option()
def build(
    events: tuple[Path, ...],
    output: Path,
    name: str | None,
    description: str,
    uncertainty: float | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Build a map from EVENTS with the search's own decision.

    EVENTS are tables (.parquet, .csv) or ROOT files with the columns llp1_Lxy, llp1_Lz, llp1_eta,
    llp1_pT, llp1_child_pdgId, the same of llp2, weight, and the decision; or the .toml file of a
    surrogate's training, whose samples that are not held out are taken. Weights of both signs will
    do as long as every pair of bins has a probability.
    """
    binning = binning_of(more)
    with importing():
        from bumpcast.surrogates.maps.binning import PUBLISHED
        from bumpcast.surrogates.maps.building import build_map
        from bumpcast.surrogates.maps.files import check_map_name, write_map
    check_map_name(output)
    pairs, decision, classes = (
        _of_training(events[0], more)
        if len(events) == 1 and events[0].suffix == ".toml"
        else _of_files(events, **more)
    )
    built = build_map(
        pairs,
        decision,
        classes,
        binning or PUBLISHED,
        name=name or output.name.split(".")[0],
        description=description,
        relative_uncertainty=None if uncertainty is None else (uncertainty,) * (len(classes) - 1),
        where=", ".join(str(path) for path in events),
    )
    notes = write_map(output, built)
    bins = len(built.binning)
    document = {
        "file": str(output),
        "events": len(pairs),
        "bins": bins,
        "pairs": bins * (bins + 1) // 2,
        "reached_pairs": len(built.stored()[0]),
        "notes": list(notes),
    }
    if as_json:
        click.echo(json.dumps(document, indent=1))
        return
    click.echo(
        f"{output}: {document['events']:,} events reach {document['reached_pairs']:,} of "
        f"{document['pairs']:,} pairs of {document['bins']:,} bins"
    )
    for note in notes:
        click.echo(f"Note: {note}", err=True)


def _of_files(
    events: Sequence[Path],
    *,
    decision: str | None,
    classes: tuple[str, ...] | None,
    tree: str | None,
    momentum_unit: Any,
    length_unit: Any,
) -> tuple[LlpPairs, Integers, tuple[str, ...]]:
    """Return the events of files, what the search decided of them, and the classes."""
    with importing():
        import numpy as np

        from bumpcast.surrogates.llps import concatenated
        from bumpcast.surrogates.model.card import NOT_SELECTED
        from bumpcast.surrogates.reading import ReadOptions, read_decisions, read_pairs

    names = (NOT_SELECTED, *(classes or ("A", "B", "C", "D")))
    options = ReadOptions(tree=tree, momentum_unit=momentum_unit, length_unit=length_unit)
    pairs = [read_pairs(path, options) for path in events]
    decisions = [read_decisions(path, decision or "region", names, tree=tree) for path in events]
    return concatenated(pairs), np.concatenate(decisions), names


def _of_training(
    config_file: Path, more: Mapping[str, Any]
) -> tuple[LlpPairs, Integers, tuple[str, ...]]:
    """Return the events that a surrogate is trained on, likewise."""
    given = [f"--{name.replace('_', '-')}" for name, value in more.items() if value is not None]
    if given:
        msg = f"{', '.join(given)}: {config_file} says that of its events itself"
        raise click.UsageError(msg)
    with importing():
        from bumpcast.config.surrogates import load_surrogate_config
        from bumpcast.surrogates.training.events import read_labelled

    config = load_surrogate_config(config_file)
    events = read_labelled(config, held_out=False)
    if events is None:
        msg = f"{config_file}: all of its samples are held out"
        raise click.UsageError(msg)
    return events.pairs, events.decision, tuple(config.classes)
