"""What a run comes back with."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bumpcast.execution.records import FileRecord, ItemRecord

INCOMPLETE = 3
"""Exit code of a run that saw fewer entries than it should have."""


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """One data set of a run.

    Attributes:
        entries_in_files: Entries of all of its files that could be surveyed.
        entries_expected: Entries that were to be read; fewer with run.max_events.
        entries_seen: Entries that are in the result.
        sum_of_weights: Sum of generator weights over what was to be read, where one was needed.
    """

    entries_in_files: int
    entries_expected: int
    entries_seen: int
    sum_of_weights: float | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did.

    Attributes:
        name: The analysis's name.
        folder: The results folder.
        output: The processor's output, added up and postprocessed; None when the run was stopped.
        datasets: Per data set what was read.
        failures: Work items and files that are not in the result, with why.
        entries_resumed: Entries that came from an earlier start's checkpoints.
        seconds: Wall-clock time.
        bytes_read: Bytes requested from the files by this start.
        executor: The back end.
        workers: How many processes worked.
        chunks: Work items of the run.
        chunks_done: Those that are in the result.
        chunks_retried: Those that took this start more than one try, whatever the reason.
        workers_lost: Workers that died on this start; others took their place.
        waited_s: Seconds of the wall-clock time in which there was no worker.
        stopped_by: The signal that stopped the run.
        lines: What the processor's `publish` has to say.
    """

    name: str
    folder: Path
    output: Any
    datasets: Mapping[str, DatasetSummary]
    failures: tuple[ItemRecord | FileRecord, ...]
    entries_resumed: int
    seconds: float
    bytes_read: int
    executor: str
    workers: int
    chunks: int = 0
    chunks_done: int = 0
    chunks_retried: int = 0
    workers_lost: int = 0
    waited_s: float = 0.0
    stopped_by: signal.Signals | None = None
    lines: tuple[str, ...] = ()

    @property
    def entries_expected(self) -> int:
        """Entries that were to be read, of all files that could be surveyed."""
        return sum(dataset.entries_expected for dataset in self.datasets.values())

    @property
    def entries_seen(self) -> int:
        """Entries that are in the result."""
        return sum(dataset.entries_seen for dataset in self.datasets.values())

    @property
    def shares(self) -> dict[str, float]:
        """Per data set, which part of its files' entries is in the result."""
        return {
            name: dataset.entries_seen / max(dataset.entries_in_files, 1)
            for name, dataset in self.datasets.items()
        }

    @property
    def complete(self) -> bool:
        """Whether every file was surveyed and every entry is in the result."""
        return not self.failures and self.entries_seen == self.entries_expected

    @property
    def exit_code(self) -> int:
        """0; 3 when entries are missing; 128 and the signal's number when stopped."""
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        return 0 if self.complete else INCOMPLETE

    @property
    def status(self) -> str:
        """'complete', 'incomplete' or 'interrupted'."""
        if self.stopped_by is not None:
            return "interrupted"
        return "complete" if self.complete else "incomplete"
