"""Work that is not events to be read and added up: pieces, each kept when it is done.

A simulation's blocks and a search's groups of histograms are such pieces. What the run loop does
for chunks, with ledger and merge tree, they do not need.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.progress import Counts, Progress
from bumpcast.execution.records import ErrorRecord

_HEAR_S: Final = 0.5
_FRAMES: Final = 6
"""Of a traceback, the last ones."""


class Piece(Protocol):
    """A part of the work."""

    @property
    def number(self) -> int:
        """From 0."""

    @property
    def size(self) -> int:
        """How much of the whole it is, in the unit of the counts."""


P = TypeVar("P", bound=Piece)
T = TypeVar("T")


@dataclass(slots=True)
class PieceLoop(Generic[P, T]):
    """Does pieces until all are done or failed, or a signal arrives.

    Attributes:
        backend: The workers.
        work: Does a piece; it travels to the workers.
        save: Keeps what came of a piece, here.
        interrupts: Signals that end it.
        progress: Who is told.
        counts: How far it is.
        failures: Afterwards, why a piece failed, by its number.
    """

    backend: Backend
    work: Callable[[P], T]
    save: Callable[[P, T], None]
    interrupts: Interrupts
    progress: Progress
    counts: Counts
    failures: dict[int, ErrorRecord] = field(default_factory=dict)

    def run(self, pieces: Iterable[P]) -> None:
        """Do pieces.

        Args:
            pieces: Those that are not there yet; each is asked for when a worker is free for it.

        Raises:
            BackendError: No worker can be had.
            DiskError: A piece cannot be kept.
        """
        pending = iter(pieces)
        running: dict[Future[T | ErrorRecord], P] = {}
        more = True
        while (more or running) and self.interrupts.received is None:
            while more and len(running) < self.backend.capacity:
                piece = next(pending, None)
                if piece is None:
                    more = False
                    break
                running[self.backend.submit(_call, self.work, piece)] = piece
            for future in self.backend.wait(running.keys(), _HEAR_S):
                self._take(running.pop(future), future)
            self.counts.look_at(self.backend)
            self.progress.show(self.counts)

    def _take(self, piece: P, future: Future[T | ErrorRecord]) -> None:
        try:
            made = future.result()
        except BumpcastError as error:
            # Its process died each time it was tried.
            made = ErrorRecord.of(error)
        if isinstance(made, ErrorRecord):
            self.failures[piece.number] = made
            self.counts.failed += 1
            self.counts.given_up += piece.size
            return
        self.save(piece, made)
        self.counts.done += 1
        self.counts.entries += piece.size


def _call(work: Callable[[P], T], piece: P) -> T | ErrorRecord:
    try:
        return work(piece)
    except BumpcastError as error:
        return ErrorRecord.of(error)
    except Exception as error:
        # Whatever other people's code raises: the other pieces go on, and this one is reported.
        frames = "".join(traceback.format_exception(error)[-_FRAMES:])
        return ErrorRecord.of(error, frames)
