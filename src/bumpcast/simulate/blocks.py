"""Blocks of events: what one call makes, and what is kept of it on disk."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.simulate.events import CrossSection

EVENTS: Final = 1000
"""Of a block: some seconds of a generator. The content of a file depends on it."""


class BlockError(BumpcastError):
    """A block on disk cannot be used."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a simulation; its content depends on the seed and its number alone.

    Attributes:
        number: From 0.
        events: How many.
        first: Number of its first event in the whole.
    """

    number: int
    events: int
    first: int

    @property
    def size(self) -> int:
        """How many events."""
        return self.events


def cut(events: int, size: int = EVENTS) -> list[Block]:
    """Return the blocks of a simulation; the last one may be smaller.

    Args:
        events: How many altogether.
        size: Of a block.
    """
    starts = range(0, events, size)
    return [Block(n, min(size, events - first), first) for n, first in enumerate(starts)]


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """What is known of a block that is done.

    Attributes:
        number: Of the block.
        events: How many are in its file.
        cross_section: What it says of the cross-section.
        seconds: Wall-clock time of each step, by its name.
        host: Machine that made it.
    """

    number: int
    events: int
    cross_section: CrossSection
    seconds: dict[str, float]
    host: str

    def text(self) -> str:
        """Return the record as JSON."""
        section = asdict(self.cross_section)
        section["by_process"] = [
            [code, name, value, accepted]
            for (code, name), (value, accepted) in self.cross_section.by_process.items()
        ]
        return json.dumps({**asdict(self), "cross_section": section}) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return a record from JSON.

        Raises:
            BlockError: It is not one.
        """
        try:
            document: dict[str, Any] = json.loads(text)
            section = document.pop("cross_section")
            processes = section.pop("by_process")
            by_process = {(code, name): (value, n) for code, name, value, n in processes}
            return cls(cross_section=CrossSection(**section, by_process=by_process), **document)
        except (ValueError, KeyError, TypeError) as error:
            msg = f"not the record of a block: {error}"
            raise BlockError(msg) from error


@dataclass(frozen=True, slots=True)
class Made:
    """What comes back from a worker.

    Attributes:
        record: What is known of the block.
        data: Its ROOT file.
    """

    record: BlockRecord
    data: bytes


class BlockFolder:
    """Blocks that are done, each a ROOT file and its record.

    Args:
        folder: Where they are; made when the first one comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, number: int) -> Path:
        """Return the file of a block, whether it is there or not."""
        return self.folder / f"block-{number:06d}.root"

    def save(self, block: Block, made: Made) -> None:
        """Keep a block.

        Args:
            block: Which.
            made: What a worker made of it.

        Raises:
            DiskError: It cannot be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.file(block.number), made.data)
        # The record comes last: a block counts as done when it is there.
        write_atomically(self._record(block.number), made.record.text().encode())

    def done(self) -> dict[int, BlockRecord]:
        """Return the records of the blocks that are there, by their numbers.

        Raises:
            BlockError: A record is damaged.
        """
        found = {}
        for path in sorted(self.folder.glob("block-*.json")):
            try:
                record = BlockRecord.parse(path.read_text())
            except BlockError as error:
                msg = f"{path}: {error}; remove it, and the block is made again"
                raise BlockError(msg) from error
            if self.file(record.number).exists():
                found[record.number] = record
        return found

    def remove(self) -> None:
        """Remove all blocks, once they have been put together."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _record(self, number: int) -> Path:
        return self.file(number).with_suffix(".json")
