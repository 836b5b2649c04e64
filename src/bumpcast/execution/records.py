"""What became of each work item, and of each file that could not even be surveyed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """An exception as plain text.

    Attributes:
        type: Name of its class.
        message: Its message.
        traceback: The last frames.
        permanent: Whether another try cannot help.
    """

    type: str
    message: str
    traceback: str = ""
    permanent: bool = False

    @classmethod
    def of(cls, error: BaseException, traceback: str = "") -> ErrorRecord:
        """Return the record of an exception."""
        message = str(error).strip() or repr(error)
        permanent = bool(getattr(error, "permanent", False))
        return cls(type(error).__name__, message, traceback, permanent)


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """What became of one work item.

    Attributes:
        leaf: Its place in the merge tree.
        dataset: Its data set.
        filename: Its file.
        entrystart: First entry.
        entrystop: Entry after the last.
        status: Whether its output is in the result.
        entries: Entries that were seen; 0 when it failed.
        attempts: Tries that it took.
        seconds: Wall-clock time of the last try.
        bytes_read: Bytes requested from the file.
        host: Machine of the worker.
        pid: Process of the worker.
        error: Why it failed, or why an earlier try did.
    """

    leaf: int
    dataset: str
    filename: str
    entrystart: int
    entrystop: int
    status: Literal["done", "failed"]
    entries: int = 0
    attempts: int = 1
    seconds: float = 0.0
    bytes_read: int = 0
    host: str = ""
    pid: int = 0
    error: ErrorRecord | None = None

    @property
    def place(self) -> str:
        """The file and the entries, for a message."""
        return f"{self.filename}, entries {self.entrystart} to {self.entrystop}"

    def document(self) -> dict[str, Any]:
        """Return the record as a JSON document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file whose entries could not be counted, or whose weights could not be summed.

    Attributes:
        dataset: Its data set.
        filename: The file.
        error: Why.
    """

    dataset: str
    filename: str
    error: ErrorRecord

    @property
    def place(self) -> str:
        """The file, for a message."""
        return self.filename

    def document(self) -> dict[str, Any]:
        """Return the record as a JSON document."""
        return asdict(self)
