"""What tests on the pool have in common."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bumpcast.config.sites import read_site
from bumpcast.execution.progress import Silent

_PROFILE = Path(__file__).parents[3] / "condor" / "sites" / "testpool.toml"
ON_THIS_MACHINE: dict[str, Any] = {**read_site(str(_PROFILE)).values["cluster"], "watch_s": 0.5}
"""The table [cluster] of the pool's own profile, with more frequent looks at the queue."""


class Notes(Silent):
    """Keeps what the user would be told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)

    def has(self, text: str) -> bool:
        return any(text in line for line in self.lines)


def condor(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout


def queue() -> list[str]:
    """Return each job's number and state."""
    return condor("condor_q", "-af:j", "JobStatus").splitlines()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
