"""The files that a process has open: opened once, kept for the next work item, few at a time."""

from __future__ import annotations

import logging
import os
import struct
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uproot

from bumpcast.datasets.workitem import WorkItem
from bumpcast.events.errors import (
    ChangedFileError,
    MissingFileError,
    MissingTreeError,
    UnreadableFileError,
    UnsupportedLayoutError,
)
from bumpcast.events.inflating import use_isal
from bumpcast.events.source import LocalSource

logger = logging.getLogger(__name__)

MOST_OPEN_FILES = 4
"""How many files a thread keeps open; a task reads its files one after the other."""


@dataclass
class OpenFile:
    """An open ROOT file, the trees that were read from it and the keys of their branches."""

    filename: str
    directory: Any
    local: bool
    trees: dict[str, Any] = field(default_factory=dict)
    _keys: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def uuid(self) -> str:
        """UUID that the file carries."""
        return str(self.directory.file.uuid)

    @property
    def bytes_read(self) -> int:
        """Bytes requested from the file so far."""
        return int(self.directory.file.source.num_requested_bytes)

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys of a tree's branches, listed once: there are hundreds of them."""
        if name not in self._keys:
            self._keys[name] = tuple(self.tree(name).keys())
        return self._keys[name]

    def tree(self, name: str) -> Any:
        """Return a tree of the file.

        Raises:
            MissingTreeError: The file holds no tree of that name.
            UnreadableFileError: The tree's description is damaged.
            UnsupportedLayoutError: It is an RNTuple.
        """
        if name not in self.trees:
            try:
                self.trees[name] = self.directory[name]
            except uproot.exceptions.KeyInFileError as error:
                classes = self.directory.classnames(cycle=False)
                names = [key for key, kind in classes.items() if kind in ("TTree", "TNtuple")]
                raise MissingTreeError.of(self.filename, name, names) from error
            except Exception as error:
                # uproot raises whatever the damaged bytes led it to
                raise reading_failed(self.filename, error, local=self.local) from error
            if isinstance(self.trees[name], uproot.behaviors.RNTuple.HasFields):
                del self.trees[name]
                msg = f"{self.filename}: {name!r} is an RNTuple; only trees (TTree) are read"
                raise UnsupportedLayoutError(msg)
            if not hasattr(self.trees[name], "num_entries"):
                kind = type(self.trees.pop(name)).__name__
                msg = f"{self.filename}: {name!r} is a {kind}, not a tree"
                raise MissingTreeError(msg)
        return self.trees[name]


class _Open(threading.local):
    """The files that one thread has open, oldest use first."""

    def __init__(self) -> None:
        self.files: OrderedDict[str, OpenFile] = OrderedDict()
        self.process = os.getpid()
        self.bytes_of_closed = 0


_open = _Open()


def is_local(filename: str) -> bool:
    """Return whether a file name is a path of this machine and not an address."""
    return "://" not in filename


def reading_failed(filename: str, error: Exception, *, local: bool) -> Exception:
    """Return the named error for what uproot raised, or the error itself where a retry may help.

    Args:
        filename: The file that was read.
        error: What was raised.
        local: Whether the file is on this machine.
    """
    if isinstance(error, OSError) and (not local or error.errno is not None):
        return error
    msg = (
        f"{filename}: cannot be read: it is damaged or no ROOT file "
        f"({type(error).__name__}: {_first_line(error)})"
    )
    return UnreadableFileError(msg)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else "no message"


def _check_local(filename: str) -> None:
    """Look at what can be said of a local file before uproot reads it."""
    path = Path(filename)
    if not path.exists():
        raise MissingFileError.local(filename)
    if path.is_dir():
        msg = f"{filename}: is a folder, not a file"
        raise UnreadableFileError(msg)
    size = path.stat().st_size
    if size == 0:
        msg = f"{filename}: is empty (0 bytes)"
        raise UnreadableFileError(msg)
    try:
        with path.open("rb") as file:
            head = file.read(24)
    except PermissionError as error:
        msg = f"{filename}: may not be read (permission denied)"
        raise UnreadableFileError(msg) from error
    if head[:4] != b"root":
        msg = f"{filename}: is no ROOT file: it starts with {head[:8]!r}, not with b'root'"
        raise UnreadableFileError(msg)
    if len(head) < 24:
        msg = f"{filename}: is truncated: {size} bytes"
        raise UnreadableFileError(msg)
    (version,) = struct.unpack(">i", head[4:8])
    # versions above a million have 64-bit positions
    end = (
        struct.unpack(">q", head[12:20])[0]
        if version >= 1_000_000
        else struct.unpack(">i", head[12:16])[0]
    )
    if size < end:
        msg = f"{filename}: is truncated: it has {size} bytes of the {end} that its header promises"
        raise UnreadableFileError(msg)


