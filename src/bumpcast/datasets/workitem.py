"""What a worker is asked to read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class WorkItem:
    """A range of entries of one tree of one file; the names are those of coffea's work items."""

    dataset: str
    filename: str
    treename: str
    entrystart: int
    entrystop: int
    fileuuid: str

    def __len__(self) -> int:
        return self.entrystop - self.entrystart

    def __str__(self) -> str:
        span = f"entries {self.entrystart} to {self.entrystop}"
        return f"{self.dataset}: {self.filename}:{self.treename}, {span}"


@dataclass(frozen=True, slots=True)
class Task:
    """Work items of one data set that one call on a worker reads, one after the other."""

    dataset: str
    items: tuple[WorkItem, ...]

    def __len__(self) -> int:
        return sum(len(item) for item in self.items)
