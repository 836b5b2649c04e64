"""A whole simulation: from a card to one file, on any back end."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bumpcast.compiled import was_compiled
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.run import ExecutorName
from bumpcast.config.simulate import SimulationCard
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import make_backend, prepare_backend
from bumpcast.execution.folder import Lock
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.execution.records import ErrorRecord
from bumpcast.own_code import code_digest
from bumpcast.simulate.blocks import EVENTS, BlockFolder, BlockRecord, cut
from bumpcast.simulate.events import CrossSection
from bumpcast.simulate.making import MakeBlock
from bumpcast.simulate.running import BlockLoop

_PLAN = "plan.json"
_DETECTOR = "bumpcast.simulate.detector"
_ON_THIS_MACHINE: Final = ("iterative", "futures", "dask-local")


class SimulationError(BumpcastError):
    """A simulation cannot be begun or gone on with."""


@dataclass(frozen=True, slots=True)
class SimulationSummary:
    """What a simulation came to.

    Attributes:
        file: The ROOT file; not there unless the simulation is complete.
        events_wanted: How many were asked for.
        events_made: How many there are.
        events_resumed: Those of them that an earlier start made.
        cross_section: Of all blocks together; None: there is no block.
        failures: Why a block failed, by its number.
        seconds: Wall-clock time of this start.
        steps: Wall-clock seconds of each step, of all blocks together, by its name.
        interrupted: Whether a signal ended it.
    """

    file: Path
    events_wanted: int
    events_made: int
    events_resumed: int
    cross_section: CrossSection | None
    failures: dict[int, ErrorRecord]
    seconds: float
    steps: dict[str, float]
    interrupted: bool

    @property
    def complete(self) -> bool:
        """Whether every event is in the file."""
        return self.events_made == self.events_wanted


def blocks_of(output: Path) -> Path:
    """Return the folder of an output's blocks, which is there until they are put together."""
    return output.with_name(f"{output.name}.blocks")


@dataclass(slots=True)
class Simulation:
    """One start of a simulation.

    Attributes:
        card: The process and the detector.
        events: How many.
        seed: From which everything random follows.
        output: The ROOT file.
        progress: Who is told how far it is.
    """

    card: SimulationCard
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
            ConfigurationError: The card is wrong, or names no detector.
            SimulationError: There is a file or there are blocks already, or blocks of another
                simulation; or a package is missing.
            BackendError: No worker can be had.
            DiskError: Something cannot be written.
        """
        started = time.monotonic()
        prepare_backend(executor, [MakeBlock.__module__])
        _check(self.card)
        folder = self._prepare(resume=resume, overwrite=overwrite)
        with ExitStack() as stack:
            stack.enter_context(Lock(folder.folder))
            interrupts = stack.enter_context(Interrupts())
            stack.enter_context(self.progress)
            done = folder.done()
            blocks = cut(self.events, EVENTS)
            missing = [block for block in blocks if block.number not in done]
            counts = Counts(total=self.events, chunks=len(blocks), done=len(done), made=True)
            counts.resumed = sum(record.events for record in done.values())
            failures: dict[int, ErrorRecord] = {}
            if missing:
                self.progress.stage(f"simulating {self.events:,} events")
                failures = self._make(
                    missing, folder, counts, interrupts, executor, workers, cluster
                )
            records = list(folder.done().values())
            if len(records) == len(blocks):
                self.progress.stage("putting the blocks together")
                self._join(folder, records)
        if len(records) == len(blocks):
            folder.remove()
        return SimulationSummary(
            file=self.output,
            events_wanted=self.events,
            events_made=sum(record.events for record in records),
            events_resumed=counts.resumed,
            cross_section=_combined(records),
            failures=failures,
            seconds=time.monotonic() - started,
            steps=_steps(records),
            interrupted=interrupts.received is not None,
        )

    def _make(
        self,
        missing: Sequence[Any],
        folder: BlockFolder,
        counts: Counts,
        interrupts: Interrupts,
        executor: ExecutorName,
        workers: int,
        cluster: ClusterConfig,
    ) -> dict[int, ErrorRecord]:
        backend = make_backend(executor, workers, cluster, folder.folder, tell=self.progress.note)
        orderly = False
        try:
            counts.wanted = backend.workers
            for note in backend.notes:
                self.progress.note(note)
            if executor in _ON_THIS_MACHINE and not was_compiled(_DETECTOR):
                self.progress.note("the first simulation compiles for about half a minute")
            make = MakeBlock(self.card, self.seed)
            loop = BlockLoop(backend, make, folder, interrupts, self.progress, counts)
            loop.run(missing)
            orderly = interrupts.received is None
        finally:
            backend.close(now=not orderly)
        return loop.failures

    def _prepare(self, *, resume: bool, overwrite: bool) -> BlockFolder:
        """Return the folder of the blocks, with those that can be used."""
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
            self._compare(folder.folder / _PLAN)
        folder.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(
            folder.folder / _PLAN, (json.dumps(self._plan(), indent=1) + "\n").encode()
        )
        return folder

    def _plan(self) -> dict[str, Any]:
        """Return what a block's content follows from."""
        card = json.dumps(self.card.model_dump(mode="json"), sort_keys=True)
        return {
            "card": sha256(card.encode()).hexdigest(),
            "name": self.card.name,
            "seed": self.seed,
            # The last block has what is left of them.
            "events": self.events,
            "block_events": EVENTS,
            "code": code_digest(),
        }

    def _compare(self, path: Path) -> None:
        try:
            there = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            msg = f"{path} cannot be read ({error}): --overwrite begins anew"
            raise SimulationError(msg) from error
        differing = [key for key, value in self._plan().items() if there.get(key) != value]
        if differing:
            msg = (
                f"the blocks in {path.parent} are of another simulation ({', '.join(differing)} "
                f"differ): --overwrite begins anew"
            )
            raise SimulationError(msg)

    def _join(self, folder: BlockFolder, records: Sequence[BlockRecord]) -> None:
        from bumpcast.simulate.chain import join_blocks

        paths = [folder.file(record.number) for record in records]
        join_blocks(self.card, paths, self.output)


def simulate(
    card: SimulationCard,
    events: int,
    seed: int,
    output: Path,
    *,
    executor: ExecutorName = "futures",
    workers: int = 2,
    cluster: ClusterConfig | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SimulationSummary:
    """Simulate events of a card; see `Simulation.run`."""
    shown = progress or Silent()
    return Simulation(card, events, seed, output, shown).run(
        executor, workers, cluster or ClusterConfig(), resume=resume, overwrite=overwrite
    )


def _check(card: SimulationCard) -> None:
    """Tell what is wrong with a card before a worker is asked for."""
    try:
        from bumpcast.simulate.chain import check_card
    except ModuleNotFoundError as error:
        msg = f"{error}: simulating needs more packages, pip install 'bumpcast[simulate]'"
        raise SimulationError(msg) from error
    check_card(card)


def _combined(records: Sequence[BlockRecord]) -> CrossSection | None:
    return CrossSection.of_all([record.cross_section for record in records]) if records else None


def _steps(records: Sequence[BlockRecord]) -> dict[str, float]:
    steps: dict[str, float] = {}
    for record in records:
        for name, seconds in record.seconds.items():
            steps[name] = steps.get(name, 0.0) + seconds
    return steps
