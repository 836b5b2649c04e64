"""Work in pieces that are kept in a folder until all are done, so that it can be resumed."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import h5py

from bumpcast import store
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.run import ExecutorName
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import make_backend
from bumpcast.execution.folder import Lock
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.pieces import Piece, PieceLoop
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.execution.records import ErrorRecord

P = TypeVar("P", bound=Piece)

_PLAN: Final = "plan.json"


class SearchError(BumpcastError):
    """A search cannot be begun or gone on with."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where pieces are done, and who is told.

    Attributes:
        executor: The back end.
        workers: How many processes.
        cluster: What a batch system is asked for.
        progress: Who is told how far it is.
    """

    executor: ExecutorName = "futures"
    workers: int = 2
    cluster: ClusterConfig = field(default_factory=ClusterConfig)
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True, slots=True)
class PiecesDone:
    """What became of the pieces.

    Attributes:
        missing: Numbers of those that are not there.
        resumed: Numbers of those that an earlier start has done.
        failures: Why pieces failed, by number.
        interrupted: Whether a signal ended it.
        missing_size: How much those have that are not there.
        resumed_size: How much an earlier start has done.
    """

    missing: tuple[int, ...]
    resumed: tuple[int, ...]
    failures: dict[int, ErrorRecord]
    interrupted: bool
    missing_size: int
    resumed_size: int


@dataclass(frozen=True, slots=True)
class PieceFolder:
    """A folder with the results of pieces, each a dictionary of arrays, numbers and texts.

    Attributes:
        folder: Where they are.
    """

    folder: Path

    def prepare(self, plan: dict[str, Any], *, overwrite: bool) -> None:
        """Make the folder; pieces of another plan must not be there.

        Args:
            plan: What the pieces follow from.
            overwrite: Throw pieces of another plan away.

        Raises:
            SearchError: There are some.
            DiskError: It cannot be written.
        """
        path = self.folder / _PLAN
        if self.folder.exists():
            try:
                there = json.loads(path.read_text())
            except (OSError, ValueError):
                there = {}
            differing = [key for key, value in plan.items() if there.get(key) != value]
            if differing and not overwrite:
                msg = (
                    f"{self.folder} holds pieces of another search ({', '.join(differing)} "
                    f"differ): --overwrite throws them away, --name gives this one a name of its "
                    f"own"
                )
                raise SearchError(msg)
            if differing:
                shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(plan, indent=1) + "\n").encode())

    def has(self, number: int) -> bool:
        """Tell whether a piece is there."""
        return self._file(number).exists()

    def load(self, number: int) -> dict[str, Any]:
        """Return the result of a piece.

        Raises:
            SearchError: It is damaged.
        """
        path = self._file(number)
        try:
            with h5py.File(path, "r", locking=False) as file:
                found: dict[str, Any] = store.read(file, "found")
                return found
        except (OSError, KeyError) as error:
            msg = f"{path} is damaged ({error}): remove it, and it is done again"
            raise SearchError(msg) from error

    def save(self, piece: Piece, found: dict[str, Any]) -> None:
        """Keep the result of a piece.

        Raises:
            DiskError: It cannot be written.
        """
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            store.write(file, "found", found)
        write_atomically(self._file(piece.number), buffer.getvalue())

    def remove(self) -> None:
        """Remove all of them, once they have been put together."""
        shutil.rmtree(self.folder)

    def _file(self, number: int) -> Path:
        return self.folder / f"piece-{number:06d}.h5"


def do_pieces(
    folder: PieceFolder,
    sizes: Sequence[int],
    make: Callable[[Iterable[int]], Iterable[P]],
    work: Callable[[P], dict[str, Any]],
    place: Workplace,
    *,
    stage: str,
    unit: str,
) -> PiecesDone:
    """Do the pieces that are not there yet.

    Args:
        folder: Where they are kept; it has been prepared.
        sizes: Of each piece, in the unit that progress is told in.
        make: Returns the pieces of these numbers.
        work: Does a piece; it travels to the workers.
        place: Where pieces are done.
        stage: What is about to be done, in words.
        unit: Of the sizes.

    Raises:
        BackendError: No worker can be had.
        DiskError: Something cannot be written.
    """
    with ExitStack() as stack:
        stack.enter_context(Lock(folder.folder))
        interrupts = stack.enter_context(Interrupts())
        progress = stack.enter_context(place.progress)
        missing = [number for number in range(len(sizes)) if not folder.has(number)]
        resumed = tuple(sorted({*range(len(sizes))} - {*missing}))
        counts = Counts(
            total=sum(sizes),
            resumed=sum(sizes[number] for number in resumed),
            chunks=len(sizes),
            done=len(resumed),
            unit=unit,
            part="piece",
            merges=False,
        )
        failures: dict[int, ErrorRecord] = {}
        if missing:
            progress.stage(stage)
            backend = make_backend(
                place.executor, place.workers, place.cluster, folder.folder, tell=progress.note
            )
            orderly = False
            try:
                counts.wanted = backend.workers
                for note in backend.notes:
                    progress.note(note)
                loop = PieceLoop(backend, work, folder.save, interrupts, progress, counts)
                loop.run(make(missing))
                orderly = interrupts.received is None
            finally:
                backend.close(now=not orderly)
            failures = loop.failures
        left = tuple(number for number in range(len(sizes)) if not folder.has(number))
        return PiecesDone(
            left,
            resumed,
            failures,
            interrupts.received is not None,
            missing_size=sum(sizes[number] for number in left),
            resumed_size=counts.resumed,
        )
