"""A progress bar of steps where there is a terminal, and a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

import click

from bumpcast.execution.amounts import duration

_LINE_EVERY_S = 10.0


@contextlib.contextmanager
def steps(number: int, label: str, *, shown: bool) -> Iterator[Callable[[], None]]:
    """Give a function that is called after each step.

    Args:
        number: Of steps.
        label: What is done.
        shown: Whether anything is shown.
    """
    if not shown:
        yield lambda: None
        return
    if sys.stderr.isatty():
        with click.progressbar(length=number, label=label, file=sys.stderr) as bar:
            yield lambda: bar.update(1)
        return
    began = told = time.monotonic()
    done = 0

    def step() -> None:
        nonlocal done, told
        done += 1
        now = time.monotonic()
        if now - told > _LINE_EVERY_S and done < number:
            told = now
            left = (now - began) / done * (number - done)
            line = f"{label}: {done} of {number}, about {duration(left)} left"
            click.echo(line, err=True)

    yield step
