"""Pythia's own words: caught where it prints them, and read."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

_MESSAGE = re.compile(r"^\s*PYTHIA (?P<kind>Abort|Error|Warning)[: ]+(?P<words>.*)$")
_STDOUT = 1


@dataclass
class Caught:
    """What was printed; complete when the block that catches it has ended.

    Attributes:
        text: All of it.
    """

    text: str = ""


@contextlib.contextmanager
def caught_output() -> Iterator[Caught]:
    """Catch what compiled code prints to the standard output.

    Python's `sys.stdout` knows nothing of it, so the file descriptor itself is turned to a file.
    Pythia holds the interpreter's lock while it works, so that nothing else is caught with it.
    """
    caught = Caught()
    sys.stdout.flush()
    _flush()
    kept = os.dup(_STDOUT)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDOUT)
        try:
            yield caught
        finally:
            sys.stdout.flush()
            _flush()
            os.dup2(kept, _STDOUT)
            os.close(kept)
            file.seek(0)
            caught.text = file.read().decode("utf-8", "replace")


def _flush() -> None:
    ctypes.CDLL(None).fflush(None)


def messages_in(text: str, *, warnings: bool = True) -> list[str]:
    """Return Pythia's messages, each on one line and once.

    Args:
        text: What it printed.
        warnings: With them, or only what it calls an error.
    """
    found: list[str] = []
    kinds: list[str] = []
    for line in text.splitlines():
        match = _MESSAGE.match(line)
        if match is not None:
            found.append(match["words"].strip())
            kinds.append(match["kind"])
        elif found and found[-1].endswith(":") and line.strip():
            found[-1] = f"{found[-1].rstrip(':')}: {line.strip()}"
    kept = [
        words for words, kind in zip(found, kinds, strict=True) if warnings or kind != "Warning"
    ]
    return list(dict.fromkeys(kept))
