"""Files of events: how many they hold, and where the events of each block begin."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final, Self

from bumpcast.config.keys import KeyPath
from bumpcast.config.simulate import SimulationCard
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError

_MAGIC: Final = b"\x1f\x8b"
_AT_ONCE: Final = 8 << 20
_INDEX: Final = "events.json"


class EventFileError(BumpcastError):
    """A file of generated events cannot be read."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class EventFile:
    """A file of events of which each block can be read without what is before it.

    Attributes:
        source: The file as it was given.
        path: The same, not compressed.
        events: How many it holds.
        step: How many events are from one of `starts` to the next.
        starts: Where event 0, `step`, 2 `step`, ... begins, in bytes; at last the end of the file.
    """

    source: str
    path: str
    events: int
    step: int
    starts: tuple[int, ...]

    def head(self) -> bytes:
        """Return what is before the first event.

        Raises:
            EventFileError: The file cannot be read.
        """
        return self._bytes(0, self.starts[0])

    def share(self, first: int, events: int) -> bytes:
        """Return events, and perhaps more of them behind those.

        Args:
            first: Number of the first one; a multiple of `step`.
            events: How many.

        Raises:
            EventFileError: The file cannot be read, or holds too few.
        """
        self.check(first + events)
        begin, odd = divmod(first, self.step)
        assert not odd, "blocks begin where the file was cut"
        return self._bytes(self.starts[begin], self.starts[-(-(first + events) // self.step)])

    def check(self, events: int) -> None:
        """Do nothing if there are as many events.

        Raises:
            EventFileError: There are fewer.
        """
        if events > self.events:
            msg = f"{self.source} holds {self.events:,} events; {events:,} are asked for"
            raise EventFileError(msg)

    def _bytes(self, start: int, end: int) -> bytes:
        try:
            with Path(self.path).open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except OSError as error:
            msg = f"cannot read the events of {self.source} in {self.path}: {error}"
            raise EventFileError(msg) from error

    def text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what was written as JSON; ValueError, TypeError or KeyError: it is none."""
        document: dict[str, Any] = json.loads(text)
        return cls(**{**document, "starts": tuple(document["starts"])})


def source_of(card: SimulationCard) -> tuple[KeyPath, Path] | None:
    """Return the key and the file of a card's events; None: Pythia has a process of its own."""
    for name in ("lhe", "hepmc"):
        path = getattr(card, name)
        if path is not None:
            return (name,), Path(path)
    return None


def identity(path: Path) -> tuple[int, int]:
    """Return what tells a file from another one of its name: size, and time of change in ns."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def index(card: SimulationCard, folder: Path, step: int) -> EventFile | None:
    """Find out where each block's events begin, in one pass over the file.

    Args:
        card: Whose events are in a file.
        folder: Where a compressed file is unpacked to, and what was found is kept: another call
            takes it from there.
        step: Events of a block.

    Returns:
        None: Pythia has a process of its own.

    Raises:
        EventFileError: The file cannot be read, or holds no event.
    """
    found = source_of(card)
    if found is None:
        return None
    (kind,), path = found
    try:
        known = _known(folder, path, step)
        if known is not None:
            return known
        plain = folder / "events.plain" if is_compressed(path) else path
        with ExitStack() as stack:
            copy = stack.enter_context(plain.open("wb")) if plain != path else None
            starts, events = _scan(_chunks(path, copy), _MARKS[kind], step)
        file = EventFile(str(path), str(plain), events, step, tuple(starts))
    except (OSError, EOFError, zlib.error) as error:
        msg = f"cannot read the events of {path}: {error}"
        raise EventFileError(msg) from error
    if not events:
        msg = f"{path} holds no event"
        raise EventFileError(msg)
    content = json.dumps({"identity": identity(path), "file": file.text()})
    write_atomically(folder / _INDEX, content.encode())
    return file


def is_compressed(path: Path) -> bool:
    """Tell from its content whether a file is gzipped."""
    with path.open("rb") as file:
        return file.read(2) == _MAGIC


def _known(folder: Path, path: Path, step: int) -> EventFile | None:
    try:
        document = json.loads((folder / _INDEX).read_text())
        file = EventFile.parse(document["file"])
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not there yet, or of another version: it is made again
    same = document["identity"] == list(identity(path))
    usable = same and (file.source, file.step) == (str(path), step) and Path(file.path).exists()
    return file if usable else None


def _chunks(path: Path, copy: IO[bytes] | None) -> Iterator[bytes]:
    """Read a file in pieces that end with a line."""
    with gzip.open(path, "rb") if copy is not None else path.open("rb") as file:
        while chunk := file.read(_AT_ONCE):
            chunk += file.readline()
            if copy is not None:
                copy.write(chunk)
            yield chunk


def _scan(chunks: Iterator[bytes], mark: tuple[bytes, bytes], step: int) -> tuple[list[int], int]:
    """Return where every `step`-th event begins and the file ends, and how many there are."""
    starts: list[int] = []
    events = offset = 0
    for chunk in chunks:
        for place in _places(chunk, *mark):
            if events % step == 0:
                starts.append(offset + place)
            events += 1
        offset += len(chunk)
    return [*starts, offset], events


_MARKS: Final = {"lhe": (b"<event", b" >\t\r\n"), "hepmc": (b"E ", b"-0123456789 ")}
"""What an event's first line begins with, and the characters of which one follows."""


def _places(chunk: bytes, mark: bytes, follows: bytes) -> Iterator[int]:
    """Find the lines that begin with a mark; blanks may be before it."""
    place = chunk.find(mark)
    while place >= 0:
        line = chunk.rfind(b"\n", 0, place) + 1
        after = chunk[place + len(mark) : place + len(mark) + 1]
        if after in follows and not chunk[line:place].strip():
            yield place
        place = chunk.find(mark, place + len(mark))
