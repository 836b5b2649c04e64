"""Telling how far a run is: who is told, and lines now and then where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from bumpcast.execution.amounts import brief, duration, size, time_of_day
from bumpcast.execution.counts import Counts
from bumpcast.execution.pace import Pace, Speed

__all__ = [
    "Counts", "Lines", "Progress", "Silent", "describe", "looking", "rates", "remaining", "waiting",
]  # fmt: skip

_LINE_EVERY_S = 10.0
_LINES_OF_RUN = 20
"""A run that has taken t seconds is followed by no line for t over this many."""
_LINE_AT_LEAST_EVERY_S = 600.0


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
    """Writes a line every ten seconds, less often on a long run, and one at the end.

    Args:
        write: Where a line goes.
        every_s: Seconds between lines.
    """

    def __init__(self, write: Callable[[str], object], every_s: float = _LINE_EVERY_S) -> None:
        self._write = write
        self._every_s = every_s
        self._begun = self._last = time.monotonic()
        self._counts: Counts | None = None
        self._pace: Pace | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._counts is not None and self._pace is not None:
            self._write(describe(self._counts, self._pace, ended=True))

    def stage(self, text: str) -> None:
        """Write what the run is about to do."""
        self._write(text)

    def note(self, text: str) -> None:
        """Write it."""
        self._write(text)

    def show(self, counts: Counts) -> None:
        """Write a line if the last is long ago."""
        self._counts = counts
        if self._pace is None and counts.total:
            self._pace = Pace(counts)
        if self._pace is not None:
            self._pace.note(counts)
        now = time.monotonic()
        rarer = min((now - self._begun) / _LINES_OF_RUN, _LINE_AT_LEAST_EVERY_S)
        if now - self._last < max(self._every_s, rarer):
            return
        self._last = now
        if self._pace is not None:
            self._write(describe(counts, self._pace))
        else:
            self._write(waiting(counts) or looking(counts))


def describe(counts: Counts, pace: Pace, *, ended: bool = False) -> str:
    """Return one line that says how far a run is.

    Args:
        counts: How far it is.
        pace: How fast it was so far.
        ended: Whether nothing more will come: then the speed is that of the whole run.
    """
    share = counts.seen / counts.total if counts.total else 1.0
    parts = [f"{counts.seen:,} of {counts.total:,} {counts.unit} ({share:.0%})"]
    if not ended and (text := waiting(counts)) is not None:
        parts.append(text)
    elif ended:
        parts.append(f"{rates(pace.mean(counts), counts)} in {duration(pace.worked_s(counts))}")
    else:
        parts.append(rates(pace.recent(counts), counts))
        parts.append(remaining(pace.left_s(counts)))
    parts.append(f"workers {counts.alive:,} of {counts.wanted:,}")
    parts.append(
        f"{counts.part}s {counts.done:,} of {counts.chunks:,}, {counts.failed:,} failed, "
        f"{counts.retried:,} retried"
    )
    if counts.merges:
        parts.append(f"{counts.merging:,} to merge")
    return "; ".join(parts)


def rates(speed: Speed | None, counts: Counts) -> str:
    """Return a speed in words, or that there is none yet."""
    if speed is None:
        return f"no {counts.part} done yet"
    rate = f"{brief(speed.events)} {counts.unit}/s"
    return f"{rate}, {size(speed.bytes)}/s" if counts.merges else rate


def remaining(seconds: float | None) -> str:
    """Return in words how long the rest takes and when it ends, or that this is unknown."""
    if seconds is None:
        return "no estimate yet"
    return f"{duration(seconds)} to go, until {time_of_day(datetime.now(), seconds)}"


def looking(counts: Counts) -> str:
    """Return in words how many files were looked at before reading begins."""
    return f"{counts.files_seen:,} of {counts.files:,} files"


def waiting(counts: Counts) -> str | None:
    """Return in words for how long there has been no worker; None while there is one."""
    seconds = counts.waiting_s()
    if seconds is None:
        return None
    return f"waiting for workers: 0 of {counts.wanted:,} alive, {duration(seconds)}"
