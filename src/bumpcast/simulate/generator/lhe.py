"""Les Houches event files, which Pythia showers instead of a process of its own."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Final

from bumpcast.simulate.eventfile import EventFile, is_compressed
from bumpcast.simulate.generator.errors import EventFileError

_NAME: Final = "events.lhe"
_END: Final = b"</LesHouchesEvents>\n"
_EVENT: Final = b"<event"


def share_file(file: EventFile, first: int, events: int, folder: Path) -> Path:
    """Write a file of a block's events alone, with the head of the whole.

    Args:
        file: The whole.
        first: Number of the block's first event.
        events: How many.
        folder: Where it is put.

    Raises:
        EventFileError: The whole cannot be read, or holds too few events.
    """
    path = folder / _NAME
    path.write_bytes(file.head() + file.share(first, events) + _END)
    return path


def head_file(source: Path, folder: Path) -> Path:
    """Write a file of the head alone, which is enough to see whether Pythia takes it.

    Args:
        source: The whole, plain or gzipped.
        folder: Where it is put.

    Raises:
        EventFileError: The file cannot be read, or is no LHE file.
    """
    head = bytearray()
    try:
        with gzip.open(source, "rb") if is_compressed(source) else source.open("rb") as lines:
            for line in lines:
                if line.lstrip().startswith(_EVENT):
                    break
                head += line
    except (OSError, EOFError, zlib.error) as error:
        msg = f"cannot read the LHE file {source}: {error}"
        raise EventFileError(msg) from error
    if b"<LesHouchesEvents" not in head[:4096]:
        msg = f"{source} is no LHE file: it does not begin with <LesHouchesEvents>"
        raise EventFileError(msg)
    path = folder / _NAME
    path.write_bytes(head + _END)
    return path
