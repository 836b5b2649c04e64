"""How a job unpacks the environment that `environment.pack` made: lines of shell.

They hold for any batch system: each is one line, and they may be joined by line breaks or by '; '.
None has '$(', which HTCondor's submit files would take for a macro.
"""

from __future__ import annotations

import json
import shlex
import tarfile
import zlib
from pathlib import Path
from typing import Any, Final

from bumpcast.batch.errors import BatchError

FACTS: Final = "environment.json"
SETTLE: Final = "settle.py"
NO_PYTHON: Final = 127
"""What a job ends with that has no Python for the environment, as shells do without a command."""
NOT_UNPACKED: Final = 126
"""What a job ends with whose environment cannot be unpacked."""

_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


class NoEnvironmentError(BatchError):
    """A file is no environment that `bumpcast pack` made."""


def environment_facts(archive: Path) -> dict[str, Any]:
    """Return what an archive says of itself: 'python', 'base_python', 'packages' and more.

    Raises:
        NoEnvironmentError: It is no archive of a packed environment.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            # The first of its files: the rest is not read.
            first = tar.next()
            file = tar.extractfile(first) if first and first.name == FACTS else None
            if file is not None:
                facts: dict[str, Any] = json.load(file)
                return facts
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError) as error:
        msg = f"{archive} is no environment that `bumpcast pack` made: {error}"
        raise NoEnvironmentError(msg) from error
    msg = f"{archive} is no environment that `bumpcast pack` made: it has no {FACTS}"
    raise NoEnvironmentError(msg)


def unpack_lines(archive: Path, *, at: str | None = None, python: str | None = None) -> list[str]:
    """Return the shell lines with which a job unpacks an environment into its scratch folder.

    After them ``$BUMPCAST_PYTHON`` is the Python to use, first on PATH as ``python``, and
    PYTHONPATH is unset. Each call of the lines unpacks into a new folder,
    ``$BUMPCAST_ENVIRONMENT``. It goes with HTCondor's scratch folder, and elsewhere when the shell
    ends.

    Args:
        archive: The environment, here.
        at: Where the job finds it: a path, relative to the folder that the job starts in; absent:
            where it is here.
        python: The job's own Python of the same version; absent: the one that the environment was
            made of, or one on its PATH.

    Raises:
        NoEnvironmentError: It is no archive of a packed environment.
    """
    facts = environment_facts(archive)
    version = str(facts["python"])
    path = shlex.quote(at or str(archive.absolute()))
    named = [python] if python else [str(facts["base_python"]), f"python{version}", "python3"]
    candidates = " ".join(map(shlex.quote, named))
    wanted = "(" + version.replace(".", ", ") + ")"
    return [
        f'export PATH="${{PATH:-{_PATH}}}"',
        'BUMPCAST_BASE=""',
        f"for one in {candidates}; do "
        f"\"$one\" -c 'import sys; sys.exit(sys.version_info[:2] != {wanted})' >/dev/null 2>&1 "
        '&& BUMPCAST_BASE="$one" && break; done',
        f'test -n "$BUMPCAST_BASE" || {{ echo "bumpcast: the packed environment needs Python '
        f'{version}, and `uname -n` has none: tried" {candidates} >&2; exit {NO_PYTHON}; }}',
        f"test -f {path} || "
        f'{{ echo "bumpcast: `uname -n` has no packed environment" {path} >&2; '
        f"exit {NOT_UNPACKED}; }}",
        # A new folder each time: jobs of one machine may share the folder that it lies in.
        'BUMPCAST_ENVIRONMENT=`mktemp -d "${_CONDOR_SCRATCH_DIR:-${TMPDIR:-/tmp}}/'
        f'bumpcast-environment-XXXXXXXX"` || exit {NOT_UNPACKED}',
        'test -n "$_CONDOR_SCRATCH_DIR" || trap \'rm -rf "$BUMPCAST_ENVIRONMENT"\' EXIT',
        f'"$BUMPCAST_BASE" -I -W ignore -m tarfile -e {path} "$BUMPCAST_ENVIRONMENT" >/dev/null '
        f'&& "$BUMPCAST_BASE" -I "$BUMPCAST_ENVIRONMENT/{SETTLE}" '
        f'|| {{ echo "bumpcast: the packed environment cannot be used on `uname -n`" >&2; '
        f"exit {NOT_UNPACKED}; }}",
        "unset PYTHONPATH PYTHONHOME",
        'export BUMPCAST_PYTHON="$BUMPCAST_ENVIRONMENT/bin/python" '
        'PATH="$BUMPCAST_ENVIRONMENT/bin:$PATH"',
    ]
