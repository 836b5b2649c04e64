"""The run of a simulation: blocks on a back end, and what becomes of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import Backend
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.progress import Counts, Progress
from bumpcast.execution.records import ErrorRecord
from bumpcast.simulate.blocks import Block, BlockFolder, BlockRecord

_HEAR_S = 0.5


@dataclass(frozen=True, slots=True)
class Made:
    """What comes back from a worker.

    Attributes:
        record: What is known of the block; None where it failed.
        data: Its ROOT file.
        error: Why it failed.
    """

    record: BlockRecord | None = None
    data: bytes = b""
    error: ErrorRecord | None = None


class Maker(Protocol):
    """Makes blocks; it travels to the workers and never raises there."""

    def __call__(self, block: Block) -> Made:
        """Return a block's events, or why there are none."""


@dataclass(slots=True)
class BlockLoop:
    """Runs blocks until all are done or failed, or a signal arrives.

    Attributes:
        backend: The workers.
        make: Makes a block.
        folder: Where blocks are kept.
        interrupts: Signals that end it.
        progress: Who is told.
        counts: How far it is.
        failures: Afterwards, why a block failed, by its number.
    """

    backend: Backend
    make: Maker
    folder: BlockFolder
    interrupts: Interrupts
    progress: Progress
    counts: Counts
    failures: dict[int, ErrorRecord] = field(default_factory=dict)

    def run(self, blocks: Sequence[Block]) -> None:
        """Make blocks.

        Args:
            blocks: Those that are not there yet.

        Raises:
            BackendError: No worker can be had.
            DiskError: A block cannot be kept.
        """
        pending = deque(blocks)
        running: dict[Future[Made], Block] = {}
        while (pending or running) and self.interrupts.received is None:
            while pending and len(running) < self.backend.capacity:
                block = pending.popleft()
                running[self.backend.submit(_call, self.make, block)] = block
            for future in self.backend.wait(running.keys(), _HEAR_S):
                self._take(running.pop(future), future)
            self.counts.look_at(self.backend)
            self.progress.show(self.counts)

    def _take(self, block: Block, future: Future[Made]) -> None:
        try:
            made = future.result()
        except BumpcastError as error:
            # Its process died each time it was tried.
            made = Made(error=ErrorRecord.of(error))
        if made.record is None:
            assert made.error is not None
            self.failures[block.number] = made.error
            self.counts.failed += 1
            self.counts.given_up += block.events
            return
        self.folder.save(made.record, made.data)
        self.counts.done += 1
        self.counts.entries += block.events
        self.counts.bytes += len(made.data)


def _call(make: Callable[[Block], Made], block: Block) -> Made:
    return make(block)
