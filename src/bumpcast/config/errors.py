"""What a wrong configuration raises: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bumpcast.config.keys import KeyPath, dotted
from bumpcast.errors import BumpcastError

COMMAND_LINE = "--set"


@dataclass(frozen=True)
class Origin:
    """Where a key was written.

    Attributes:
        source: The TOML file; None: an override of the command line.
        line: Line in the file, from 1; None: not known.
    """

    source: Path | None
    line: int | None = None

    @property
    def order(self) -> tuple[str, int]:
        """Sorts by file, overrides first, and by line."""
        return ("" if self.source is None else str(self.source), self.line or 0)

    def __str__(self) -> str:
        if self.source is None:
            return COMMAND_LINE
        place = shown(self.source)
        return place if self.line is None else f"{place}:{self.line}"


def shown(path: Path) -> str:
    """Return a path relative to the current folder where it lies below it, else as it is."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a configuration.

    Attributes:
        key: Path of the key; empty: the file as a whole.
        message: What is wrong and what to do.
        origin: Where it was written.
    """

    key: KeyPath
    message: str
    origin: Origin

    def __str__(self) -> str:
        key = f"{dotted(self.key)}: " if self.key else ""
        return f"{self.origin}: {key}{self.message}"


class ConfigurationError(BumpcastError):
    """The configuration cannot be used.

    Attributes:
        problems: Everything that is wrong with it.
    """

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems]
        if len(lines) > 1:
            lines = [f"{len(lines)} problems in the configuration:", *lines]
        super().__init__("\n  ".join(lines))

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[tuple[Problem, ...]]]:
        """Rebuild from the problems, not from the message, in another process."""
        return type(self), (self.problems,)
