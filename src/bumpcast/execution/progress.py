"""How far a run is: a bar on a terminal, a line now and then otherwise, or nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichBar

_LINE_EVERY_S = 10.0


@dataclass(slots=True)
class Counts:
    """How far a run is.

    Attributes:
        total: Entries to read, those of earlier starts included.
        resumed: Entries that an earlier start read.
        entries: Entries read by this start.
        bytes: Bytes read by this start.
        failed: Work items that failed.
    """

    total: int = 0
    resumed: int = 0
    entries: int = 0
    bytes: int = 0
    failed: int = 0


class Progress(Protocol):
    """Whoever wants to know how far a run is; used as a context manager."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show the last state and end."""

    def stage(self, text: str) -> None:
        """Say what the run is about to do."""

    def note(self, text: str) -> None:
        """Say something that stays to be read."""

    def show(self, counts: Counts) -> None:
        """Take note of the counts; called often."""


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def stage(self, text: str) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def show(self, counts: Counts) -> None:
        """Ignore it."""


class Lines:
    """Writes a line every ten seconds and one at the end.

    Args:
        write: Where a line goes.
        every_s: Seconds between lines.
    """

    def __init__(self, write: Callable[[str], object], every_s: float = _LINE_EVERY_S) -> None:
        self._write = write
        self._every_s = every_s
        self._started = self._last = time.monotonic()
        self._counts: Counts | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._counts is not None:
            self._write(self._line(self._counts))

    def stage(self, text: str) -> None:
        """Write what the run is about to do."""
        self._write(text)
        self._started = time.monotonic()

    def note(self, text: str) -> None:
        """Write it."""
        self._write(text)

    def show(self, counts: Counts) -> None:
        """Write a line if the last is long ago."""
        self._counts = counts
        if time.monotonic() - self._last >= self._every_s:
            self._last = time.monotonic()
            self._write(self._line(counts))

    def _line(self, counts: Counts) -> str:
        return describe(counts, time.monotonic() - self._started)


class Bar:
    """A bar on a terminal.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._bar = RichBar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rates]}"),
            TimeRemainingColumn(),
            console=console,
            transient=False,
        )
        self._started = time.monotonic()
        self._task = self._bar.add_task("starting", total=None, rates="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def stage(self, text: str) -> None:
        """Name what the run is doing beside the bar."""
        self._started = time.monotonic()
        self._bar.update(self._task, description=text)

    def note(self, text: str) -> None:
        """Write it above the bar."""
        self._bar.console.print(text, markup=False, highlight=False)

    def show(self, counts: Counts) -> None:
        """Move the bar."""
        seconds = time.monotonic() - self._started
        self._bar.update(
            self._task,
            total=counts.total,
            completed=counts.resumed + counts.entries,
            rates=rates(counts, seconds),
        )


def rates(counts: Counts, seconds: float) -> str:
    """Return events and megabytes a second, and how many work items failed."""
    seconds = max(seconds, 1e-9)
    text = f"{counts.entries / seconds:,.0f} events/s, {counts.bytes / 1e6 / seconds:.1f} MB/s"
    return f"{text}, {counts.failed} failed" if counts.failed else text


def describe(counts: Counts, seconds: float) -> str:
    """Return one line that says how far a run is."""
    done = counts.resumed + counts.entries
    share = done / counts.total if counts.total else 1.0
    line = f"{done:,} of {counts.total:,} events ({share:.0%}), {rates(counts, seconds)}"
    left = counts.total - done
    if left and counts.entries:
        line += f", {left / counts.entries * seconds:.0f} s to go"
    return line
