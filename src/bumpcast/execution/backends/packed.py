"""The packed environment that jobs bring along, compared with the driver's before they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bumpcast.batch.environment_unpack import (
    NoEnvironmentError,
    environment_facts,
    unpack_lines,
)
from bumpcast.execution.backends.base import BackendError
from bumpcast.execution.backends.site import CODE, PACKAGES, differences, facts

PYTHON: Final = '"$BUMPCAST_PYTHON"'
"""The environment's Python, in the shell of a job that has unpacked it."""

_CACHE: Final = 'export BUMPCAST_CACHE="$BUMPCAST_ENVIRONMENT/cache"'


def check_environment(archive: Path) -> str:
    """Make sure that an archive is an environment that is like the driver's.

    Args:
        archive: What `bumpcast pack` made.

    Returns:
        What it holds, in words.

    Raises:
        BackendError: It is no such archive, or its Python, its packages or its code of bumpcast are
            not the driver's.
    """
    try:
        recorded = environment_facts(archive)
    except NoEnvironmentError as error:
        msg = (
            f"[cluster] environment: {error}. Make one in the environment that runs this: "
            f"bumpcast pack {archive}"
        )
        raise BackendError(msg) from error
    here = facts()
    there = _compared(recorded)
    if CODE not in there:
        # An archive of an earlier time: the worker itself will show its code.
        del here[CODE]
    differ = differences(here, there)
    if differ:
        msg = (
            f"the environment {archive} is not like the driver's: {'; '.join(differ)}. Pack it "
            f"anew, in the environment that runs this: bumpcast pack --overwrite {archive}"
        )
        raise BackendError(msg)
    size = archive.stat().st_size / 1e6
    return f"{archive}, {size:,.0f} MB, Python {recorded['python']}, like the driver's"


def prologue_of(archive: Path, *, at: str | None, python: str | None) -> list[str]:
    """Return the shell lines with which a job unpacks an environment for its workers.

    Machine code that workers compile goes into the unpacked environment, and with it: it is of that
    copy's files alone, and of no use to any other.

    Args:
        archive: What `bumpcast pack` made.
        at: Its name where the job starts; None: the job sees it where it is.
        python: The job's own Python of the same version; None: it is looked for.
    """
    return [*unpack_lines(archive, at=at, python=python), _CACHE]


def _compared(recorded: dict[str, Any]) -> dict[str, str]:
    packages = recorded["packages"]
    found = {"Python": str(recorded["python"])}
    found |= {name: packages[name] for name in PACKAGES if name in packages}
    if "code" in recorded:
        found[CODE] = recorded["code"][:16]
    return found
