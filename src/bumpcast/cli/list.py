"""The verb `list`: histograms, final states and the cutflow of a results folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import pandas as pd

from bumpcast.cli.results_folder import keep_options, open_folder, results_option
from bumpcast.cli.textable import text_table
from bumpcast.errors import BumpcastError, did_you_mean
from bumpcast.massscan.naming.finalstate import FinalState
from bumpcast.massscan.naming.observable import Selection
from bumpcast.massscan.results.results import Results

MOST_LINES: Final = 40
NO_SELECTION: Final = "none"


class UnknownFilterError(BumpcastError):
    """Histograms of a final state or under a selection that does not occur are asked for."""


@click.command("list")
@results_option
@click.option("--final-states", is_flag=True, help="List the final states and their yields.")
@click.option("--cutflow", is_flag=True, help="List the data sets and how many events each gave.")
@click.option("--kept", is_flag=True, help="Only histograms that are kept for the search.")
@click.option("--final-state", metavar="STATE", help="Only of this final state, such as '2e os'.")
@click.option(
    "--selection",
    metavar="SELECTION",
    help=f"Only under this selection, such as 'MET>200'; '{NO_SELECTION}': under none.",
)
@click.option("--contains", metavar="TEXT", help="Only names that contain this text.")
@click.option(
    "--sort", type=click.Choice(["entries", "name"]), default="entries", show_default=True
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"Most lines; 0: all. Absent: {MOST_LINES}, and all with --json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: a list of objects.")
@keep_options
def list_histograms(
    folder: Path | None,
    final_states: bool,
    cutflow: bool,
    kept: bool,
    final_state: str | None,
    selection: str | None,
    contains: str | None,
    sort: str,
    limit: int | None,
    as_json: bool,
    **keep: int | None,
) -> None:
    """List the histograms of a results folder.

    The column 'bins' and the limits are those of the range from the maximum onward that a search
    looks at; 'reason' says why a histogram is not kept for it.
    """
    if final_states and cutflow:
        msg = "--final-states and --cutflow are two tables: choose one"
        raise click.UsageError(msg)
    if (final_states or cutflow) and (kept or contains is not None):
        msg = "--kept and --contains choose histograms: leave --final-states and --cutflow out"
        raise click.UsageError(msg)
    if cutflow and (final_state is not None or selection is not None):
        msg = "the cutflow has no final states and no selections: leave the options out"
        raise click.UsageError(msg)
    with open_folder(folder, **keep) as results:
        if cutflow:
            table = results.cutflow.reset_index()
        elif final_states:
            asked = selection if selection and selection != NO_SELECTION else ""
            table = _of_state(results.yields(asked), final_state)
            table = table.sort_values("final_state") if sort == "name" else table
        else:
            table = _histograms(results, kept, final_state, selection, contains)
            table = (
                table.sort_values("name", ignore_index=True)
                if sort == "name"
                else table.sort_values("entries", ascending=False, kind="stable")
            )
    most = limit if limit is not None else (0 if as_json else MOST_LINES)
    shown = table.head(most) if most else table
    if as_json:
        click.echo(json.dumps(_records(shown), indent=1))
        return
    click.echo(text_table(_for_eyes(shown)))
    if len(shown) < len(table):
        click.echo(f"{len(shown)} of {len(table):,}; --limit 0 shows all.", err=True)


def _histograms(
    results: Results,
    kept: bool,
    final_state: str | None,
    selection: str | None,
    contains: str | None,
) -> pd.DataFrame:
    table = results.table
    if kept:
        table = table[table["kept"]]
    table = _of_state(table, final_state, results.table)
    if selection is not None:
        name = "" if selection == NO_SELECTION else Selection.from_name(selection).name
        known = results.selections()
        if name not in known:
            msg = (
                f"no event passed {name!r}. {did_you_mean(name, [each for each in known if each])}"
            )
            raise UnknownFilterError(msg)
        table = table[table["selection"] == name]
    if contains is not None:
        table = table[table["name"].str.contains(contains, regex=False)]
    return table


def _of_state(
    table: pd.DataFrame, final_state: str | None, every: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the lines of a final state, however it is spelled."""
    if final_state is None:
        return table
    name = FinalState.from_name(final_state).name
    known = (table if every is None else every)["final_state"].unique().tolist()
    if name not in known:
        msg = f"no histograms of a final state {name!r}. {did_you_mean(name, known)}"
        raise UnknownFilterError(msg)
    return table[table["final_state"] == name]


def _for_eyes(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without what its other columns say, with errors behind their yields."""
    table = (
        table.drop(columns=["final_state", "selection", "combination"])
        if ("name" in table)
        else table.copy()
    )
    for error in [str(column) for column in table if str(column).endswith("_error")]:
        value = error.removesuffix("_error")
        pairs = zip(table[value].tolist(), table.pop(error).tolist(), strict=True)
        table[value] = [f"{number:,.1f} ± {sigma:,.1f}" for number, sigma in pairs]
    return table


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
