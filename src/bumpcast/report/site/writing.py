"""The folder of a report: pages that do not change, and the data that they load."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from bumpcast.diskio import DiskError
from bumpcast.errors import BumpcastError
from bumpcast.massscan.results.results import Results
from bumpcast.report.site.catalogue import catalogue
from bumpcast.report.site.content import Content, read_content
from bumpcast.report.site.overview import final_states, overview, run_record
from bumpcast.report.site.script import registered
from bumpcast.report.site.shards import shards

PAGE: Final = "index.html"
DATA: Final = "data"
MARK: Final = "bumpcast-report.txt"
"""A file of this name says that a folder is a report, and may be replaced by another one."""

_MARK_TEXT: Final = (
    "This folder was made by 'bumpcast report', which replaces it as a whole.\nOpen index.html.\n"
)


class ReportError(BumpcastError):
    """A report cannot be written where it was asked for."""


def write_site(results: Results, folder: Path, search: str | None = None) -> Path:
    """Write the report of a results folder.

    Args:
        results: The results of a scan.
        folder: The report's folder; an earlier report in it is replaced.
        search: Name of the search to show; absent: the youngest.

    Returns:
        The page to open.

    Raises:
        ReportError: The folder holds something that is no report.
        FindingsError: There is no search of this name, or it cannot be read.
        WholeSetError: The file of its whole set cannot be read.
        DiskError: It cannot be written.
    """
    content = read_content(results, search)
    with _replacing(folder) as new:
        _copy_static(new)
        (new / DATA).mkdir()
        for name, script in _scripts(content):
            (new / DATA / f"{name}.js").write_bytes(script)
        (new / MARK).write_text(_MARK_TEXT)
    return folder / PAGE


def _scripts(content: Content) -> Iterator[tuple[str, bytes]]:
    report = content.digest
    documents = {
        "overview": overview,
        "catalogue": catalogue,
        "states": final_states,
        "run": run_record,
    }
    for name, make in documents.items():
        yield name, registered(report, name, make(content))
    for number, shard in enumerate(shards(content)):
        name = f"shard-{number:04}"
        yield name, registered(report, name, shard)


def _copy_static(folder: Path) -> None:
    for source in (files(__package__) / "static").iterdir():
        (folder / source.name).write_bytes(source.read_bytes())


@contextlib.contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of another one when all was written to it."""
    if folder.exists() and not (folder / MARK).is_file() and any(_contents(folder)):
        msg = f"{folder} holds something that is no report: name another folder with --output"
        raise ReportError(msg)
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
        # mkdtemp's folders are for their owner alone; a report is as readable as any other folder.
        temporary.chmod(0o777 & ~_umask())
        yield temporary
        if folder.exists():
            old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-old-"))
            folder.replace(old)
            temporary.replace(folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            temporary.replace(folder)
    except OSError as error:
        raise DiskError.of(folder, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _contents(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        msg = f"{folder} is a file: name a folder with --output"
        raise ReportError(msg)
    return folder.iterdir()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
