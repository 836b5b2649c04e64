"""Options that several verbs of `surrogate` have, so that they are the same in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def output_option(what: str, *, folder: bool = False, required: bool = False) -> Decorator:
    """Return the option that says where the result goes.

    Args:
        what: The result, and what happens without the option.
        folder: Whether it is a folder; else a file.
        required: Whether the verb needs it.
    """
    return click.option(
        "--output",
        "-o",
        metavar="FOLDER" if folder else "FILE",
        required=required,
        type=click.Path(path_type=Path, dir_okay=folder, file_okay=not folder),
        help=what,
    )


def threads_option(default: int = 1) -> Decorator:
    """Return the option that says with how many threads trees are grown or asked.

    Args:
        default: How many without it.
    """
    return click.option(
        "--threads",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        help="Of XGBoost.",
    )


def seed_option(of: str) -> Decorator:
    """Return the option that says from which seed numbers are drawn.

    Args:
        of: What is drawn.
    """
    return click.option(
        "--seed", type=click.IntRange(min=0), default=1, show_default=True, help=f"Of {of}."
    )


decision_option: Decorator = click.option(
    "--decision",
    metavar="COLUMN",
    help="The column of the search's decision, a class's name or number; absent: region.",
)


def json_option(what: str = "Print JSON.") -> Decorator:
    """Return the option that prints for machines.

    Args:
        what: What is printed.
    """
    return click.option("--json", "as_json", is_flag=True, help=what)
