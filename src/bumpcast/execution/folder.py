"""The results folder: which one, whether it may be written, and nobody else meanwhile."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

from bumpcast.diskio import DiskError
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends.base import LOGS
from bumpcast.execution.backends.certificates import FOLDER
from bumpcast.execution.identity import PLAN
from bumpcast.execution.ledger import LEDGER

_LOCK = ".lock"
_JOB_LOG = re.compile(r"(dask-)?worker-.*\.(log|out|err)")
"""A log of a worker's job, as dask-jobqueue calls it."""


class OutputError(BumpcastError):
    """The output folder cannot be used as was asked."""


def holds_run(folder: Path) -> bool:
    """Tell whether a folder holds a run, finished or not."""
    return (folder / LEDGER).exists() or (folder / PLAN).exists()


def choose_folder(
    name: str, output: Path | None, *, resume: bool, overwrite: bool, base: Path = Path("results")
) -> Path:
    """Return the results folder of a run, made if need be.

    Without an output folder it is results/NAME, or results/NAME-2 and so on where that exists;
    with `resume` the last of them.

    Args:
        name: The analysis's name.
        output: The folder that was asked for.
        resume: Whether to go on with the run in it.
        overwrite: Whether to delete the run in it.
        base: Where folders without a wish go.

    Raises:
        OutputError: It holds a run already, holds something else, or holds nothing to resume.
        DiskError: It cannot be made.
    """
    if resume and overwrite:
        msg = "--resume goes on with a run and --overwrite deletes it: choose one"
        raise OutputError(msg)
    try:
        if output is None:
            return _numbered(name, base, resume=resume, overwrite=overwrite)
        _prepare(output, resume=resume, overwrite=overwrite)
    except OSError as error:
        raise DiskError.of(output or base, error) from error
    return output


def _numbered(name: str, base: Path, *, resume: bool, overwrite: bool) -> Path:
    pattern = re.compile(rf"{re.escape(name)}(?:-(\d+))?")
    numbers = {}
    if base.is_dir():
        for folder in base.iterdir():
            match = pattern.fullmatch(folder.name)
            if match:
                numbers[int(match[1] or 1)] = folder
    if (resume or overwrite) and numbers:
        folder = numbers[max(numbers)]
        _prepare(folder, resume=resume, overwrite=overwrite)
        return folder
    if resume:
        msg = f"there is no run of '{name}' in {base}/ to resume; name its folder with --output"
        raise OutputError(msg)
    number = max(numbers, default=0) + 1
    while True:
        folder = base / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            # Another run took the name between the look and the making.
            number += 1
        else:
            return folder


def _prepare(folder: Path, *, resume: bool, overwrite: bool) -> None:
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file, not a folder; choose another --output"
        raise OutputError(msg)
    if resume:
        if not holds_run(folder):
            msg = f"{folder} holds no run to resume"
            raise OutputError(msg)
        return
    if holds_run(folder):
        if not overwrite:
            msg = (
                f"{folder} already holds a run. Go on with it with --resume, replace it with "
                f"--overwrite, or choose another --output."
            )
            raise OutputError(msg)
        with Lock(folder):
            for path in folder.iterdir():
                if path.name == _LOCK:
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
    elif folder.is_dir() and not all(_is_of_a_run(path) for path in folder.iterdir()):
        msg = f"{folder} is not empty and holds no run; choose another --output"
        raise OutputError(msg)
    folder.mkdir(parents=True, exist_ok=True)


def _is_of_a_run(path: Path) -> bool:
    """Whether a run that was killed before it had a ledger left this, and nobody else."""
    if path.name == LOGS and path.is_dir():
        return all(_JOB_LOG.fullmatch(log.name) for log in path.iterdir())
    return path.name in (_LOCK, FOLDER)


class Lock:
    """Keeps a second run out of a folder; the system frees it however the process ends.

    Args:
        folder: The results folder.

    Raises:
        OutputError: Another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _LOCK

    def __enter__(self) -> Self:
        try:
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise DiskError.of(self._path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            msg = f"another process is running in {self._path.parent}"
            raise OutputError(msg) from None
        except OSError:
            # Some network file systems have no locks; then the user's care is all there is.
            pass
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)
