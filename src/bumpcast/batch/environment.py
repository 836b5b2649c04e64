"""Packs the Python environment that runs this, so that jobs can bring it along.

The archive holds the installed packages, this one included, but no interpreter: a job unpacks it
beside a Python of the same version (`environment_unpack`).
"""

from __future__ import annotations

import os
import platform
import re
import sys
import sysconfig
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

from bumpcast.batch.environment_archive import write_archive
from bumpcast.batch.environment_contents import (
    PYTHON,
    Entry,
    PackError,
    choose,
    files_to_pack,
    installed_packages,
    site_folders,
)
from bumpcast.own_code import code_digest


@dataclass(frozen=True)
class Packed:
    """What an archive holds.

    Attributes:
        archive: The file.
        files: How many files.
        size: Of them, in bytes.
        packed_size: Of the archive, in bytes.
        python: 'X.Y', the Python that a job needs.
        largest: The largest packages and their sizes in bytes, largest first.
        left_out: Packages that are installed here and not packed.
        notes: What its user should know.
    """

    archive: Path
    files: int
    size: int
    packed_size: int
    python: str
    largest: tuple[tuple[str, int], ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def pack(
    archive: Path,
    *,
    without: Sequence[str] = (),
    only: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Packed:
    """Pack the environment of this process.

    Left out are tests, machine code of Python, pip, and what only the tests of bumpcast need. The
    same environment gives the same bytes.

    Args:
        archive: File to write; replaced when the new one is whole.
        without: Installed packages to leave out.
        only: Pack these packages, bumpcast, and what they require, and no others.
        progress: Told how many bytes of how many are packed.

    Raises:
        PackError: The environment is one of conda, a package is installed as a link to its source,
            or there is no such package.
        DiskError: The archive cannot be written.
    """
    if not re.search(r"\.(tar\.gz|tgz)$", archive.name):
        msg = f"{archive}: the archive is a compressed tar file: call it NAME.tar.gz"
        raise PackError(msg)
    conda = Path(sys.prefix) / "conda-meta"
    if conda.is_dir():
        msg = (
            f"this Python belongs to a conda environment, {sys.prefix}: conda-pack packs those, "
            f"with the Python itself (https://conda.github.io/conda-pack/)"
        )
        raise PackError(msg)
    folders = site_folders()
    installed = installed_packages(folders)
    kept = choose(installed, without=without, only=only)
    entries = sorted(files_to_pack(folders, installed, kept), key=lambda entry: entry.name)
    write_archive(archive, entries, _facts(installed, kept), progress)
    return Packed(
        archive=archive,
        files=len(entries),
        size=sum(entry.size for entry in entries),
        packed_size=archive.stat().st_size,
        python=PYTHON,
        largest=_largest(entries),
        left_out=tuple(sorted(set(installed) - kept)),
        notes=tuple(_notes(entries)),
    )


def _facts(installed: Mapping[str, Distribution], kept: Collection[str]) -> dict[str, Any]:
    """Return what has to be the same where the archive is unpacked, and what is in it."""
    return {
        "format": 1,
        "python": PYTHON,
        "python_full": platform.python_version(),
        "base_python": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
        "soabi": sysconfig.get_config_var("SOABI"),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "code": code_digest(),
        "packages": {name: installed[name].version for name in sorted(kept)},
    }


def _largest(entries: Iterable[Entry], most: int = 5) -> tuple[tuple[str, int], ...]:
    sizes: dict[str, int] = {}
    for entry in entries:
        top = entry.parts[0]
        sizes[top] = sizes.get(top, 0) + entry.size
    return tuple(sorted(sizes.items(), key=lambda item: -item[1])[:most])


def _notes(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.name.endswith(".pth") and len(entry.parts) == 1:
            for line in entry.source.read_text(errors="replace").splitlines():
                if Path(line.strip()).is_absolute():
                    yield f"not packed: {line.strip()}, a folder that {entry.source} adds"
