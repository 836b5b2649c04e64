"""Which packages and files of the Python that runs this go into the packed environment."""

from __future__ import annotations

import importlib.metadata
import json
import os
import site
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bumpcast
from bumpcast.batch.errors import BatchError
from bumpcast.errors import did_you_mean

OURS: Final = "bumpcast"
PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The Python that the packages are for."""

_SITE: Final = f"lib/python{PYTHON}/site-packages"
_TOOLS: Final = ("pip", "setuptools", "wheel")
"""Nobody runs these in a job; those that another package requires are packed nevertheless."""


class PackError(BatchError):
    """The environment cannot be packed."""


@dataclass(frozen=True)
class Entry:
    """A file on its way into the archive.

    Attributes:
        name: Its path there.
        source: The file here.
        size: In bytes.
        executable: Whether its owner may run it.
    """

    name: str
    source: Path
    size: int
    executable: bool

    @property
    def parts(self) -> tuple[str, ...]:
        """Its path in the folder of installed packages: of a module, the package comes first."""
        return tuple(self.name.removeprefix(f"{_SITE}/").split("/"))


def site_folders() -> list[Path]:
    """Return the folders of installed packages that this Python looks into, first things first."""
    wanted = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    wanted += site.getsitepackages()
    if site.ENABLE_USER_SITE:
        wanted.append(site.getusersitepackages())
    seen = {os.path.realpath(folder) for folder in sys.path if folder}
    folders = dict.fromkeys(Path(os.path.realpath(folder)) for folder in wanted)
    return [folder for folder in folders if str(folder) in seen and folder.is_dir()]


def installed_packages(folders: Iterable[Path]) -> dict[str, Distribution]:
    """Return the packages that are installed in folders, by their normalised names.

    Args:
        folders: First things first.
    """
    found: dict[str, Distribution] = {}
    for distribution in importlib.metadata.distributions(path=[str(path) for path in folders]):
        # Of two of a name, the first one is imported.
        found.setdefault(canonicalize_name(distribution.metadata["Name"]), distribution)
    return found


def choose(
    installed: Mapping[str, Distribution],
    *,
    without: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> set[str]:
    """Return the names of the packages to pack.

    Args:
        installed: All.
        without: Packages to leave out.
        only: Pack these, bumpcast, and what they require; None: all but tools and what only the
            tests of bumpcast need.

    Raises:
        PackError: There is no such package, one that bumpcast needs is to be left out, or one is
            installed as a link to its source.
    """
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
    _refuse_links(installed, kept)
    return kept


def _closure(
    installed: Mapping[str, Distribution], roots: Iterable[str], extras: Sequence[str] = ()
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


def _refuse_links(installed: Mapping[str, Distribution], kept: set[str]) -> None:
    for name in sorted(kept - {OURS}):
        folder = _link(installed[name])
        if folder is not None:
            msg = (
                f"{name} is installed as a link to {folder} (pip install -e), where jobs would "
                f"not find it: install it without -e, or leave it out: --without {name}"
            )
            raise PackError(msg)


def files_to_pack(
    folders: Sequence[Path], installed: Mapping[str, Distribution], kept: Collection[str]
) -> Iterator[Entry]:
    """Yield the files to pack, each name once; without tests and machine code of Python.

    Args:
        folders: Of installed packages, first things first.
        installed: The packages in them, by name.
        kept: Names of those to pack.
    """
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
            name = f"{_SITE}/{path.relative_to(folder).as_posix()}"
            if path not in skipped and name not in seen:
                seen.add(name)
                yield _entry(name, path)
    package = Path(bumpcast.__file__).parent
    for path in _walk(package):
        name = f"{_SITE}/{OURS}/{path.relative_to(package).as_posix()}"
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


def _entry(name: str, path: Path) -> Entry:
    status = path.stat()
    return Entry(name, path, status.st_size, bool(status.st_mode & 0o100))
