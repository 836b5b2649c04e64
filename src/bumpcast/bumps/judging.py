"""The whole set of a results folder: what its search has flagged, against its replicas.

Replicas are searched as the data were, in pieces of histograms on any back end. Where the
background is estimated from the spectrum itself, it is estimated from each replica anew, the choice
of a function's family and order included: a search that chooses for the data finds fewer excesses
than one whose function is fixed, since part of a fluctuation goes into the choice. (On the
quickstart, with `refit` off, background alone makes twice as many flags above 3 sigma.) Where
it is the simulation, it is the same for all.

Replicas have to fluctuate about a background that could be true. Those of recorded events, and of
simulated ones of which each stands for an event or nearly so, repeat fluctuations that happened to
be there: they are recentred (`recentring.py`) about the background that the search estimates from
the same events. Many simulated events for each expected one are as good as a smooth background:
their replicas are taken as they are, with every feature that a function may fail to describe.

A simulated background has an uncertainty from its own events, since the data do not fluctuate about
it but about what it is an estimate of. Replicas fluctuate about it itself: for them it is exact.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

import bumpcast
from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.choices import SearchChoices, given_background
from bumpcast.bumps.comparison import compare
from bumpcast.bumps.findings import FOLDER, Findings
from bumpcast.bumps.overlap import Flags, Groups
from bumpcast.bumps.piecewise import PieceFolder, Workplace, do_pieces
from bumpcast.bumps.replica_search import PieceOfReplicas, ReplicaPiece
from bumpcast.bumps.scanned import spectra_of_dataset
from bumpcast.bumps.spectra import Floats, Spectra
from bumpcast.bumps.whole_set import THRESHOLDS, WholeSet
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import prepare_backend
from bumpcast.execution.records import ErrorRecord
from bumpcast.massscan.replicas.storage import Replicas
from bumpcast.massscan.results.results import Results
from bumpcast.own_code import code_digest

PIECE: Final = 200
"""Histograms of a piece; what comes out does not depend on it."""

SMALL_WEIGHT: Final = 0.05
"""Simulated events of a smaller mean weight add less than a fortieth to a fluctuation."""


class JudgingError(BumpcastError):
    """A search and its replicas cannot be compared."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """The whole set of a results folder.

    Attributes:
        whole: What was seen, and what background alone makes; None while pieces are missing.
        flags: The histograms of the data above the lowest threshold; None as well.
        groups: Which of the flags show the same events; None as well.
        file: Where it lies; None as well.
        histograms: How many were to be searched in the replicas.
        missing: How many of them were not.
        failures: Why pieces failed, by their first histogram's name.
        seconds: Wall-clock time.
        interrupted: Whether a signal ended it.
    """

    whole: WholeSet | None
    flags: Flags | None
    groups: Groups | None
    file: Path | None
    histograms: int
    missing: int
    failures: dict[str, ErrorRecord]
    seconds: float
    interrupted: bool


def judge_results(
    results: Results,
    findings: Findings,
    replicas: Replicas,
    name: str,
    place: Workplace | None = None,
    *,
    refit: bool = True,
    overwrite: bool = False,
) -> Judgement:
    """Search the replicas of a results folder as its data were, and compare.

    Pieces that an earlier start has finished are not searched again. The comparison is written to
    bumps/NAME.whole.json.

    Args:
        results: The results of the scan.
        findings: A search of them.
        replicas: Their replicas.
        name: Of the search.
        place: Where replicas are searched; None: in two processes here.
        refit: Whether everything of a background is estimated anew in each replica. Without, a
            function's family and order are those of what the replicas fluctuate about: faster, but
            not the search that the data had.
        overwrite: Throw away pieces of other replicas or another search.

    Raises:
        JudgingError: The search is of another version.
        ReplicasError: The replicas are of other histograms.
        SearchError: There are pieces of other replicas or another search.
        BumpcastError: No worker can be had.
        DiskError: It cannot be written.
    """
    begun = time.monotonic()
    place = place or Workplace()
    prepare_backend(place.executor, [ReplicaPiece.__module__])
    spectra = findings.spectra
    before = findings.settings["bumpcast"]
    if before != bumpcast.__version__:
        msg = (
            f"the search {name!r} is of bumpcast {before}, and replicas would be searched by "
            f"{bumpcast.__version__}, which may find more or less: search again"
        )
        raise JudgingError(msg)
    replicas.check(spectra.names, spectra.offsets)
    choices = _choices(findings.settings)
    given = given_background(choices, results, spectra)
    recentred = replicas.source == "observed" or (
        given is None and replicas.event_weight > SMALL_WEIGHT
    )
    means = _means(results, replicas, spectra)
    work = ReplicaPiece(choices, min(THRESHOLDS), recentred, refit)
    folder = PieceFolder(results.path.parent / FOLDER / f"{name}.whole.parts")
    plan = {
        "histograms": spectra.digest,
        "work": json.loads(json.dumps(dataclasses.asdict(work), default=str)),
        "replicas": replicas.settings,
        "background": "" if given is None else str(float(np.nansum(given.expected))),
        "piece": PIECE,
        "code": code_digest(),
    }
    folder.prepare(plan, overwrite=overwrite)
    sizes = [min(PIECE, len(spectra) - first) for first in range(0, len(spectra), PIECE)]
    done = do_pieces(
        folder,
        sizes,
        lambda numbers: _pieces(spectra, given, replicas, means, numbers),
        work,
        place,
        stage=f"searching {len(spectra):,} histograms in {len(replicas):,} replicas",
        unit="histograms",
    )
    whole = flags = groups = file = None
    if not done.missing:
        parts = [folder.load(number) for number in range(len(sizes))]
        settings = {
            **findings.settings,
            "search": name,
            "refit": refit,
            "recentred": recentred,
            "drawn": replicas.settings,
        }
        file = results.path.parent / FOLDER / f"{name}.whole.json"
        whole, flags, groups = compare(findings, replicas, parts, settings, file)
        folder.remove()
    return Judgement(
        whole,
        flags,
        groups,
        file,
        histograms=len(spectra),
        missing=sum(sizes[number] for number in done.missing),
        failures={spectra.names[number * PIECE]: error for number, error in done.failures.items()},
        seconds=time.monotonic() - begun,
        interrupted=done.interrupted,
    )


def _choices(settings: Mapping[str, Any]) -> SearchChoices:
    """Return how the data were searched."""
    return SearchChoices(
        method=settings["method"],
        background=settings["background"],
        widths=tuple(settings["widths_bins"]),
        skip=settings["skip"],
        toys=settings["toys"],
        calibration=settings["calibration"],
        seed=settings["seed"],
    )


def _means(results: Results, replicas: Replicas, spectra: Spectra) -> Floats:
    """Return what replicas fluctuate about."""
    if replicas.source == "observed":
        return spectra.counts
    if results.analysis.normalisation.mode == "pseudo-data":
        # Of pseudo-data that were searched, weights are not stored.
        mean = np.zeros(len(spectra.counts))
        for counts in replicas:
            mean += counts / len(replicas)
        return mean
    parts = [spectra_of_dataset(results, name).counts for name in replicas.settings["datasets"]]
    total: Floats = np.sum(parts, axis=0)
    return total


def _pieces(
    spectra: Spectra,
    given: BackgroundEstimate | None,
    replicas: Replicas,
    means: Floats,
    numbers: Iterable[int],
) -> Iterator[PieceOfReplicas]:
    for number in numbers:
        some = np.arange(number * PIECE, min((number + 1) * PIECE, len(spectra)))
        start, stop = int(spectra.offsets[some[0]]), int(spectra.offsets[some[-1] + 1])
        own = None if given is None else given.of(spectra.offsets, some)
        part = replicas.part(start, stop)
        yield PieceOfReplicas(number, spectra.some(some), own, part, means[start:stop])
