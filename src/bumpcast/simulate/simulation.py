"""A whole simulation: from a card to one file, on any back end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bumpcast.compiled import was_compiled
from bumpcast.config.cards import load_detector_of
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.detector import DetectorConfig
from bumpcast.config.errors import ConfigurationError, Problem
from bumpcast.config.run import ExecutorName
from bumpcast.config.simulate import SimulationCard
from bumpcast.execution.backends import make_backend, prepare_backend
from bumpcast.execution.folder import Lock
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.pieces import PieceLoop
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.execution.records import ErrorRecord
from bumpcast.simulate.blocks import EVENTS, BlockFolder, BlockRecord, cut
from bumpcast.simulate.eventfile import EventFile, EventFileError, index, source_of
from bumpcast.simulate.events import CrossSection
from bumpcast.simulate.making import MakeBlock
from bumpcast.simulate.plan import SimulationError, compare, plan_of, spectrum_of, write

_DETECTOR = "bumpcast.simulate.detector"
_ON_THIS_MACHINE: Final = ("iterative", "futures", "dask-local")


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a simulation came to.

    Attributes:
        file: The ROOT file; not there unless the simulation is complete.
        events_wanted: How many were asked for.
        events_made: How many there are; of a file's events those that pass the card's filters.
        blocks_missing: How many of the parts are not made.
        events_resumed: Those of them that an earlier start made.
        cross_section: The card's own, or that of all blocks together; None: there is no block.
        failures: Why a block failed, by its number.
        seconds: Wall-clock time of this start.
        steps: Wall-clock seconds of each step, of all blocks together, by its name.
        interrupted: Whether a signal ended it.
    """

    file: Path
    events_wanted: int
    events_made: int
    blocks_missing: int
    events_resumed: int
    cross_section: CrossSection | None
    failures: dict[int, ErrorRecord]
    seconds: float
    steps: dict[str, float]
    interrupted: bool

    @property
    def complete(self) -> bool:
        """Whether every block is in the file."""
        return self.blocks_missing == 0


def blocks_of(output: Path) -> Path:
    """Return the folder of an output's blocks, which is there until they are put together."""
    return output.with_name(f"{output.name}.blocks")


@dataclass(slots=True)
class Simulation:
    """One start of a simulation.

    Attributes:
        card: The process.
        detector: What is seen of it; None: only the truth is written.
        events: How many.
        seed: From which everything random follows.
        output: The ROOT file.
        progress: Who is told how far it is.
    """

    card: SimulationCard
    detector: DetectorConfig | None
    events: int
    seed: int
    output: Path
    progress: Progress

    def run(
        self,
        executor: ExecutorName,
        workers: int,
        cluster: ClusterConfig,
        *,
        resume: bool = False,
        overwrite: bool = False,
    ) -> SimulationSummary:
        """Make the events that are not there yet, and put all of them together.

        Args:
            executor: Where blocks are made.
            workers: How many processes.
            cluster: What a batch system is asked for.
            resume: Go on with the blocks that are there.
            overwrite: Replace the file and the blocks.

        Raises:
            ConfigurationError: The card is wrong, or its file holds too few events.
            SimulationError: There is a file or there are blocks already, or blocks of another
                simulation; or a package is missing.
            BackendError: No worker can be had.
            DiskError: Something cannot be written.
        """
        started = time.monotonic()
        prepare_backend(executor, [MakeBlock.__module__])
        _check(self.card)
        folder, file = self._prepare(resume=resume, overwrite=overwrite)
        with ExitStack() as stack:
            stack.enter_context(Lock(folder.folder))
            interrupts = stack.enter_context(Interrupts())
            stack.enter_context(self.progress)
            done = folder.done()
            blocks = cut(self.events, EVENTS)
            missing = [block for block in blocks if block.number not in done]
            counts = Counts(
                total=self.events, chunks=len(blocks), done=len(done), part="block", merges=False
            )
            counts.resumed = sum(record.events for record in done.values())
            failures: dict[int, ErrorRecord] = {}
            if missing:
                self.progress.stage(f"simulating {self.events:,} events")
                make = MakeBlock(self.card, self.detector, self.seed, file)
                failures = self._make(
                    make, missing, folder, counts, interrupts, executor, workers, cluster
                )
            records = list(folder.done().values())
            if len(records) == len(blocks):
                self.progress.stage("putting the blocks together")
                self._join(folder, records)
        if len(records) == len(blocks) or (failures and not records):
            folder.remove()
        return SimulationSummary(
            file=self.output,
            events_wanted=self.events,
            events_made=sum(record.events for record in records),
            blocks_missing=len(blocks) - len(records),
            events_resumed=counts.resumed,
            cross_section=_cross_section(self.card, records),
            failures=failures,
            seconds=time.monotonic() - started,
            steps=_steps(records),
            interrupted=interrupts.received is not None,
        )

    def _make(
        self,
        make: MakeBlock,
        missing: Sequence[Any],
        folder: BlockFolder,
        counts: Counts,
        interrupts: Interrupts,
        executor: ExecutorName,
        workers: int,
        cluster: ClusterConfig,
    ) -> dict[int, ErrorRecord]:
        backend = make_backend(
            executor,
            workers,
            cluster,
            folder.folder,
            inputs=_inputs(self.card, make.file),
            tell=self.progress.note,
        )
        orderly = False
        try:
            counts.wanted = backend.workers
            for note in backend.notes:
                self.progress.note(note)
            seen = self.detector is not None
            if executor in _ON_THIS_MACHINE and seen and not was_compiled(_DETECTOR):
                self.progress.note("the first simulation compiles for about half a minute")
            loop = PieceLoop(backend, make, folder.save, interrupts, self.progress, counts)
            loop.run(missing)
            orderly = interrupts.received is None
        finally:
            backend.close(now=not orderly)
        return loop.failures

    def _prepare(self, *, resume: bool, overwrite: bool) -> tuple[BlockFolder, EventFile | None]:
        """Return the folder of the blocks that can be used, and where the card's events are."""
        folder = BlockFolder(blocks_of(self.output))
        there = folder.folder.exists()
        if overwrite:
            folder.remove()
            self.output.unlink(missing_ok=True)
        elif self.output.exists():
            msg = f"{self.output} is there already: name another file, or say --overwrite"
            raise SimulationError(msg)
        elif there and not resume:
            msg = (
                f"{folder.folder} holds blocks of an earlier start: --resume goes on with them, "
                f"--overwrite begins anew"
            )
            raise SimulationError(msg)
        elif there:
            compare(folder.folder, self._plan())
        folder.folder.mkdir(parents=True, exist_ok=True)
        try:
            file = self._index(folder.folder)
        except ConfigurationError:
            if not there or overwrite:
                folder.remove()
            raise
        write(folder.folder, self._plan())
        return folder, file

    def _plan(self) -> dict[str, Any]:
        return plan_of(self.card, self.detector, self.events, self.seed)

    def _index(self, folder: Path) -> EventFile | None:
        """Find the events of the card's file; there must be enough of them."""
        source = source_of(self.card)
        if source is None:
            return None
        key, path = source
        self.progress.stage(f"looking through {path.name}")
        try:
            file = index(self.card, folder, EVENTS)
            assert file is not None
            file.check(self.events)
        except EventFileError as error:
            problem = Problem(key, str(error), self.card.origin_of(key))
            raise ConfigurationError([problem]) from error
        return file

    def _join(self, folder: BlockFolder, records: Sequence[BlockRecord]) -> None:
        from bumpcast.simulate.chain import join_blocks

        if not any(record.events for record in records):
            msg = f"none of the {self.events:,} events passes the filters of {self.card.name}"
            raise SimulationError(msg)
        paths = [folder.file(record.number) for record in records]
        join_blocks(self.card, paths, self.output)


