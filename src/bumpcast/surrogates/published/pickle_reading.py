"""A pickled forest, read by a process of its own that can make nothing but records of it.

A pickle is a programme: it may name any function that Python finds and have it called with any
arguments, and does so while it is loaded. Here it is never loaded by this process, and the one that
does (`pickled.process`) has nothing that could be called. What comes back is bytes with a header.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bumpcast.surrogates.published.errors import PickleContentError

BEGIN: Final = f"""
import sys
sys.path.append({str(Path(__file__).resolve().parent)!r})
from pickled.process import main
main()
"""
"""What the process runs: `pickled` alone, without the packages that it lies in."""

_MOST_BYTES: Final = 4 * 2**30
_SECONDS: Final = 60
_BYTES_A_SECOND: Final = 5_000_000
"""Less than any computer reads."""

_MEMORY: Final = 2**29
_MEMORY_A_BYTE: Final = 8
_OUTPUT: Final = 2**24
_OUTPUT_A_BYTE: Final = 4
"""A record is at most so many times as long as what a pickle has for it."""

_COMPRESSED: Final = {
    b"\x1f\x8b": "gzip",
    b"\x78": "zlib, as joblib.dump does",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PK": "zip",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x28\xb5\x2f\xfd": "zstandard",
}
"""How compressed files begin; a pickle of protocol 2 or later begins with 0x80."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Plain = Annotated[str, Field(pattern=r"^[<>|=][biufU][0-9]{1,6}$")]


class _Fields(_Record):
    names: list[str]
    formats: list[_Plain]
    offsets: list[Annotated[int, Field(ge=0, le=4096)]]
    itemsize: int = Field(ge=1, le=4096)


class _Array(_Record):
    dtype: _Plain | _Fields
    shape: list[int] = Field(max_length=3)
    fortran: bool
    bytes: int = Field(ge=0)


class _Tree(_Record):
    features: int = Field(ge=1)
    nodes: _Array
    values: _Array


class _Header(_Record):
    estimator: Literal[
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
    ]
    scikit_learn: str
    labels: _Array
    trees: list[_Tree] = Field(min_length=1)


@dataclass(frozen=True, eq=False)
class TreeRecord:
    """One tree as scikit-learn keeps it, unchecked.

    Attributes:
        features: How many features it asks for.
        nodes: Records with left_child, right_child, feature, threshold and others; (nodes,).
        values: Classes' shares or numbers of events; (nodes, 1, classes).
    """

    features: int
    nodes: npt.NDArray[Any]
    values: npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class ForestRecord:
    """A forest as scikit-learn keeps it, unchecked.

    Attributes:
        estimator: The class of scikit-learn.
        scikit_learn: The version that has pickled it; '' if it does not say.
        labels: What the training called the classes, in the order of the probabilities.
        trees: Its trees.
    """

    estimator: str
    scikit_learn: str
    labels: npt.NDArray[Any]
    trees: tuple[TreeRecord, ...]


def read_forest(data: bytes, where: str, *, seconds: int | None = None) -> ForestRecord:
    """Read a pickled forest without any of it being run.

    Args:
        data: The pickle.
        where: Where it is from, for messages.
        seconds: How long it may take; None: as long as a file of its size could.

    Returns:
        Arrays of numbers alone. What they stand for is not checked.

    Raises:
        PickleContentError: It is no pickle, names anything but parts of a forest, holds objects
            where numbers belong, or asks for more time or memory than a forest does.
    """
    _check_beginning(data, where)
    limit = _SECONDS + len(data) // _BYTES_A_SECOND if seconds is None else seconds
    memory = _MEMORY + _MEMORY_A_BYTE * len(data)
    output = _OUTPUT + _OUTPUT_A_BYTE * len(data)
    # -I and -S: no package but the standard library, no environment, not even the current folder.
    command = [sys.executable, "-I", "-S", "-B", "-c", BEGIN, *map(str, (memory, limit, output))]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaint:
        try:
            ended = subprocess.run(
                command,
                input=data,
                stdout=out,
                stderr=complaint,
                timeout=limit,
                check=False,
                cwd="/",
                env=_environment(),
            ).returncode
        except subprocess.TimeoutExpired as error:
            msg = f"{where}: reading it took more than {limit} s, and was ended; it is no forest"
            raise PickleContentError(msg) from error
        out.seek(0)
        line, blobs = out.readline(output), out.read()
        complaint.seek(0)
        if ended:
            raise PickleContentError(_what_ended(ended, line, complaint.read(2000), where))
    return _records(line, blobs, where)


