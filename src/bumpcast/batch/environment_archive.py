"""Writes the packed environment: the same files give the same bytes."""

from __future__ import annotations

import importlib.resources
import io
import json
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import isal.igzip

from bumpcast.batch.environment_contents import Entry, PackError
from bumpcast.batch.environment_unpack import FACTS, SETTLE
from bumpcast.diskio import DiskError, replacing

# Typed in places, and so refused by a strict check where it is not.
_igzip: Any = isal.igzip

_LEVEL: Final = 3
"""Of isal: a tenth larger than what gzip makes, in a tenth of the time."""
_SCRIPT: Final = '#!/bin/sh\nexec "$(dirname "$0")/python" -P -m bumpcast "$@"\n'


def write_archive(
    archive: Path,
    entries: Sequence[Entry],
    facts: Mapping[str, Any],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write an archive, which appears whole or not at all.

    Args:
        archive: File to write; replaced when the new one is whole.
        entries: The files, in their order.
        facts: What it says of itself, to be read without unpacking the rest.
        progress: Told how many bytes of how many are packed.

    Raises:
        PackError: A file cannot be read.
        DiskError: The archive cannot be written.
    """
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError.of(archive, error) from error
    with (
        replacing(archive) as raw,
        # Neither a name nor a time in the header: the same files give the same bytes.
        _igzip.IGzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        _fill(tar, entries, facts, progress)


def _fill(
    tar: tarfile.TarFile,
    entries: Sequence[Entry],
    facts: Mapping[str, Any],
    progress: Callable[[int, int], None] | None,
) -> None:
    settle = importlib.resources.files("bumpcast.batch") / "templates" / SETTLE
    texts = {
        FACTS: (json.dumps(dict(facts), indent=1) + "\n", False),
        SETTLE: (settle.read_text(), False),
        "bin/bumpcast": (_SCRIPT, True),
    }
    for name, (text, executable) in texts.items():
        data = text.encode()
        tar.addfile(_header(name, len(data), executable=executable), io.BytesIO(data))
    size = sum(entry.size for entry in entries)
    done = 0
    for entry in entries:
        # Read whole, so that a file that changes meanwhile does not damage the archive.
        try:
            data = entry.source.read_bytes()
        except OSError as error:
            msg = f"{entry.source} cannot be packed: {error}"
            raise PackError(msg) from error
        tar.addfile(_header(entry.name, len(data), executable=entry.executable), io.BytesIO(data))
        done += entry.size
        if progress is not None:
            progress(done, size)


def _header(name: str, size: int, *, executable: bool) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o755 if executable else 0o644
    # Not 0: tools that make zip files know no time before 1980.
    header.mtime = 315_532_800
    return header
