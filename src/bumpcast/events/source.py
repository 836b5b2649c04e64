"""How bytes come from local files."""

from __future__ import annotations

import os
import queue
from typing import Any

import numpy as np
from uproot.source.chunk import Chunk, Source
from uproot.source.futures import TrivialFuture


class LocalSource(Source):  # type: ignore[misc]
    """Positional reads from one local file, in the calling thread.

    A memory map would end the process with SIGBUS if the file shrank or its disk failed, and
    counts towards the resident memory; uproot's own local sources start threads, which neither
    survive a fork nor pay for themselves on a local disk.
    """

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__()
        self._file_path = file_path
        self._descriptor = os.open(file_path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        self._num_bytes = os.fstat(self._descriptor).st_size

    def __repr__(self) -> str:
        return f"<LocalSource {self._file_path!r}>"

    def _read(self, start: int, stop: int) -> Chunk:
        if self._descriptor < 0:
            msg = f"{self._file_path}: read after the file was closed"
            raise OSError(msg)
        if start < 0:
            msg = f"a position in the file is negative ({start})"
            raise ValueError(msg)
        self._num_requested_chunks += 1
        self._num_requested_bytes += stop - start
        pieces = []
        position = start
        while position < stop:
            piece = os.pread(self._descriptor, stop - position, position)
            if not piece:
                break
            pieces.append(piece)
            position += len(piece)
        data = np.frombuffer(pieces[0] if len(pieces) == 1 else b"".join(pieces), dtype=np.uint8)
        return Chunk(self, start, stop, TrivialFuture(data))

    def chunk(self, start: int, stop: int) -> Chunk:
        """Read one range of bytes."""
        self._num_requests += 1
        return self._read(start, stop)

    def chunks(
        self, ranges: list[tuple[int, int]], notifications: queue.Queue[Chunk]
    ) -> list[Chunk]:
        """Read several ranges of bytes; each is put on the queue as uproot expects."""
        self._num_requests += 1
        chunks = []
        for start, stop in ranges:
            chunk = self._read(start, stop)
            notifications.put(chunk)
            chunks.append(chunk)
        return chunks

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._descriptor < 0

    def __enter__(self) -> LocalSource:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.__exit__()
