"""How fast a run is at present, and when it will be through."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from bumpcast.execution.counts import Counts

_WINDOW_S = 30.0
_CHUNKS_OF_WORKER = 2
"""The present is long enough for each worker to have ended about so many chunks."""
_SAMPLE_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Speed:
    """What a second of work brings.

    Attributes:
        events: Events a second.
        bytes: Bytes a second.
    """

    events: float
    bytes: float


@dataclass(frozen=True, slots=True)
class _Sample:
    worked: float
    entries: int
    bytes: int
    chunks: int


class Pace:
    """The speed of a run over the last half a minute, or longer where chunks take long.

    Time without any worker does not count as work: on a cluster the first one can be late.

    Args:
        counts: How far the run is at its beginning.
        now: The time of `time.monotonic`.
    """

    def __init__(self, counts: Counts, now: float | None = None) -> None:
        self._begun = time.monotonic() if now is None else now
        self._waited_before = counts.waited_s
        self._ended: float | None = None
        self._first = self._sample(counts, self._begun)
        self._samples = deque([self._first])

    def worked_s(self, counts: Counts, now: float | None = None) -> float:
        """Return for how many seconds there was a worker, until the last chunk ended."""
        if self._ended is not None:
            return self._ended
        now = time.monotonic() if now is None else now
        return max(now - self._begun - (counts.waited_s - self._waited_before), 0.0)

    def note(self, counts: Counts, now: float | None = None) -> None:
        """Take note of how far the run is; called often."""
        samples = self._samples
        sample = self._sample(counts, now)
        if counts.done + counts.failed < counts.chunks:
            self._ended = None
        elif self._ended is None:
            self._ended = sample.worked
        if sample.chunks == samples[-1].chunks:
            return
        if sample.worked - samples[-1].worked < _SAMPLE_EVERY_S:
            return
        samples.append(sample)
        enough = _CHUNKS_OF_WORKER * max(counts.alive, 1)
        while len(samples) > 2:
            second = samples[1]
            if sample.worked - second.worked < _WINDOW_S or sample.chunks - second.chunks < enough:
                break
            samples.popleft()

    def recent(self, counts: Counts, now: float | None = None) -> Speed | None:
        """Return the present speed; None before the first chunk."""
        return self._since(self._samples[0], counts, now)

    def mean(self, counts: Counts, now: float | None = None) -> Speed | None:
        """Return the speed since the beginning; None before the first chunk."""
        return self._since(self._first, counts, now)

    def left_s(self, counts: Counts, now: float | None = None) -> float | None:
        """Return how many seconds the rest will take; None if that cannot be said yet."""
        speed = self.recent(counts, now)
        if speed is None or not speed.events:
            return None
        return counts.to_go / speed.events

    def _since(self, first: _Sample, counts: Counts, now: float | None) -> Speed | None:
        here = self._sample(counts, now)
        seconds = here.worked - first.worked
        if here.chunks == first.chunks or seconds <= 0:
            return None
        return Speed((here.entries - first.entries) / seconds, (here.bytes - first.bytes) / seconds)

    def _sample(self, counts: Counts, now: float | None) -> _Sample:
        worked = self.worked_s(counts, now)
        # What is read twice is work as well, and never makes a speed negative.
        entries = counts.entries + counts.undone_entries
        chunks = counts.done + counts.failed + counts.undone_chunks
        return _Sample(worked, entries, counts.bytes, chunks)
