"""Options of how files of events are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from bumpcast.cli.comma_lists import PDG_NUMBERS

if TYPE_CHECKING:
    from bumpcast.surrogates.reading import ReadOptions


_UNITS = (
    click.option(
        "--momentum-unit",
        type=click.Choice(["GeV", "MeV"]),
        help="Absent: GeV, and an error where the numbers look like MeV.",
    ),
    click.option(
        "--length-unit",
        type=click.Choice(["m", "mm"]),
        help="Absent: m, and an error where the numbers look like mm.",
    ),
)


def unit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say in which units files are."""
    for option in reversed(_UNITS):
        command = option(command)
    return command


def events_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets them as keywords for `read_options_of`."""
    for option in reversed((*_OPTIONS, *_UNITS)):
        command = option(command)
    return command


_OPTIONS = (
    click.option("--tree", help="The tree of a ROOT file; absent: Delphes, or the only one."),
    click.option(
        "--llp",
        type=PDG_NUMBERS,
        default="35",
        show_default=True,
        help="PDG numbers of the long-lived particles in a truth record.",
    ),
    click.option("--boson", is_flag=True, help="Look for a W or Z boson in a truth record."),
    click.option(
        "--child",
        type=click.IntRange(min=1),
        help="|PDG number| of what they decay to, where the file does not say it.",
    ),
    click.option(
        "--bad-events",
        type=click.Choice(["fail", "skip"]),
        default="fail",
        show_default=True,
        help="Events of a truth record with no LLP, more than two, or no boson: skip leaves them "
        "out and says how many; efficiencies are those of the others.",
    ),
)


def read_options_of(given: dict[str, Any], *, decays: bool, seed: int) -> ReadOptions:
    """Take the options out of a command's keywords.

    Args:
        given: The keywords; those of these options are taken out.
        decays: Whether decay positions are wanted.
        seed: Of the order of two different LLPs.
    """
    from bumpcast.surrogates.reading import ReadOptions

    llp_pdg = given.pop("llp")
    names = ("tree", "boson", "child", "bad_events", "momentum_unit", "length_unit")
    return ReadOptions(
        llp_pdg=llp_pdg, decays=decays, seed=seed, **{name: given.pop(name) for name in names}
    )
