"""Values with commas between them, as one option takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

Value = TypeVar("Value")


class CommaList(click.ParamType[tuple[Value, ...]]):
    """Values with commas between them.

    Args:
        of: Makes a value of its text, and raises ValueError where it cannot.
        metavar: What the help calls them, such as 'PDG,...'.
        what: What they are, for messages, with an example.
        number: How many there have to be; None: any number.
    """

    name = "list"

    def __init__(
        self, of: Callable[[str], Value], metavar: str, what: str, number: int | None = None
    ) -> None:
        self.of, self.metavar, self.what, self.number = of, metavar, what, number

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help calls them."""
        return self.metavar

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Value, ...]:
        """Return the values, in their order."""
        if isinstance(value, tuple):
            return value
        try:
            values = tuple(self.of(word) for word in str(value).split(","))
        except ValueError:
            values = ()
        if not values or self.number not in (None, len(values)):
            self.fail(f"{value!r}: give {self.what}", param, ctx)
        return values


def _name(word: str) -> str:
    if not word.strip():
        raise ValueError(word)
    return word.strip()


NUMBERS: Final = CommaList(float, "N,N,...", "numbers with commas between, such as 0,1.5,inf")
PDG_NUMBERS: Final = CommaList(int, "PDG,...", "PDG numbers with commas between, such as 5,15")
NAMES: Final = CommaList(_name, "NAME,NAME,...", "names with commas between, such as A,B,C,D")
