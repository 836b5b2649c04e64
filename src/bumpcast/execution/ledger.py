"""The account of a run: one JSON document a line, only ever appended to."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bumpcast.diskio import DiskError
from bumpcast.errors import BumpcastError

_logger = logging.getLogger(__name__)

LEDGER = "ledger.jsonl"


class LedgerError(BumpcastError):
    """A line in the middle of a ledger is damaged."""


class Ledger:
    """A ledger that is being written.

    Args:
        path: The file; continued if it exists.

    Raises:
        DiskError: It cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size
            self._file = path.open("a", encoding="utf-8")
            if torn:
                # A kill may leave half a line; what follows starts on a line of its own.
                self._file.write("\n")
        except OSError as error:
            raise DiskError.of(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._file.close()
        except OSError as failure:
            if error is None:
                raise DiskError.of(self._path, failure) from failure

    def write(self, event: str, document: Mapping[str, Any]) -> None:
        """Append one line.

        Args:
            event: What happened: 'start', 'item', 'file', 'checkpoint', 'lost', 'stop'.
            document: The particulars.

        Raises:
            DiskError: The disk is full.
        """
        try:
            self._file.write(json.dumps({"event": event, **document}) + "\n")
            self._file.flush()
        except OSError as error:
            raise DiskError.of(self._path, error) from error

    def sync(self) -> None:
        """Flush everything to the disk itself."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise DiskError.of(self._path, error) from error


def read_ledger(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a ledger; one that a kill tore is left out and logged.

    Args:
        path: The file.

    Raises:
        LedgerError: A line is damaged that was not torn by a kill.
    """
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            document = json.loads(line)
        except ValueError:
            # The last line of a process that was killed; a later process started a new one.
            last = number == len(lines)
            if last or '"event": "start"' in lines[number]:
                _logger.warning("%s, line %d: torn by a kill, left out", path, number)
                continue
            msg = f"{path}, line {number}: not a JSON document: {line[:60]!r}"
            raise LedgerError(msg) from None
        if isinstance(document, dict):
            yield document