def simulate(
    card: SimulationCard,
    events: int,
    seed: int,
    output: Path,
    *,
    detector: DetectorConfig | None = None,
    executor: ExecutorName = "futures",
    workers: int = 2,
    cluster: ClusterConfig | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Simulate events of a card; see `Simulation.run`.

    Args:
        card: The process.
        events: How many.
        seed: From which everything random follows.
        output: The ROOT file.
        detector: What is seen of it; None: the detector that the card names.
        executor: Where blocks are made.
        workers: How many processes.
        cluster: What a batch system is asked for; None: as it is by default.
        resume: Go on with the blocks that are there.
        overwrite: Replace the file and the blocks.
        progress: Who is told how far it is; None: nobody.

    Raises:
        ConfigurationError: The card names no detector; and what `Simulation.run` raises.
    """
    seen = detector or load_detector_of(card)
    return Simulation(card, seen, events, seed, output, progress or Silent()).run(
        executor, workers, cluster or ClusterConfig(), resume=resume, overwrite=overwrite
    )


def _check(card: SimulationCard) -> None:
    """Tell what is wrong with a card before a worker is asked for."""
    try:
        from bumpcast.simulate.chain import check_card
    except ModuleNotFoundError as error:
        msg = (
            f"simulating needs the package {error.name!r}, which is not installed: "
            "pip install 'bumpcast[simulate]'"
        )
        raise SimulationError(msg) from error
    check_card(card)


def _inputs(card: SimulationCard, file: EventFile | None) -> list[str]:
    """Return the files that every worker has to see."""
    spectrum = spectrum_of(card)
    found = [] if spectrum is None else [str(spectrum)]
    return found if file is None else [*found, file.path]


def _cross_section(card: SimulationCard, records: Sequence[BlockRecord]) -> CrossSection | None:
    if not records:
        return None
    found = CrossSection.of_all([record.cross_section for record in records])
    return found.stated(card.cross_section_pb)


def _steps(records: Sequence[BlockRecord]) -> dict[str, float]:
    steps: dict[str, float] = {}
    for record in records:
        for name, seconds in record.seconds.items():
            steps[name] = steps.get(name, 0.0) + seconds
    return steps
