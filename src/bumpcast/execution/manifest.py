"""The file manifest.json: what made a results folder, so that it can be made again."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bumpcast.config import Analysis
from bumpcast.config.dump import to_toml
from bumpcast.diskio import write_atomically
from bumpcast.execution.identity import StoredPlan
from bumpcast.execution.summary import RunSummary

MANIFEST = "manifest.json"
CONFIGURATION = "config.toml"
_PACKAGES = (
    "bumpcast", "awkward", "boost-histogram", "coffea", "dask", "distributed", "h5py", "hist",
    "numba", "numpy", "uproot", "vector",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that a result depends on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def is_complete(folder: Path) -> bool:
    """Tell whether a results folder holds a run that finished with nothing missing."""
    path = folder / MANIFEST
    return path.exists() and json.loads(path.read_text())["status"] == "complete"


@dataclass
class Manifest:
    """The manifest of a run that is under way.

    Each start, the first and every resume, is a session of it.

    Args:
        folder: The results folder.
        analysis: The configuration.
        stored: The plan.
        command: The command line.
        workers: How many processes work.
    """

    folder: Path
    analysis: Analysis
    stored: StoredPlan
    command: Sequence[str]
    workers: int
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def begin(self) -> None:
        """Write the manifest of a run that starts.

        Raises:
            DiskError: The disk is full.
        """
        self._earlier = self._read_sessions()
        write_atomically(self.folder / CONFIGURATION, to_toml(self.analysis).encode())
        self._write("running", {"status": "running"}, {})

    def end(self, summary: RunSummary) -> None:
        """Write the manifest of a run that ended.

        Raises:
            DiskError: The disk is full.
        """
        session = {
            "status": summary.status,
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(summary.seconds, 3),
            "bytes_read": summary.bytes_read,
            "entries_resumed": summary.entries_resumed,
            "chunks_retried": summary.chunks_retried,
            "workers_lost": summary.workers_lost,
            "waited_s": round(summary.waited_s, 3),
        }
        result = {
            "entries_expected": summary.entries_expected,
            "entries_seen": summary.entries_seen,
            "datasets": {name: asdict(dataset) for name, dataset in summary.datasets.items()},
            "failures": [failure.document() for failure in summary.failures],
        }
        self._write(summary.status, session, result)

    def _write(self, status: str, session: dict[str, Any], result: dict[str, Any]) -> None:
        here: dict[str, Any] = {
            "started": self._started.isoformat(timespec="seconds"),
            "command": list(self.command),
            "host": platform.node(),
            "pid": os.getpid(),
            "platform": platform.platform(),
            "executable": sys.executable,
            "executor": self.analysis.run.executor,
            "workers": self.workers,
            "versions": versions(),
        }
        identity = self.stored.identity
        document = {
            "name": self.analysis.name,
            "status": status,
            **result,
            "configuration": identity.configuration,
            "processor": {"file": self.analysis.processor, "digest": identity.processor},
            "code": identity.code,
            "seeds": {"normalisation": self.analysis.normalisation.seed},
            "sums_of_weights": dict(self.stored.sums_of_weights),
            "sessions": [*self._earlier, here | session],
            "files": [
                {
                    "dataset": file.dataset,
                    "file": file.filename,
                    "uuid": file.facts.uuid if file.facts else None,
                    "bytes": file.facts.bytes if file.facts else None,
                    "entries": file.facts.entries if file.facts else None,
                }
                for file in self.stored.plan.files
            ],
        }
        write_atomically(self.folder / MANIFEST, json.dumps(document, indent=1).encode())

    def _read_sessions(self) -> list[dict[str, Any]]:
        path = self.folder / MANIFEST
        if not path.exists():
            return []
        # Written atomically, so it is whole if it is there.
        sessions: list[dict[str, Any]] = json.loads(path.read_text())["sessions"]
        return sessions
