"""What is wrong with a pickle, in words that can do no harm on a screen."""

from __future__ import annotations

from typing import Final

_LONGEST_NAME: Final = 100


class PickleError(Exception):
    """The pickle is not what it should be; the text is for the user."""


def shown(name: object) -> str:
    """Return a name of a pickle so that it can do no harm on a screen."""
    text = name if type(name) is str else type(name).__name__
    return ascii(text)[1:-1][:_LONGEST_NAME]
