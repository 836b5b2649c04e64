"""How far a run is, as numbers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Protocol

from bumpcast.execution.records import ItemRecord


class Crew(Protocol):
    """Whoever has workers: a back end."""

    @property
    def alive(self) -> int:
        """How many workers there are now."""

    @property
    def lost(self) -> int:
        """How many workers died so far."""

    @property
    def redone(self) -> int:
        """How many tasks were begun again because their worker died."""


@dataclass(slots=True)
class Counts:
    """How far a run is.

    Attributes:
        files: Files to look at before anything is read.
        files_seen: Those that were looked at.
        total: Entries to read, those of earlier starts included.
        resumed: Entries that an earlier start read.
        entries: Entries read by this start whose result there is.
        given_up: Entries that this start will not read: those of work items that failed or that
            cannot be begun.
        bytes: Bytes read by this start.
        chunks: Work items to do, those of earlier starts included.
        done: Work items that are done, those of earlier starts included.
        failed: Work items that failed.
        repeated: Work items that took more than one try on their worker, or whose result was lost
            with it.
        undone_entries: Entries that were read and then had to be read again.
        undone_chunks: Work items that were done and then had to be done again.
        merging: Results that wait to be added up.
        wanted: Workers that were asked for.
        alive: Workers that there are.
        lost: Workers that died.
        redone: Tasks that were begun again because their worker died.
        waited_s: Seconds without any worker.
        unit: What entries are called.
        part: What a work item is called.
        merges: Whether results are added up.
    """

    files: int = 0
    files_seen: int = 0
    total: int = 0
    resumed: int = 0
    entries: int = 0
    given_up: int = 0
    bytes: int = 0
    chunks: int = 0
    done: int = 0
    failed: int = 0
    repeated: int = 0
    undone_entries: int = 0
    undone_chunks: int = 0
    merging: int = 0
    wanted: int = 0
    alive: int = 0
    lost: int = 0
    redone: int = 0
    waited_s: float = 0.0
    unit: str = "events"
    part: str = "chunk"
    merges: bool = True
    _looked: float | None = field(default=None, repr=False, compare=False)
    _waiting_since: float | None = field(default=None, repr=False, compare=False)

    @property
    def retried(self) -> int:
        """Work items that took more than one try, whatever the reason."""
        return self.repeated + self.redone

    @property
    def seen(self) -> int:
        """Entries that were read, by this start or an earlier one."""
        return self.resumed + self.entries

    @property
    def to_go(self) -> int:
        """Entries that this start has still to read."""
        return max(self.total - self.seen - self.given_up, 0)

    def take(self, record: ItemRecord) -> None:
        """Count what became of a work item."""
        self.bytes += record.bytes_read
        self.repeated += record.attempts > 1
        if record.status == "done":
            self.done += 1
            self.entries += record.entries
        else:
            self.failed += 1
            self.given_up += record.entrystop - record.entrystart

    def undo(self, chunks: int, entries: int) -> None:
        """Take back work items whose results were lost with a worker: they are done again.

        Args:
            chunks: How many.
            entries: How many entries they have.
        """
        self.done -= chunks
        self.entries -= entries
        self.repeated += chunks
        self.undone_chunks += chunks
        self.undone_entries += entries

    def look_at(self, crew: Crew) -> None:
        """Take note of the workers, and of the time that passes without any."""
        now = time.monotonic()
        if self._waiting_since is not None and self._looked is not None:
            self.waited_s += now - self._looked
        self._looked = now
        self.alive, self.lost, self.redone = crew.alive, crew.lost, crew.redone
        if self.alive:
            self._waiting_since = None
        elif self._waiting_since is None:
            self._waiting_since = now

    def waiting_s(self) -> float | None:
        """Return for how many seconds there has been no worker; None while there is one."""
        since = self._waiting_since
        return None if since is None else time.monotonic() - since
