"""The option that says how wide the signals are that are looked for."""

from __future__ import annotations

from typing import Final

import click

_WIDEST: Final = 100.0


def widths_of(text: str) -> tuple[float, ...]:
    """Return the widths, in bins, that a text such as '1,2,3' names.

    Raises:
        click.UsageError: It names none, or something else.
    """
    try:
        widths = tuple(float(word) for word in text.split(","))
    except ValueError:
        widths = ()
    if not widths or not all(0 < width < _WIDEST for width in widths):
        msg = f"--widths {text!r}: numbers of bins with commas between them, such as 1,2,3"
        raise click.UsageError(msg)
    return widths
