"""The generator's two doors: is a card right, and its events."""

from __future__ import annotations

import logging
import math
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.config.errors import ConfigurationError, Problem
from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.eventfile import EventFile, index, source_of
from bumpcast.simulate.events import CrossSection, EventInfo, GeneratorEvents, Particles
from bumpcast.simulate.generator import crosssection, filters, hepmc
from bumpcast.simulate.generator.batch import ParticleProperties, info_from, particles_from
from bumpcast.simulate.generator.errors import EventFileError, GenerationError
from bumpcast.simulate.generator.lhe import head_file, share_file
from bumpcast.simulate.generator.pythia import (
    Generator,
    bare_pythia,
    generator,
    no_file,
    setting_problems,
)
from bumpcast.simulate.generator.seeds import block_seed

log = logging.getLogger(__name__)

AT_ONCE: Final = 250
"""Events of one batch: some 100 MB of top pairs."""

_FOLDER: Final = "bumpcast-generator-"

MOST_WITHOUT_ONE: Final = 20_000
"""So many events are tried before a filter is said to pass none."""


def check(card: SimulationCard) -> list[Problem]:
    """Return everything that is wrong with a card, without making an event.

    Args:
        card: The card.

    Returns:
        Each problem with its place in the card; empty: events can be made.
    """
    if card.hepmc is None and (problems := setting_problems(card)):
        return problems
    source = source_of(card)
    if source is not None and not source[1].is_file():
        return [no_file(card, *source)]
    try:
        with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
            if card.hepmc is not None:
                hepmc.check_start(card.hepmc)
                return []
            lhe = None if card.lhe is None else head_file(Path(card.lhe), Path(folder))
            with generator(card, 1, lhe) as made:
                return _energy_problems(card, made)
    except ConfigurationError as error:
        return list(error.problems)
    except EventFileError as error:
        key = ("hepmc",) if card.hepmc is not None else ("lhe",)
        return [Problem(key, str(error), card.origin_of(key))]


def _energy_problems(card: SimulationCard, made: Generator) -> list[Problem]:
    """Return what is wrong with the card's energy: a file's events have their own."""
    energy_tev = made.pythia.infoPython().eCM() / 1000
    if card.lhe is None or math.isclose(energy_tev, card.energy_tev, rel_tol=1e-6):
        return []
    key = ("energy_tev",)
    message = (
        f"{card.energy_tev:g} TeV, but the events of {card.lhe} are of {energy_tev:g} TeV: "
        f"say energy_tev = {energy_tev:g}"
    )
    return [Problem(key, message, card.origin_of(key))]


def generate(
    card: SimulationCard,
    *,
    seed: int,
    block: int,
    events: int,
    first: int,
    file: EventFile | None = None,
) -> GeneratorEvents:
    """Generate one block of events.

    From Pythia's own processes come as many events as are asked for, all of which pass the card's
    filters. From a file come those of the `events` events behind the first `first` that pass.

    Args:
        card: What to generate.
        seed: Of the run.
        block: Number of the block; block and seed give Pythia's seed.
        events: How many.
        first: Number of the block's first event in the run, from 0.
        file: Where the events of the card's file are; None: the file is looked through first.

    Raises:
        CardError: Pythia refuses the card.
        EventFileError: The file of events cannot be read, or holds too few of them.
        GenerationError: Pythia cannot make the events, or the filters pass none.
    """
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as name:
        folder = Path(name)
        file = file or index(card, folder, step=1)
        if card.hepmc is not None:
            assert file is not None
            properties = ParticleProperties(bare_pythia().particleData)
            return hepmc.read(file, first, events, card.filters, properties)
        lhe = None if file is None else share_file(file, first, events, folder)
        with generator(card, block_seed(seed, block), lhe) as made:
            return _Block(card, made, events).fill()


class _Block:
    """Collects events batch by batch."""

    def __init__(self, card: SimulationCard, made: Generator, events: int) -> None:
        self._card = card
        self._made = made
        self._wanted = events
        self._properties = ParticleProperties(made.pythia.particleData)
        self._particles: list[Particles] = []
        self._info: list[EventInfo] = []
        self._accepted = 0
        self._kept = 0
        self._tries = 0

    def fill(self) -> GeneratorEvents:
        while self._missing() > 0:
            asked = self._next_size()
            got = self._take_batch(asked)
            self._tries += asked
            self._check_progress(got, asked)
        if not self._particles:
            msg = f"none of the {self._accepted} events of the file passes the card's filters"
            raise GenerationError(msg)
        for words in self._made.words:
            log.info("%s: Pythia says: %s", self._card.name, words)
        return GeneratorEvents(
            filters.join_particles(self._particles),
            filters.join_info(self._info),
            self._cross_section(),
        )

    def _missing(self) -> int:
        done = self._tries if self._card.lhe is not None else self._kept
        return self._wanted - done

    def _next_size(self) -> int:
        if self._card.lhe is not None or not self._card.filters:
            return min(self._missing(), AT_ONCE)
        if self._kept == 0:
            return min(10 + 2 * self._missing() + 2 * self._accepted, AT_ONCE)
        needed = self._missing() * self._accepted / self._kept
        return int(min(max(1.1 * needed, 10), AT_ONCE))

    def _take_batch(self, asked: int) -> int:
        batch, notes = self._made.next_batch(asked)
        if len(batch) == 0:
            return 0
        particles = particles_from(batch, self._properties)
        info = info_from(batch, notes)
        kept = filters.passing(particles, self._card.filters)
        used = len(kept)
        if self._card.lhe is None and kept.sum() > self._missing():
            # What is not needed counts for nothing, or the share that passes would be wrong.
            used = int(np.flatnonzero(kept)[self._missing() - 1]) + 1
            kept[used:] = False
        self._accepted += used
        self._kept += int(kept.sum())
        if kept.any():
            self._particles.append(filters.select_particles(particles, kept))
            self._info.append(filters.select_info(info, kept))
        return len(batch)

    def _check_progress(self, got: int, asked: int) -> None:
        name = self._card.name
        said = " Pythia says: " + "; ".join(self._made.words) if self._made.words else ""
        if self._card.lhe is not None and got < asked:
            self._check_file_end(self._tries - asked + got, said)
        if got == 0:
            msg = f"{name}: Pythia made none of {asked} events.{said}"
            raise GenerationError(msg)
        if self._kept == 0 and self._accepted >= MOST_WITHOUT_ONE:
            msg = f"{name}: none of {self._accepted} events passes the card's filters"
            raise GenerationError(msg)

    def _check_file_end(self, read: int, said: str) -> None:
        if self._made.pythia.infoPython().atEndOfFile():
            msg = (
                f"{self._card.lhe} ends too early: of its share of {self._wanted} events this "
                f"block found {read}.{said}"
            )
            raise EventFileError(msg)

    def _cross_section(self) -> CrossSection:
        found = crosssection.of_pythia(self._made.pythia, self._accepted, self._kept)
        if self._card.lhe is None and not found.value > 0:
            words = "; ".join(self._made.words) or "nothing"
            msg = f"{self._card.name}: the cross-section is {found.value} pb. Pythia says: {words}"
            raise GenerationError(msg)
        return found
