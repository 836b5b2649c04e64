"""The processes of a pool, found by what they carry in their environment.

A parent's number would not do: a daemon may be killed, and a job may detach what it starts.
"""

from __future__ import annotations

import os
from pathlib import Path

from condor.testpool.settings import MARK


def processes(folder: Path) -> dict[int, str]:
    """Return the running processes of a pool, daemons and jobs: their names by their numbers.

    Args:
        folder: The pool's folder.
    """
    mark = b"\0" + os.fsencode(f"{MARK}={folder}") + b"\0"
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            environment = (entry / "environ").read_bytes()
            name = (entry / "comm").read_text(errors="replace").strip()
        except OSError:
            # Ended meanwhile, or another user's.
            continue
        # A process that has ended and is not yet collected has no environment any more.
        if mark in b"\0" + environment + b"\0":
            found[int(entry.name)] = name
    return found
