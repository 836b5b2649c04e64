"""The options that say how spectra are searched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from bumpcast.cli.comma_lists import CommaList
from bumpcast.config.bumps import BACKGROUNDS, METHODS

_WIDEST: Final = 100.0
_NAMES: Final = ("method", "background", "widths", "skip", "toys", "calibration", "seed")


def _width(word: str) -> float:
    width = float(word)
    if not 0 < width < _WIDEST:
        raise ValueError(word)
    return width


WIDTHS: Final = CommaList(_width, "N,N,...", "numbers of bins with commas between, such as 1,2,3")


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how to search; `search_of` takes what they say."""
    for option in reversed(
        [
            click.option("--method", type=click.Choice(METHODS), help="What reads significances."),
            click.option(
                "--background",
                type=click.Choice(BACKGROUNDS),
                help="Where the background comes from; the network has its own.",
            ),
            click.option(
                "--widths",
                type=WIDTHS,
                help="Standard deviations of the signals that the likelihood looks for, in bins.",
            ),
            click.option(
                "--skip",
                type=click.FloatRange(0.0, 0.9),
                help="Share of each spectrum's first bins in which nothing is looked for.",
            ),
            click.option(
                "--toys",
                type=click.IntRange(min=0),
                help="Most pseudo-data of a spectrum, for the probability in it; few need so many. "
                "0: none.",
            ),
            click.option(
                "--calibration",
                type=click.IntRange(min=0),
                help="Pseudo-data, of all spectra together, that say what probabilities stand for.",
            ),
            click.option("--seed", type=click.IntRange(min=0), help="Of the pseudo-data."),
        ]
    ):
        command = option(command)
    return command


def search_of(options: dict[str, Any]) -> dict[str, Any]:
    """Take what the options say out of a verb's other arguments; None where they say nothing.

    Args:
        options: The arguments; those of `search_options` are removed.
    """
    return {name: options.pop(name) for name in _NAMES}
