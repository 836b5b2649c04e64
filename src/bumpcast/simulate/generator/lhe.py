"""Les Houches event files, which Pythia showers instead of a process of its own."""

from __future__ import annotations

import gzip
import shutil
import zlib
from pathlib import Path

from bumpcast.simulate.generator.errors import EventFileError

_MAGIC = b"\x1f\x8b"


def plain_file(path: Path, folder: Path) -> Path:
    """Return the file itself, or of a compressed one a plain copy.

    Args:
        path: The file; whether it is compressed is seen from its content.
        folder: Where a copy may be put.

    Raises:
        EventFileError: The file is damaged or no LHE file.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _MAGIC
        plain = path
        if compressed:
            plain = folder / f"{path.name}.plain"
            with gzip.open(path, "rb") as packed, plain.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked, 1 << 20)
        _check_start(plain, path)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"cannot read the LHE file {path}: {error}"
        raise EventFileError(msg) from error
    return plain


def _check_start(plain: Path, path: Path) -> None:
    with plain.open("rb") as file:
        start = file.read(4096)
    if b"<LesHouchesEvents" not in start:
        msg = f"{path} is no LHE file: it does not begin with <LesHouchesEvents>"
        raise EventFileError(msg)


def count_events(path: Path) -> int:
    """Return how many events an LHE file holds.

    Args:
        path: The file, plain or compressed.

    Raises:
        EventFileError: The file is damaged.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _MAGIC
        with gzip.open(path, "rb") if compressed else path.open("rb") as lines:
            return sum(line.lstrip().startswith((b"<event>", b"<event ")) for line in lines)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"cannot read the LHE file {path}: {error}"
        raise EventFileError(msg) from error
