"""A block of events from the card to its file; runs on a worker."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.blocks import Block, BlockRecord, Made
from bumpcast.simulate.eventfile import EventFile


@dataclass(slots=True)
class Timer:
    """Takes the time of steps.

    Attributes:
        seconds: By the name of the step.
        clock: Returns seconds; wall-clock time unless it is another one.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.perf_counter

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take the time of what is done within."""
        begun = self.clock()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + self.clock() - begun


@dataclass(frozen=True, slots=True)
class MakeBlock:
    """Makes blocks of a card's events.

    Attributes:
        card: The process.
        detector: The detector, so that a worker needs no file of it.
        seed: Of the whole simulation.
        file: Where the events of the card's file are; None: Pythia has a process of its own.
    """

    card: SimulationCard
    detector: DetectorConfig
    seed: int
    file: EventFile | None = None

    def __call__(self, block: Block) -> Made:
        """Return a block's events as a ROOT file."""
        # Imported where it is needed: the generator is an extra, and the driver needs none of it.
        from bumpcast.simulate.chain import simulate_block

        timer = Timer()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "block.root"
            events = simulate_block(self, block, path, timer)
            data = path.read_bytes()
        record = BlockRecord(
            number=block.number,
            events=len(events),
            cross_section=events.cross_section,
            seconds=timer.seconds,
            host=platform.node(),
        )
        return Made(record, data)
