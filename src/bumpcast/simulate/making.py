"""A block of events from the card to its file; runs on a worker."""

from __future__ import annotations

import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.blocks import Block, BlockRecord, Made
from bumpcast.simulate.eventfile import EventFile
from bumpcast.simulate.timing import Timer


@dataclass(frozen=True, slots=True)
class MakeBlock:
    """Makes blocks of a card's events.

    Attributes:
        card: The process.
        detector: The detector, so that a worker needs no file of it; None: there is none.
        seed: Of the whole simulation.
        file: Where the events of the card's file are; None: Pythia has a process of its own.
    """

    card: SimulationCard
    detector: DetectorConfig | None
    seed: int
    file: EventFile | None = None

    def __call__(self, block: Block) -> Made:
        """Return a block's events as a ROOT file."""
        # Imported where it is needed: the generator is an extra, and the driver needs none of it.
        from bumpcast.simulate.chain import simulate_block

        timer = Timer()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "block.root"
            events = simulate_block(
                block,
                path,
                card=self.card,
                detector=self.detector,
                seed=self.seed,
                file=self.file,
                timer=timer,
            )
            data = path.read_bytes()
        record = BlockRecord(
            number=block.number,
            events=len(events),
            cross_section=events.cross_section,
            seconds=timer.seconds,
            host=platform.node(),
        )
        return Made(record, data)
