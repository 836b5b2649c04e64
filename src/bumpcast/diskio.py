"""Writing files so that a reader sees all of one or none, and a full disk is said to be one."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bumpcast.errors import BumpcastError


class DiskError(BumpcastError):
    """A file of the results folder cannot be written."""

    @classmethod
    def of(cls, path: Path, error: OSError) -> DiskError:
        """Return the error for a path, in words for the usual causes."""
        causes = {
            errno.ENOSPC: "the disk is full; free some space",
            errno.EDQUOT: "the disk quota is used up; free some space",
            errno.EFBIG: "the file would be larger than the system allows",
            errno.EROFS: "the file system is read-only",
            errno.EACCES: "permission denied",
        }
        cause = causes.get(error.errno or 0, str(error))
        return cls(f"{path}: cannot be written: {cause}. What was saved before is intact.")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give an empty file beside a path, which takes its place when all was written to it.

    It is flushed to the disk before it does.

    Args:
        path: The file; replaced if it exists.

    Yields:
        The file, open for writing.

    Raises:
        DiskError: The disk is full, or writing failed otherwise, within the context too; the path
            is as it was before.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp's files are for their owner alone; results are as readable as any other file.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
        temporary = None
        sync_folder(path.parent)
    except OSError as error:
        raise DiskError.of(path, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees all of it or none.

    Args:
        path: The file; replaced if it exists.
        data: Its contents.

    Raises:
        DiskError: The disk is full, or writing failed otherwise; the path is as it was before.
    """
    with replacing(path) as file:
        file.write(data)


def sync_folder(folder: Path) -> None:
    """Flush a folder's list of names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
