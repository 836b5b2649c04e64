"""A search of a results folder: its histograms in pieces, on any back end, resumable."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.calibration import Calibration, pseudo_spectra
from bumpcast.bumps.choices import SearchChoices, given_background, make_method, toy_settings
from bumpcast.bumps.findings import (
    FOLDER,
    NUMBERS,
    TEXTS,
    Findings,
    make_table,
    write_findings,
)
from bumpcast.bumps.grouping import group_findings
from bumpcast.bumps.piecewise import PieceFolder, PiecesDone, Workplace, do_pieces
from bumpcast.bumps.scanned import searched_spectra
from bumpcast.bumps.search import search
from bumpcast.bumps.spectra import Spectra
from bumpcast.execution.backends import prepare_backend
from bumpcast.execution.records import ErrorRecord
from bumpcast.massscan.results.results import Results
from bumpcast.own_code import code_digest

PIECE: Final = 200
"""Histograms of a piece; what is found does not depend on it."""

_COLUMNS: Final = ("z", "background", "uncertainty")


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
        failures: Why pieces failed, by their numbers.
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
    place: Workplace | None = None,
    *,
    name: str | None = None,
    overwrite: bool = False,
) -> SearchOutcome:
    """Search every histogram that a scan keeps, and write what was found beside it.

    Pieces that an earlier start of the same search has finished are not searched again.

    Args:
        results: The results of the scan.
        choices: How to search.
        place: Where pieces are searched; None: in two processes here.
        name: Of the search; absent: what `SearchChoices.name` says.
        overwrite: Throw away pieces of another search of this name.

    Raises:
        SearchError: There are pieces of another search of this name.
        BumpcastError: What the choices need is not there; no worker can be had.
        DiskError: Something cannot be written.
    """
    begun = time.monotonic()
    place = place or Workplace()
    prepare_backend(place.executor, [__name__])
    spectra = searched_spectra(results)
    given = given_background(choices, results, spectra)
    called = name or choices.name
    folder = PieceFolder(results.path.parent / FOLDER / f"{called}.parts")
    folder.prepare(_plan(spectra, choices, given), overwrite=overwrite)
    sizes = _sizes(spectra)
    done = _do(folder, spectra, given, choices, place, f"searching {len(spectra):,} histograms")
    findings = file = None
    if not done.missing:
        parts = [folder.load(number) for number in range(len(sizes))]
        findings = _join(spectra, parts, choices.settings(results))
        if choices.calibrates:
            toys = pseudo_spectra(findings, choices.calibration, choices.seed)
            own = PieceFolder(folder.folder / "calibration")
            own.prepare({"histograms": toys.digest}, overwrite=True)
            sizes = _sizes(toys)
            earlier, done = (
                done,
                _do(own, toys, None, choices, place, f"calibrating with {len(toys):,} pseudo-data"),
            )
            done = dataclasses.replace(done, resumed_size=earlier.resumed_size)
            findings = None if done.missing else _calibrated(findings, own, len(sizes))
    if findings is not None:
        findings.table["group"] = group_findings(findings, results.path.parent)
        file = write_findings(findings, folder.folder.with_name(f"{called}.h5"))
        folder.remove()
    return SearchOutcome(
        name=called,
        findings=findings,
        file=file,
        histograms=len(spectra),
        missing=done.missing_size,
        resumed=done.resumed_size,
        failures={f"piece {number}": error for number, error in done.failures.items()},
        seconds=time.monotonic() - begun,
        interrupted=done.interrupted,
    )


def _sizes(spectra: Spectra) -> list[int]:
    return [min(PIECE, len(spectra) - first) for first in range(0, len(spectra), PIECE)]


def _do(
    folder: PieceFolder,
    spectra: Spectra,
    given: BackgroundEstimate | None,
    choices: SearchChoices,
    place: Workplace,
    stage: str,
) -> PiecesDone:
    return do_pieces(
        folder,
        _sizes(spectra),
        lambda numbers: _pieces(spectra, given, numbers),
        SearchPiece(choices),
        place,
        stage=stage,
        unit="histograms",
    )


def _calibrated(findings: Findings, folder: PieceFolder, pieces: int) -> Findings:
    found = [folder.load(number)["p_histogram"] for number in range(pieces)]
    calibration = Calibration.of(np.concatenate([*found, np.empty(0)]))
    return calibration.of_findings(findings)


def _pieces(
    spectra: Spectra, given: BackgroundEstimate | None, numbers: Iterable[int]
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
