"""Where a worker process keeps outputs."""

from __future__ import annotations

import io
import itertools
import pickle
import threading
import uuid
from collections.abc import Callable
from typing import Any, Final

from dask.sizeof import sizeof

from bumpcast.execution.kept import Kept, LostOutputError

SMALL_BYTES: Final = 1 << 16
"""An output of fewer bytes travels at once: keeping track of it would cost more."""


class Shelf:
    """The outputs that one process keeps; threads may share it."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._outputs: dict[int, Any] = {}

    def keep(self, output: Any, worker: str) -> Any:
        """Put an output on the shelf and return where it is; a small one itself.

        Args:
            output: The output.
            worker: Address of this process.
        """
        if _is_small(output):
            return output
        with self._lock:
            number = next(self._numbers)
            self._outputs[number] = output
        return Kept(worker, self.name, number, sizeof(output))

    def take(self, kept: Kept) -> Any:
        """Return an output and forget it.

        Raises:
            LostOutputError: It is not on this shelf.
        """
        with self._lock:
            return self._find(kept, self._outputs.pop)

    def look(self, kept: Kept) -> Any:
        """Return an output, which stays on the shelf.

        Raises:
            LostOutputError: It is not on this shelf.
        """
        with self._lock:
            return self._find(kept, self._outputs.__getitem__)

    def _find(self, kept: Kept, find: Callable[[int], Any]) -> Any:
        if kept.shelf != self.name or kept.number not in self._outputs:
            msg = f"an output that {kept.worker} kept is no longer there"
            raise LostOutputError(msg)
        return find(kept.number)


SHELF: Final = Shelf()
"""The shelf of this process."""


class _FullError(Exception):
    """More was written than there is room for."""


class _Counter(io.RawIOBase):
    """A file that holds nothing and is full at `SMALL_BYTES`."""

    def __init__(self) -> None:
        self._room = SMALL_BYTES

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self._room -= size
        if self._room < 0:
            raise _FullError
        return size


def _is_small(output: Any) -> bool:
    if output is None:
        return True
    if sizeof(output) >= SMALL_BYTES:
        return False
    # What is held in C++, as a histogram's bins, is only seen when it is written out.
    try:
        pickle.Pickler(_Counter(), protocol=pickle.HIGHEST_PROTOCOL).dump(output)
    except _FullError:
        return False
    except Exception:
        # What does not pickle cannot be kept for others either: whoever sends it says so.
        return True
    return True
