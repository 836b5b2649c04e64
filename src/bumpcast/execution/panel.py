"""Three lines on a terminal that say how far a run is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from bumpcast.execution.amounts import brief, briefest, duration
from bumpcast.execution.counts import Counts
from bumpcast.execution.pace import Pace
from bumpcast.execution.progress import looking, rates, remaining, waiting

_WIDEST = 120
_REDRAWN_PER_S = 4
_NARROWEST_BAR = 10


class Panel:
    """Shows a bar and two lines of numbers, which it redraws a few times a second.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun = time.monotonic()
        self._text = "starting"
        self._counts: Counts | None = None
        self._pace: Pace | None = None
        self._ended = False
        self._live = Live(
            get_renderable=self._picture,
            console=console,
            refresh_per_second=_REDRAWN_PER_S,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended = True
        self._live.stop()

    def stage(self, text: str) -> None:
        """Name what the run is doing beside the bar."""
        self._text = text

    def note(self, text: str) -> None:
        """Write it above the bar."""
        self._console.print(text, markup=False, highlight=False)

    def show(self, counts: Counts) -> None:
        """Take note of the counts; the next picture shows them."""
        self._counts = counts
        if self._pace is None and counts.total:
            self._pace = Pace(counts)
        if self._pace is not None:
            self._pace.note(counts)

    def _picture(self) -> RenderableType:
        width = min(self._console.width, _WIDEST)
        counts, pace = self._counts, self._pace
        lines = [self._head(width)]
        if counts is not None:
            lines.append(_line(self._speed(counts, pace), width))
            lines.append(_line(_crew(counts), width))
        return Constrain(Group(*lines), width)

    def _head(self, width: int) -> RenderableType:
        taken = duration(time.monotonic() - self._begun)
        if self._counts is None or not self._counts.total:
            return _line([f"{self._text}  {taken}"], width, indent=0)
        share = f"{self._counts.seen / self._counts.total:.0%}  {taken}"
        if len(self._text) + len(share) + 4 + _NARROWEST_BAR > width:
            return _line([f"{self._text}  {share}", share], width, indent=0)
        head = Table.grid(expand=True, padding=(0, 1))
        head.add_column(no_wrap=True)
        head.add_column(ratio=1, no_wrap=True)
        head.add_column(no_wrap=True)
        head.add_row(
            Text(self._text), ProgressBar(self._counts.total, self._counts.seen), Text(share)
        )
        return head

    def _speed(self, counts: Counts, pace: Pace | None) -> Sequence[str]:
        """Return the second line, the longest form first."""
        waits = None if self._ended else waiting(counts)
        if pace is None:
            return [waits or looking(counts)]
        seen = f"{brief(counts.seen)} {counts.unit}"
        if waits is not None:
            return [f"{seen}; {waits}", waits]
        if self._ended or not counts.to_go:
            return [
                f"{seen}, {rates(pace.mean(counts), counts)} in {duration(pace.worked_s(counts))}"
            ]
        rate, left = rates(pace.recent(counts), counts), remaining(pace.left_s(counts))
        return [f"{seen}, {rate}; {left}", f"{rate}; {left}"]


def _crew(counts: Counts) -> Sequence[str]:
    """Return the third line, the longest form first."""
    alive, wanted = f"{counts.alive:,}", f"{counts.wanted:,}"
    if not counts.chunks:
        return [f"workers {alive} of {wanted}"]
    troubles = f"{counts.failed:,} failed, {counts.retried:,} retried"
    merging = f"; {counts.merging:,} to merge" if counts.merges else ""
    parts, done, chunks = f"{counts.part}s", f"{counts.done:,}", f"{counts.chunks:,}"
    few_merging = f"; {briefest(counts.merging)} to merge" if counts.merges else ""
    return [
        f"workers {alive} of {wanted}; {parts} {done} of {chunks}, {troubles}{merging}",
        f"workers {alive}/{wanted}; {parts} {done}/{chunks}, {troubles}{merging}",
        f"{alive}/{wanted} workers; {briefest(counts.done)}/{briefest(counts.chunks)} {parts}, "
        f"{briefest(counts.failed)} failed, {briefest(counts.retried)} retried{few_merging}",
    ]


def _line(forms: Sequence[str], width: int, indent: int = 2) -> Text:
    """Return the longest form that fits; if none does, the shortest, cut off."""
    fitting = [form for form in forms if indent + len(form) <= width]
    text = " " * indent + (fitting or forms[-1:])[0]
    return Text(text, no_wrap=True, overflow="ellipsis")
