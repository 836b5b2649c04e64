"""Packs the Python environment that runs this, so that jobs can bring it along.

The archive holds the installed packages, this one included, but no interpreter: a job unpacks it
beside a Python of the same version (`environment_unpack`).
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import io
import json
import os
import platform
import re
import site
import sys
import sysconfig
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any, Final

import isal.igzip
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bumpcast
from bumpcast.batch.environment_unpack import FACTS, SETTLE
from bumpcast.batch.errors import BatchError
from bumpcast.diskio import DiskError, replacing
from bumpcast.errors import did_you_mean
from bumpcast.own_code import code_digest

# Typed in places, and so refused by a strict check where it is not.
_igzip: Any = isal.igzip

OURS: Final = "bumpcast"
_TOOLS: Final = ("pip", "setuptools", "wheel")
"""Nobody runs these in a job; those that another package requires are packed nevertheless."""
_LEVEL: Final = 3
"""Of isal: a tenth larger than what gzip makes, in a tenth of the time."""
_SCRIPT: Final = '#!/bin/sh\nexec "$(dirname "$0")/python" -P -m bumpcast "$@"\n'


class PackError(BatchError):
    """The environment cannot be packed."""


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


@dataclass(frozen=True)
class _Entry:
    """A file on its way into the archive."""

    name: str
    source: Path
    size: int
    executable: bool


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
    installed = _installed(folders)
    kept = _kept(installed, without, only)
    _refuse_links(installed, kept)
    entries = sorted(_entries(folders, installed, kept), key=lambda entry: entry.name)
    size = sum(entry.size for entry in entries)
    _write(archive, entries, _facts(installed, kept), size, progress)
    return Packed(
        archive=archive,
        files=len(entries),
        size=size,
        packed_size=archive.stat().st_size,
        python=_python(),
        largest=_largest(entries),
        left_out=tuple(sorted(set(installed) - kept)),
        notes=tuple(_notes(entries)),
    )


def site_folders() -> list[Path]:
    """Return the folders of installed packages that this Python looks into, first things first."""
    wanted = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    wanted += site.getsitepackages()
    if site.ENABLE_USER_SITE:
        wanted.append(site.getusersitepackages())
    seen = {os.path.realpath(folder) for folder in sys.path if folder}
    folders = dict.fromkeys(Path(os.path.realpath(folder)) for folder in wanted)
    return [folder for folder in folders if str(folder) in seen and folder.is_dir()]


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _facts(installed: dict[str, Distribution], kept: set[str]) -> dict[str, Any]:
    """Return what has to be the same where the archive is unpacked, and what is in it."""
    return {
        "format": 1,
        "python": _python(),
        "python_full": platform.python_version(),
        "base_python": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
        "soabi": sysconfig.get_config_var("SOABI"),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "code": code_digest(),
        "packages": {name: installed[name].version for name in sorted(kept)},
    }


def _installed(folders: Iterable[Path]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    for distribution in importlib.metadata.distributions(path=[str(path) for path in folders]):
        # Of two of a name, the first one is imported.
        found.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution)
    return found


def _kept(
    installed: dict[str, Distribution], without: Sequence[str], only: Sequence[str] | None
) -> set[str]:
    """Return the names of the packages to pack."""
    for name in (*without, *(only or ())):
        if canonicalize_name(name) not in installed:
            msg = f"no package {name!r} is installed here. {did_you_mean(name, installed)}"
            raise PackError(msg)
    needed = _closure(installed, [OURS])
    if only is not None:
        kept = needed | _closure(installed, map(canonicalize_name, only))
    else:
        tools = {*_closure(installed, [OURS], extras=("test",)), *_TOOLS} - needed
        others = set(installed) - tools
        kept = _closure(installed, others)
    for name in map(canonicalize_name, without):
        if name in needed:
            msg = f"{name} cannot be left out: bumpcast needs it"
            raise PackError(msg)
        kept.discard(name)
    return kept


def _closure(
    installed: dict[str, Distribution], roots: Iterable[str], extras: Sequence[str] = ()
) -> set[str]:
    """Return packages and what they require, as far as it is installed.

    Args:
        installed: All.
        roots: Names to begin with.
        extras: Of the roots.
    """
    found: set[str] = set()
    waiting = [(name, tuple(extras)) for name in roots]
    done: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if name not in installed or (name, wanted) in done:
            continue
        done.add((name, wanted))
        found.add(name)
        for text in installed[name].requires or ():
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in ("", *wanted)):
                required = canonicalize_name(requirement.name)
                waiting.append((required, tuple(sorted(requirement.extras))))
    return found


def _link(distribution: Distribution) -> str | None:
    """Return the folder that a package is a link to ('pip install -e'), if it is one."""
    text = distribution.read_text("direct_url.json")
    if text is None:
        return None
    document = json.loads(text)
    if not document.get("dir_info", {}).get("editable"):
        return None
    return str(document.get("url", "its source")).removeprefix("file://")


def _refuse_links(installed: dict[str, Distribution], kept: set[str]) -> None:
    for name in sorted(kept - {OURS}):
        folder = _link(installed[name])
        if folder is not None:
            msg = (
                f"{name} is installed as a link to {folder} (pip install -e), where jobs would "
                f"not find it: install it without -e, or leave it out: --without {name}"
            )
            raise PackError(msg)


def _entries(
    folders: Sequence[Path], installed: dict[str, Distribution], kept: set[str]
) -> Iterator[_Entry]:
    """Yield the files to pack, each name once."""
    target = f"lib/python{_python()}/site-packages"
    skipped = set()
    for name, distribution in installed.items():
        if name not in kept:
            skipped |= _files_of(distribution)
    ours = installed.get(OURS)
    if ours is not None:
        # Its source is packed from where it was imported, which may be a checkout: the link to that
        # and the list of installed files would be wrong.
        skipped |= {
            path
            for path in _files_of(ours)
            if not path.parent.name.endswith(".dist-info")
            or path.name in ("RECORD", "direct_url.json")
        }
    seen = set()
    for folder in folders:
        for path in _walk(folder):
            name = f"{target}/{path.relative_to(folder).as_posix()}"
            if path not in skipped and name not in seen:
                seen.add(name)
                yield _entry(name, path)
    package = Path(bumpcast.__file__).parent
    for path in _walk(package):
        name = f"{target}/{OURS}/{path.relative_to(package).as_posix()}"
        if name not in seen:
            yield _entry(name, path)


def _files_of(distribution: Distribution) -> set[Path]:
    files = distribution.files or []
    return {Path(os.path.normpath(str(file.locate()))) for file in files}


def _walk(folder: Path) -> Iterator[Path]:
    for place, names, files in os.walk(folder, followlinks=True):
        is_top = Path(place) == folder
        names[:] = [name for name in names if name != "__pycache__" and (is_top or name != "tests")]
        for name in files:
            path = Path(place) / name
            # What a link that leads nowhere stands for, nobody could import.
            if not name.endswith((".pyc", ".pyo", ".nbi", ".nbc")) and path.exists():
                yield path


def _entry(name: str, path: Path) -> _Entry:
    status = path.stat()
    return _Entry(name, path, status.st_size, bool(status.st_mode & 0o100))


def _largest(entries: Iterable[_Entry], most: int = 5) -> tuple[tuple[str, int], ...]:
    sizes: dict[str, int] = {}
    for entry in entries:
        top = entry.name.split("/")[3]
        sizes[top] = sizes.get(top, 0) + entry.size
    return tuple(sorted(sizes.items(), key=lambda item: -item[1])[:most])


def _notes(entries: Iterable[_Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.name.endswith(".pth") and entry.name.count("/") == 3:
            for line in entry.source.read_text(errors="replace").splitlines():
                if Path(line.strip()).is_absolute():
                    yield f"not packed: {line.strip()}, a folder that {entry.source} adds"


def _write(
    archive: Path,
    entries: Sequence[_Entry],
    facts: dict[str, Any],
    size: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError.of(archive, error) from error
    with (
        replacing(archive) as raw,
        # Neither a name nor a time in the header: the same files give the same bytes.
        _igzip.IGzipFile("", "wb", _LEVEL, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        _fill(tar, entries, facts, size, progress)


def _fill(
    tar: tarfile.TarFile,
    entries: Sequence[_Entry],
    facts: dict[str, Any],
    size: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    settle = importlib.resources.files("bumpcast.batch") / "templates" / SETTLE
    texts = {
        FACTS: (json.dumps(facts, indent=1) + "\n", False),
        SETTLE: (settle.read_text(), False),
        "bin/bumpcast": (_SCRIPT, True),
    }
    for name, (text, executable) in texts.items():
        data = text.encode()
        tar.addfile(_header(name, len(data), executable=executable), io.BytesIO(data))
    done = 0
    for entry in entries:
        # Read whole, so that a file that changes meanwhile does not damage the archive.
        try:
            data = entry.source.read_bytes()
        except OSError as error:
            msg = f"{entry.source} cannot be packed: {error}"
            raise PackError(msg) from error
        tar.addfile(_header(entry.name, len(data), executable=entry.executable), io.BytesIO(data))
        done += entry.size
        if progress is not None:
            progress(done, size)


def _header(name: str, size: int, *, executable: bool) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o755 if executable else 0o644
    # Not 0: tools that make zip files know no time before 1980.
    header.mtime = 315_532_800
    return header
