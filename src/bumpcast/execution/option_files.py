"""Files and folders that a processor's options name: with the same content on every worker."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bumpcast.config.keys import dotted
from bumpcast.config.option_paths import paths_of, replace_paths
from bumpcast.errors import BumpcastError, did_you_mean


class OptionFileError(BumpcastError):
    """A file or folder that an option names is not there, or is another one than the run's."""

    permanent = True


@dataclass(frozen=True, slots=True)
class OptionFile:
    """A file or folder that an option names, as it was when the run began.

    Attributes:
        key: The key of its path, such as 'options.model.path'.
        path: Where it is on the driver's machine.
        digest: Of its content.
    """

    key: str
    path: str
    digest: str

    def here(self) -> Path:
        """Return where it is on this machine.

        That is its path, or else what has its name in the folder of this job, where a batch system
        puts the files that it brings.

        Raises:
            OptionFileError: It is in neither place, or its content is not the run's.
        """
        path = Path(self.path)
        job = Path(os.environ.get("_CONDOR_SCRATCH_DIR") or Path.cwd())
        brought = job / path.name
        if not path.exists():
            if not brought.exists():
                msg = (
                    f"{self.key}: {platform.node()} has no {path}, and there is no {path.name!r} "
                    f"in the job's folder {job}. Let HTCondor bring it: "
                    f"cluster.transfer_files = ['{path}']; or put it where all machines see it"
                )
                raise OptionFileError(msg)
            path = brought
        found = content_digest(path)
        if found != self.digest:
            msg = (
                f"{self.key}: {path} on {platform.node()} is not what it was when the run began "
                f"(sha256 {found[:12]}..., then {self.digest[:12]}...). What was done so far is of "
                "the older one: put that back, or start anew with --overwrite"
            )
            raise OptionFileError(msg)
        return path


def files_of(options: Mapping[str, Any]) -> tuple[OptionFile, ...]:
    """Return the files and folders that options name.

    Args:
        options: The table [options], with absolute paths.

    Raises:
        OptionFileError: There is no such file, or it cannot be read.
    """
    found = []
    for key, text in paths_of(options).items():
        path, name = Path(text).absolute(), dotted(key)
        if "://" in text:
            msg = f"{name} = '{text}': an address; only files and folders of this machine will do"
            raise OptionFileError(msg)
        if not path.exists():
            known = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
            msg = f"{name}: there is no file or folder {path}. {did_you_mean(path.name, known)}"
            raise OptionFileError(msg)
        found.append(OptionFile(name, str(path), content_digest(path)))
    return tuple(found)


def in_place(options: Mapping[str, Any], files: tuple[OptionFile, ...]) -> dict[str, Any]:
    """Return options with paths of this machine in the place of the tables that name them.

    Args:
        options: The table [options].
        files: Of `files_of`, made where the run began.

    Raises:
        OptionFileError: A file is not here, or is another one.
    """
    known = {file.key: file for file in files}
    return replace_paths(options, lambda key, _: known[dotted(key)].here())


def content_digest(path: Path) -> str:
    """Return the SHA-256 digest of a file, or of all files in a folder with their names.

    Args:
        path: The file or folder. In a folder, names that begin with a dot are left out.

    Raises:
        OptionFileError: Something cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if not path.is_dir():
            return hashlib.sha256(path.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path)
            if file.is_file() and not any(part.startswith(".") for part in name.parts):
                content = hashlib.sha256(file.read_bytes()).digest()
                digest.update(name.as_posix().encode() + b"\0" + content)
    except OSError as error:
        msg = f"{error.filename or path} cannot be read: {error.strerror}"
        raise OptionFileError(msg) from error
    return digest.hexdigest()
