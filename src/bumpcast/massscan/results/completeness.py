"""Whether the events that a run was to read are all in its results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

MANIFEST: Final = "manifest.json"
MOST_FAILURES: Final = 10


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a run's manifest says of it.

    Attributes:
        complete: Whether the results are known to hold every event that was to be read.
        missing: Why not, in lines to print; empty if complete.
    """

    complete: bool
    missing: tuple[str, ...] = ()


def read_completeness(folder: Path) -> Completeness:
    """Return what the manifest of a results folder says about missing events.

    Args:
        folder: The results folder.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
        status = str(manifest["status"])
        if status == "complete":
            return Completeness(True)
        if status == "running":
            why = f"{path}: the run goes on, or was killed; these may be an earlier start's results"
            return Completeness(False, (why,))
        return Completeness(False, tuple(_missing(status, manifest)))
    except FileNotFoundError:
        why = f"there is no {path}, so it is not known whether the run read every event"
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"{path} cannot be read ({error}), so it is not known whether the run is complete"
    return Completeness(False, (why,))


def _missing(status: str, manifest: dict[str, Any]) -> list[str]:
    expected, seen = int(manifest["entries_expected"]), int(manifest["entries_seen"])
    failures = manifest["failures"]
    lines = [
        f"the run is {status}: {expected - seen:,} of {expected:,} events are missing, "
        f"{len(failures)} pieces of work failed; 'bumpcast run ... --resume' goes on with them"
    ]
    for failure in failures[:MOST_FAILURES]:
        place = str(failure["filename"])
        if "entrystart" in failure:
            place += f", entries {failure['entrystart']} to {failure['entrystop']}"
        error = failure["error"] or {"type": "failed", "message": ""}
        first_line = str(error["message"]).partition("\n")[0]
        lines.append(f"{failure['dataset']}: {place}: {error['type']}: {first_line}")
    if len(failures) > MOST_FAILURES:
        lines.append(f"and {len(failures) - MOST_FAILURES} more, all in {MANIFEST}")
    return lines