def _check_beginning(data: bytes, where: str) -> None:
    if len(data) > _MOST_BYTES:
        msg = f"{where}: is {len(data):,} bytes; more than {_MOST_BYTES:,} cannot be taken over"
        raise PickleContentError(msg)
    if not data:
        msg = f"{where}: is empty"
        raise PickleContentError(msg)
    for begins, name in _COMPRESSED.items():
        if data.startswith(begins):
            msg = f"{where}: is compressed ({name}); it has to be as pickle.dump writes it"
            raise PickleContentError(msg)
    if data[0] != 0x80:
        msg = f"{where}: is no pickle, or one of protocol 0 or 1; 2 to 5 are read"
        raise PickleContentError(msg)


def _environment() -> dict[str, str]:
    """Return all that Python may need to start: where a cluster's own Python has its libraries."""
    names = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in names if name in os.environ}


class _Failure(_Record):
    error: str = Field(max_length=1000)


def _what_ended(code: int, line: bytes, complaint: bytes, where: str) -> str:
    """Return what to say of a process that gave no forest."""
    try:
        reason = _Failure.model_validate_json(line).error
    except ValidationError:
        if code < 0:
            name = signal.Signals(-code).name
            reason = f"the process that read it was ended by {name}; it is no forest"
        else:
            said = ascii(complaint.decode(errors="replace").strip()[-300:])[1:-1]
            reason = f"the process that was to read it ended with {code}: {said}"
    return f"{where}: {reason}"


def _records(line: bytes, blobs: bytes, where: str) -> ForestRecord:
    try:
        header = _Header.model_validate_json(line)
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(str(step) for step in detail["loc"])
        msg = f"{where}: the forest cannot be: {place}: {detail['msg']}"
        raise PickleContentError(msg) from error
    rest = _Blobs(memoryview(blobs), where)
    labels = rest.take(header.labels, "the classes' labels")
    trees = tuple(
        TreeRecord(
            tree.features,
            rest.take(tree.nodes, f"the nodes of tree {number}"),
            rest.take(tree.values, f"the values of tree {number}"),
        )
        for number, tree in enumerate(header.trees)
    )
    return ForestRecord(header.estimator, header.scikit_learn, labels, trees)


class _Blobs:
    """Arrays' bytes, one after the other."""

    def __init__(self, data: memoryview, where: str) -> None:
        self._data = data
        self._where = where

    def take(self, array: _Array, name: str) -> npt.NDArray[Any]:
        """Return the next array, which refers to the bytes."""
        try:
            dtype = _dtype(array.dtype)
        except (ValueError, TypeError) as error:
            msg = f"{self._where}: {name} are of a type that cannot be: {error}"
            raise PickleContentError(msg) from error
        wanted = dtype.itemsize
        for size in array.shape:
            wanted *= size
        if any(size < 0 for size in array.shape) or wanted != array.bytes:
            msg = (
                f"{self._where}: {name} are an array of shape {tuple(array.shape)}, which is "
                f"{wanted:,} bytes, and there are {array.bytes:,}"
            )
            raise PickleContentError(msg)
        part, self._data = self._data[:wanted], self._data[wanted:]
        found: npt.NDArray[Any] = np.frombuffer(part, dtype)
        return found.reshape(array.shape, order="F" if array.fortran else "C")


def _dtype(written: str | _Fields) -> np.dtype[Any]:
    """Return a type of plain numbers, or of records of them, which lie apart."""
    if isinstance(written, str):
        return _plain(written)
    return np.dtype(
        {
            "names": written.names,
            "formats": [_plain(one) for one in written.formats],
            "offsets": written.offsets,
            "itemsize": written.itemsize,
        }
    )


def _plain(written: str) -> np.dtype[Any]:
    dtype = np.dtype(written)
    if dtype.kind not in "biufU" or dtype.hasobject or not dtype.itemsize:
        msg = f"{written!r} is no number"
        raise ValueError(msg)
    return dtype