def open_file(filename: str) -> OpenFile:
    """Return a file, open; from what this thread has open already if it can.

    Args:
        filename: Local path, or an address that uproot can read.

    Raises:
        MissingFileError: There is no such local file.
        UnreadableFileError: It is empty, truncated, damaged or no ROOT file.
        OSError: The network or the disk failed; another try may succeed.
    """
    if _open.process != os.getpid():
        # file positions and connections are shared with the parent: leave those files alone
        _open.files.clear()
        _open.process = os.getpid()
    if filename in _open.files:
        _open.files.move_to_end(filename)
        return _open.files[filename]
    local = is_local(filename)
    options: dict[str, Any] = {"object_cache": None, "array_cache": None}
    if local:
        _check_local(filename)
        options["handler"] = LocalSource
    use_isal()
    try:
        # a dict, because a colon in a plain name would start the name of an object in the file
        directory = uproot.open({filename: None}, **options)
    except FileNotFoundError as error:
        msg = f"{filename}: no such file"
        raise MissingFileError(msg) from error
    except ImportError as error:
        msg = f"{filename}: this address needs a package that is not installed: {error}"
        raise UnreadableFileError(msg) from error
    except Exception as error:
        # uproot raises whatever the damaged bytes led it to
        raise reading_failed(filename, error, local=local) from error
    opened = OpenFile(filename, directory, local)
    while len(_open.files) >= MOST_OPEN_FILES:
        _close(*_open.files.popitem(last=False))
    _open.files[filename] = opened
    logger.debug("opened %s", filename)
    return opened


def _close(filename: str, opened: OpenFile) -> None:
    _open.bytes_of_closed += opened.bytes_read
    opened.directory.close()
    logger.debug("closed %s", filename)


def close_file(filename: str) -> None:
    """Close one file if this thread has it open; call it before another try at a failed file."""
    if filename in _open.files and _open.process == os.getpid():
        _close(filename, _open.files.pop(filename))


def close_files() -> None:
    """Close every file that this thread has open."""
    for filename in list(_open.files):
        close_file(filename)


def bytes_read() -> int:
    """Return how many bytes this thread has requested from files since it started."""
    return _open.bytes_of_closed + sum(opened.bytes_read for opened in _open.files.values())


def open_tree(item: WorkItem) -> Any:
    """Return the uproot tree of a work item, after checks that it is the file of the plan.

    Args:
        item: The work item; an empty `fileuuid` is not compared.

    Raises:
        ChangedFileError: The file has another UUID or fewer entries than the work item says.
        MissingFileError: There is no such local file.
        MissingTreeError: The file holds no tree of that name.
        UnreadableFileError: The file is empty, truncated, damaged or no ROOT file.
        OSError: The network or the disk failed; another try may succeed.
    """
    opened = open_file(item.filename)
    planned = item.fileuuid.replace("-", "").lower()
    if planned and planned != opened.uuid.replace("-", "").lower():
        msg = (
            f"{item.filename}: the file changed since the run was planned: its UUID was "
            f"{item.fileuuid} and is {opened.uuid}. Start a new run without --resume."
        )
        close_file(item.filename)
        raise ChangedFileError(msg)
    tree = opened.tree(item.treename)
    if not 0 <= item.entrystart <= item.entrystop <= tree.num_entries:
        msg = (
            f"{item.filename}: entries {item.entrystart} to {item.entrystop} were planned, but "
            f"the tree {item.treename!r} has {tree.num_entries}. Start a new run without --resume."
        )
        close_file(item.filename)
        raise ChangedFileError(msg)
    return tree
