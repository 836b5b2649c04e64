"""From the paths, patterns and addresses of data sets to the list of their files."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from pathlib import Path

import fsspec

from bumpcast.config.datasets import DatasetConfig
from bumpcast.errors import BumpcastError, did_you_mean
from bumpcast.events.errors import MissingFileError


class RepeatedFileError(BumpcastError):
    """A file is named twice, so its events would count twice."""


_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def is_address(path: str) -> bool:
    """Tell whether a path is an address such as root://host//file rather than a local path."""
    return _ADDRESS.match(path) is not None


def expand(name: str, dataset: DatasetConfig) -> list[str]:
    """Return the files of one data set, in alphabetical order.

    Args:
        name: The data set's name, for messages.
        dataset: Its configuration.

    Returns:
        Absolute local paths and addresses.

    Raises:
        MissingFileError: A path does not exist or a pattern matches nothing.
        RepeatedFileError: Two entries of the list lead to the same file.
    """
    found: dict[str, str] = {}
    for pattern in dataset.files:
        matches = _remote(name, pattern) if is_address(pattern) else _local(name, pattern)
        for match in matches:
            if match in found:
                msg = (
                    f"datasets.{name}.files: {match} is matched by '{found[match]}' and by "
                    f"'{pattern}': its events would count twice. Name it once."
                )
                raise RepeatedFileError(msg)
            found[match] = pattern
    return sorted(found)


def expand_all(datasets: Mapping[str, DatasetConfig]) -> dict[str, list[str]]:
    """Return the files of every data set of a run.

    Args:
        datasets: The data sets by name.

    Raises:
        MissingFileError: A path does not exist or a pattern matches nothing.
        RepeatedFileError: A file stands in one data set twice, or in two.
    """
    expanded: dict[str, list[str]] = {}
    owner: dict[str, str] = {}
    for name, dataset in datasets.items():
        expanded[name] = expand(name, dataset)
        for file in expanded[name]:
            if file in owner:
                msg = (
                    f"{file} belongs to the data sets '{owner[file]}' and '{name}': its events "
                    f"would count twice. Leave it out of one of them."
                )
                raise RepeatedFileError(msg)
            owner[file] = name
    return expanded


def _local(name: str, pattern: str) -> list[str]:
    path = str(Path(pattern).expanduser())
    # A file whose name holds a bracket is a file first and a pattern second.
    if os.path.lexists(path) or not glob.has_magic(path):
        matches = [path]
    else:
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - the pattern may be absolute
    # Links are followed, so that one file under two names is seen to be one.
    files = [os.path.realpath(match) for match in matches if Path(match).is_file()]
    if files:
        return list(dict.fromkeys(files))
    if Path(path).is_dir():
        msg = f"datasets.{name}.files: '{pattern}' is a folder; name the files in it: '{pattern}/*'"
        raise MissingFileError(msg)
    raise MissingFileError(_nothing(name, pattern, path))


def _nothing(name: str, pattern: str, path: str) -> str:
    folder = Path(path).parent
    while glob.has_magic(str(folder)):
        folder = folder.parent
    what = "matches no file" if glob.has_magic(path) else "does not exist"
    msg = f"datasets.{name}.files: '{pattern}' {what}."
    if not folder.is_dir():
        existing = next(parent for parent in folder.absolute().parents if parent.is_dir())
        return f"{msg} There is no folder {folder}; the nearest that exists is {existing}."
    names = [entry.name for entry in folder.iterdir()]
    return f"{msg} In {folder}: {did_you_mean(Path(path).name, names)}"


def _remote(name: str, pattern: str) -> list[str]:
    if not glob.has_magic(pattern):
        return [pattern]
    scheme = pattern.split("://", 1)[0]
    try:
        system, path = fsspec.core.url_to_fs(pattern)
        matches = [str(system.unstrip_protocol(match)) for match in system.glob(path)]
    except (ImportError, ValueError) as error:
        msg = (
            f"datasets.{name}.files: '{pattern}' cannot be listed: {error}. "
            f"Install what fsspec needs for {scheme}:// or name the files one by one."
        )
        raise MissingFileError(msg) from error
    except (OSError, NotImplementedError) as error:
        msg = f"datasets.{name}.files: '{pattern}' cannot be listed: {error!r}"
        raise MissingFileError(msg) from error
    if not matches:
        msg = f"datasets.{name}.files: '{pattern}' matches no file"
        raise MissingFileError(msg)
    return sorted(matches)
