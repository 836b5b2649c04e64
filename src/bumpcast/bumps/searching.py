"""A search of a results folder: its histograms in pieces, on any back end, resumable."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np

from bumpcast import store
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.choices import SearchChoices, given_background, make_method, toy_settings
from bumpcast.bumps.findings import (
    FOLDER,
    NUMBERS,
    TEXTS,
    Findings,
    make_table,
    write_findings,
)
from bumpcast.bumps.scanned import searched_spectra
from bumpcast.bumps.search import search
from bumpcast.bumps.spectra import Spectra
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.run import ExecutorName
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import make_backend, prepare_backend
from bumpcast.execution.folder import Lock
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.pieces import PieceLoop
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.execution.records import ErrorRecord
from bumpcast.massscan.results.results import Results
from bumpcast.own_code import code_digest

PIECE: Final = 200
"""Histograms of a piece; what is found does not depend on it."""

_PLAN: Final = "plan.json"
_COLUMNS: Final = ("z", "background", "uncertainty")


class SearchError(BumpcastError):
    """A search cannot be begun or gone on with."""


@dataclass(frozen=True, eq=False)
class PieceOfSearch:
    """Some of the spectra.

    Attributes:
        number: From 0.
        spectra: Its spectra.
        given: Their background, where it is known beforehand.
    """

    number: int
    spectra: Spectra
    given: BackgroundEstimate | None

    @property
    def size(self) -> int:
        """How many spectra."""
        return len(self.spectra)


@dataclass(frozen=True)
class SearchPiece:
    """Searches a piece; it travels to the workers.

    Attributes:
        choices: How.
    """

    choices: SearchChoices

    def __call__(self, piece: PieceOfSearch) -> dict[str, Any]:
        """Return what was found, as columns."""
        method = make_method(self.choices, piece.given)
        found = search(piece.spectra, method, toy_settings(self.choices))
        return {
            **{name: found.table[name].to_numpy() for name in NUMBERS},
            **{name: found.table[name].tolist() for name in TEXTS},
            "bins": {name: getattr(found, name) for name in _COLUMNS},
        }


@dataclass(frozen=True, eq=False)
class SearchOutcome:
    """What became of a search.

    Attributes:
        name: Of the search.
        findings: What was found; None while pieces are missing.
        file: Where they lie; None as well.
        histograms: How many were to be searched.
        missing: How many of them were not.
        resumed: How many an earlier start has searched.
        failures: Why pieces failed, by their first histogram's name.
        seconds: Wall-clock time.
        interrupted: Whether a signal ended it.
    """

    name: str
    findings: Findings | None
    file: Path | None
    histograms: int
    missing: int
    resumed: int
    failures: dict[str, ErrorRecord]
    seconds: float
    interrupted: bool


def search_results(
    results: Results,
    choices: SearchChoices,
    *,
    name: str | None = None,
    executor: ExecutorName = "futures",
    workers: int = 2,
    cluster: ClusterConfig | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> SearchOutcome:
    """Search every histogram that a scan keeps, and write what was found beside it.

    Pieces that an earlier start of the same search has finished are not searched again.

    Args:
        results: The results of the scan.
        choices: How to search.
        name: Of the search; absent: what `SearchChoices.name` says.
        executor: Where pieces are searched.
        workers: How many processes.
        cluster: What a batch system is asked for.
        overwrite: Throw away pieces of another search of this name.
        progress: Who is told how far it is.

    Raises:
        SearchError: There are pieces of another search of this name.
        BumpcastError: What the choices need is not there; no worker can be had.
        DiskError: Something cannot be written.
    """
    begun = time.monotonic()
    progress = progress or Silent()
    prepare_backend(executor, [__name__])
    spectra = searched_spectra(results)
    given = given_background(choices, results, spectra)
    called = name or choices.name
    folder = results.path.parent / FOLDER / f"{called}.parts"
    plan = _plan(spectra, choices, given)
    with ExitStack() as stack:
        _prepare(folder, plan, overwrite=overwrite)
        stack.enter_context(Lock(folder))
        interrupts = stack.enter_context(Interrupts())
        stack.enter_context(progress)
        count = -(-len(spectra) // PIECE)
        missing = [number for number in range(count) if not _file(folder, number).exists()]
        resumed = len(spectra) - _size(missing, len(spectra))
        counts = Counts(
            total=len(spectra),
            resumed=resumed,
            chunks=count,
            done=count - len(missing),
            unit="histograms",
            part="piece",
            merges=False,
        )
        failures: dict[int, ErrorRecord] = {}
        if missing:
            progress.stage(f"searching {len(spectra):,} histograms")
            backend = make_backend(
                executor, workers, cluster or ClusterConfig(), folder, tell=progress.note
            )
            orderly = False
            try:
                counts.wanted = backend.workers
                for note in backend.notes:
                    progress.note(note)
                loop = PieceLoop(
                    backend,
                    SearchPiece(choices),
                    lambda piece, found: _save(_file(folder, piece.number), found),
                    interrupts,
                    progress,
                    counts,
                )
                loop.run(list(_pieces(spectra, given, missing)))
                orderly = interrupts.received is None
            finally:
                backend.close(now=not orderly)
            failures = loop.failures
        left = [number for number in range(count) if not _file(folder, number).exists()]
        findings = file = None
        if not left:
            parts = [_load(_file(folder, number)) for number in range(count)]
            findings = _join(spectra, parts, choices.settings(results))
            file = write_findings(findings, folder.with_name(f"{called}.h5"))
    if not left:
        shutil.rmtree(folder)
    return SearchOutcome(
        name=called,
        findings=findings,
        file=file,
        histograms=len(spectra),
        missing=_size(left, len(spectra)),
        resumed=resumed,
        failures={spectra.names[number * PIECE]: error for number, error in failures.items()},
        seconds=time.monotonic() - begun,
        interrupted=interrupts.received is not None,
    )


def _size(pieces: Sequence[int], spectra: int) -> int:
    return sum(min(PIECE, spectra - number * PIECE) for number in pieces)


def _pieces(
    spectra: Spectra, given: BackgroundEstimate | None, numbers: Sequence[int]
) -> Iterator[PieceOfSearch]:
    for number in numbers:
        some = np.arange(number * PIECE, min((number + 1) * PIECE, len(spectra)))
        own = None if given is None else given.of(spectra.offsets, some)
        yield PieceOfSearch(number, spectra.some(some), own)


def _plan(
    spectra: Spectra, choices: SearchChoices, given: BackgroundEstimate | None
) -> dict[str, Any]:
    """Return what the pieces follow from."""
    background = "" if given is None else str(float(np.nansum(given.expected)))
    return {
        "histograms": spectra.digest,
        "choices": json.loads(json.dumps(dataclasses.asdict(choices), default=str)),
        "background": background,
        "piece": PIECE,
        "code": code_digest(),
    }


def _prepare(folder: Path, plan: dict[str, Any], *, overwrite: bool) -> None:
    """Make the folder of the pieces; those of another search must not be there."""
    path = folder / _PLAN
    if folder.exists():
        try:
            there = json.loads(path.read_text())
        except (OSError, ValueError):
            there = {}
        differing = [key for key, value in plan.items() if there.get(key) != value]
        if differing and not overwrite:
            msg = (
                f"{folder} holds pieces of another search ({', '.join(differing)} differ): "
                f"--overwrite throws them away, --name gives this search a name of its own"
            )
            raise SearchError(msg)
        if differing:
            shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(plan, indent=1) + "\n").encode())


def _file(folder: Path, number: int) -> Path:
    return folder / f"piece-{number:06d}.h5"


def _save(path: Path, found: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        store.write(file, "found", found)
    write_atomically(path, buffer.getvalue())


def _load(path: Path) -> dict[str, Any]:
    try:
        with h5py.File(path, "r", locking=False) as file:
            found: dict[str, Any] = store.read(file, "found")
            return found
    except (OSError, KeyError) as error:
        msg = f"{path} is damaged ({error}): remove it, and its histograms are searched again"
        raise SearchError(msg) from error


def _join(spectra: Spectra, parts: Sequence[dict[str, Any]], settings: dict[str, Any]) -> Findings:
    columns: dict[str, Any] = {
        name: np.concatenate([part[name] for part in parts] or [np.empty(0)]) for name in NUMBERS
    }
    columns |= {name: [text for part in parts for text in part[name]] for name in TEXTS}
    bins = {
        name: np.concatenate([part["bins"][name] for part in parts] or [np.empty(0)])
        for name in _COLUMNS
    }
    table = make_table(spectra.names, columns)
    return Findings(spectra, settings, table, bins["z"], bins["background"], bins["uncertainty"])
