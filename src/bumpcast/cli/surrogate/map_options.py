"""The options that say which bins a map has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from bumpcast.cli.comma_lists import NUMBERS, PDG_NUMBERS
from bumpcast.cli.importing import importing

if TYPE_CHECKING:
    from bumpcast.surrogates.maps.binning import LlpBinning


_NAMES: Final = ("lxy", "lz", "pt", "flavours", "barrel")


def binning_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a map is binned; `binning_of` takes what they say."""
    for option in reversed(
        [
            click.option(
                "--lxy",
                type=NUMBERS,
                help="Edges in m of the decay's distance from the beam axis, from 0 up, where "
                "|eta| is below --barrel; the last may be inf. Here and below: absent, the "
                "published.",
            ),
            click.option(
                "--lz",
                type=NUMBERS,
                help="Edges in m of its distance along the beam, elsewhere.",
            ),
            click.option("--pt", type=NUMBERS, help="Edges of the pT in GeV."),
            click.option(
                "--flavours",
                type=PDG_NUMBERS,
                help="PDG numbers of what particles decay to, such as 4,5,15.",
            ),
            click.option("--barrel", type=float, help="|eta| from which on Lz counts."),
        ]
    ):
        command = option(command)
    return command


def binning_of(options: dict[str, Any]) -> LlpBinning | None:
    """Take the bins out of a verb's other arguments.

    Args:
        options: The arguments; those of `binning_options` are removed.

    Returns:
        The bins, the published ones where an option says nothing; None where none does.

    Raises:
        LlpBinningError: They cannot be.
    """
    asked = {name: options.pop(name) for name in _NAMES}
    given = {name: value for name, value in asked.items() if value is not None}
    if not given:
        return None
    with importing():
        from dataclasses import replace

        from bumpcast.surrogates.maps.binning import PUBLISHED

    return replace(PUBLISHED, **given)
