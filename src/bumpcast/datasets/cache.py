"""What was learnt about input files, kept between runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

_logger = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the folder of the user's cache: $BUMPCAST_CACHE, or bumpcast in the XDG cache."""
    chosen = os.environ.get("BUMPCAST_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "bumpcast"


class FactsCache:
    """Small JSON documents by key, a file each, so that many processes can share them.

    A cache that cannot be read or written costs time and nothing else: it is logged, and the fact
    is learnt again.

    Args:
        folder: Where the documents are; made when the first is written.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = (folder or cache_folder()) / "files"

    def get(self, key: dict[str, Any]) -> Any:
        """Return the document of a key, or None."""
        path = self._path(key)
        try:
            stored = json.loads(path.read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _logger.warning("cannot read %s, so what it says is learnt again: %s", path, error)
            return None
        if not isinstance(stored, dict) or stored.get("key") != key:
            return None
        return stored.get("value")

    def put(self, key: dict[str, Any], value: Any) -> None:
        """Store a document; a reader sees all of it or none."""
        path = self._path(key)
        temporary: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            with os.fdopen(handle, "w") as file:
                json.dump({"key": key, "value": value}, file)
            Path(temporary).replace(path)
        except OSError as error:
            _logger.warning("cannot keep what was learnt about a file: %s", error)
            if temporary is not None:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()

    def _path(self, key: dict[str, Any]) -> Path:
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self._folder / digest[:2] / f"{digest[2:32]}.json"
