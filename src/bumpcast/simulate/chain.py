"""All steps of a simulated block in their order, and of putting blocks together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.dump import dumps
from bumpcast.config.errors import ConfigurationError
from bumpcast.config.simulate import NO_DETECTOR, SimulationCard
from bumpcast.diskio import write_atomically
from bumpcast.simulate.blocks import Block
from bumpcast.simulate.delphes_file.entry import dataset_entry
from bumpcast.simulate.delphes_file.joining import join
from bumpcast.simulate.delphes_file.provenance import Block as MadeBlock
from bumpcast.simulate.delphes_file.provenance import Provenance
from bumpcast.simulate.delphes_file.writing import (
    event_collection,
    weight_collection,
    write_block,
)
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.detector.reconstruct import reconstruct
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.eventfile import EventFile
from bumpcast.simulate.events import GeneratorEvents
from bumpcast.simulate.generator.crosssection import of_card
from bumpcast.simulate.generator.generate import check, generate
from bumpcast.simulate.generator.seeds import block_seed
from bumpcast.simulate.timing import Timer
from bumpcast.simulate.truth import particle_collection

_DETECTOR: Final = "detector"
_PROGRAMS: Final = ("bumpcast", "pythia8mc", "numpy", "numba")


def check_card(card: SimulationCard) -> None:
    """Do nothing if events of a card can be made.

    Raises:
        ConfigurationError: It is wrong; the message lists every problem, with Pythia's own words
            where it is Pythia that refuses.
    """
    if problems := check(card):
        raise ConfigurationError(problems)


def simulate_block(
    block: Block,
    path: Path,
    *,
    card: SimulationCard,
    detector: DetectorConfig | None,
    seed: int,
    file: EventFile | None,
    timer: Timer,
) -> GeneratorEvents:
    """Simulate one block and write its file.

    Args:
        block: Which part of the whole.
        path: The file.
        card: The process.
        detector: The detector; None: only Event, Weight and Particle are written.
        seed: Of the whole simulation.
        file: Where the events of the card's file are; None: Pythia has a process of its own.
        timer: Takes the time of each step.

    Returns:
        The generated events.

    Raises:
        BumpcastError: The card is wrong, or the events cannot be made or written.
    """
    with timer.step("generator"):
        events = generate(
            card,
            seed=seed,
            block=block.number,
            events=block.events,
            first=block.first,
            file=file,
        )
    found = {}
    if detector is not None:
        with timer.step("detector"):
            tables = DetectorTables.of(detector)
            found = reconstruct(events.particles, tables, key(seed, block.number))
    with timer.step("truth"):
        particles = particle_collection(events.particles)
    with timer.step("file"):
        made = MadeBlock(block.number, block_seed(seed, block.number), len(events))
        collections = {
            "Event": event_collection(events.info, events.cross_section, block.first + 1),
            "Weight": weight_collection(events.info),
            "Particle": particles,
            **found,
        }
        provenance = Provenance(
            card=dumps(card.model_dump(mode="json", exclude_none=True)),
            seed=seed,
            blocks=(made,),
            cross_section=events.cross_section,
            settings={
                _DETECTOR: NO_DETECTOR if detector is None else detector.model_dump(mode="json")
            },
            versions={name: version(name) for name in _PROGRAMS},
        )
        write_block(path, collections, provenance)
    return events


def join_blocks(card: SimulationCard, paths: Sequence[Path], output: Path) -> None:
    """Put blocks together, and write the data set's entry beside them.

    Args:
        card: The process.
        paths: The blocks' files, in order.
        output: The file; its entry for a configuration goes to the same name with '.toml'.
    """
    provenance = join(paths, output, cross_section_pb=card.cross_section_pb)
    known = of_card(card, provenance.cross_section)
    entry = dataset_entry(
        _dataset_name(output),
        [output.name],
        provenance,
        kind=card.kind,
        label=card.label,
        cross_section_pb=None if known is None else known[0],
        k_factor=card.k_factor,
        large_jets=provenance.settings[_DETECTOR] != NO_DETECTOR,
    )
    write_atomically(output.with_name(f"{output.name}.toml"), entry.encode())


def _dataset_name(output: Path) -> str:
    """Return the file's own name: two points of a card would be one data set under the card's."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", output.stem.lstrip(".-")) or "_"
