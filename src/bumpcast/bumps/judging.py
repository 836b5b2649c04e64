"""The whole set of a results folder: what its search has flagged, against its replicas.

Replicas are searched as the data were, in pieces of histograms on any back end. What is estimated
once for all of them is the background's shape: the simulation itself where that is the background;
else the family and order of a function, or the hyperparameters of a Gaussian process, which are
chosen for what the replicas fluctuate about, and of which what is free is fitted to each replica.
The network reads each replica anew.

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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.choices import SearchChoices, given_background, make_method
from bumpcast.bumps.findings import FOLDER, Findings
from bumpcast.bumps.methods import Given, LikelihoodMethod, Method
from bumpcast.bumps.overlap import (
    FEWEST_REPLICAS,
    Flags,
    Groups,
    flags_of,
    group_flags,
    window_counts,
)
from bumpcast.bumps.peaks import Peaks, largest
from bumpcast.bumps.recentring import recentre
from bumpcast.bumps.scanned import spectra_of_dataset
from bumpcast.bumps.spectra import Floats, Spectra
from bumpcast.bumps.whole_set import THRESHOLDS, WholeSet, judge_peaks
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.run import ExecutorName
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.backends import make_backend, prepare_backend
from bumpcast.execution.interrupts import Interrupts
from bumpcast.execution.pieces import PieceLoop
from bumpcast.execution.progress import Counts, Progress, Silent
from bumpcast.massscan.replicas.storage import Replicas
from bumpcast.massscan.results.results import Results

PIECE: Final = 200
"""Histograms of a piece; what comes out does not depend on it."""


SMALL_WEIGHT: Final = 0.05
"""Simulated events of a smaller mean weight add less than a fortieth to a fluctuation."""


class JudgingError(BumpcastError):
    """Replicas could not be searched."""


@dataclass(frozen=True, eq=False)
class PieceOfReplicas:
    """Some of the histograms in all replicas.

    Attributes:
        number: From 0.
        spectra: What was searched.
        given: Their background, where it is known beforehand.
        replicas: Counts as they are stored, in few bytes, shape (replicas, bins).
        means: What the replicas fluctuate about, shape (bins,).
    """

    number: int
    spectra: Spectra
    given: BackgroundEstimate | None
    replicas: npt.NDArray[Any]
    means: Floats

    @property
    def size(self) -> int:
        """How many histograms."""
        return len(self.spectra)


@dataclass(frozen=True)
class ReplicaPiece:
    """Searches a piece; it travels to the workers.

    Attributes:
        choices: How the data were searched.
        lowest: Bins are told of significances above this.
        recentred: Whether replicas are made to fluctuate about the background.
        refit: Whether everything of a background is estimated anew in each replica.
    """

    choices: SearchChoices
    lowest: float
    recentred: bool
    refit: bool

    def __call__(self, piece: PieceOfReplicas) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Return the largest significances and their bins, shape (replicas, histograms)."""
        method = make_method(self.choices, piece.given)
        background = self._background(method, piece)
        shape = (len(piece.replicas), len(piece.spectra))
        z, bins = np.full(shape, np.nan), np.full(shape, -1, np.int64)
        for replica, counts in enumerate(piece.replicas):
            drawn = counts.astype(np.float64)
            if self.recentred:
                drawn = recentre(drawn, piece.means, background.expected, replica=replica)
            toys = piece.spectra.with_counts(drawn)
            if self.refit and piece.given is None:
                peaks = largest(toys.offsets, method.read(toys).z, self.choices.skip)
                z[replica], bins[replica] = peaks.z, peaks.bins
                continue
            z[replica] = method.largest_again(toys, background, self.choices.skip)
            flagged = np.flatnonzero(z[replica] > self.lowest)
            if len(flagged):
                bins[replica, flagged] = self._bins(method, toys, background, flagged)
        return z, bins

    def _background(self, method: Method, piece: PieceOfReplicas) -> BackgroundEstimate:
        """Return the background that replicas are searched with."""
        if piece.given is not None:
            zero = np.zeros_like(piece.given.uncertainty)
            return dataclasses.replace(piece.given, uncertainty=zero)
        return method.read(piece.spectra.with_counts(piece.means)).background

    def _bins(
        self,
        method: Method,
        toys: Spectra,
        background: BackgroundEstimate,
        flagged: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.int64]:
        """Return the bins of the largest significances of some histograms."""
        some = toys.some(flagged)
        if isinstance(method, LikelihoodMethod):
            known = Given(background.of(toys.offsets, flagged))
            method = LikelihoodMethod(known, method.widths)
        bins = largest(some.offsets, method.read(some).z, self.choices.skip).bins
        if np.any(bins < 0):
            msg = "a histogram has a largest significance, but in no bin"
            raise AssertionError(msg)
        return bins


@dataclass(frozen=True, eq=False)
class Judgement:
    """The whole set of a results folder.

    Attributes:
        whole: What was seen, and what background alone makes.
        flags: The histograms of the data above the lowest threshold.
        groups: Which of the flags show the same events.
        settings: How it was done.
        file: Where it lies.
        seconds: Wall-clock time.
    """

    whole: WholeSet
    flags: Flags
    groups: Groups
    settings: Mapping[str, Any]
    file: Path
    seconds: float


def judge_results(
    results: Results,
    findings: Findings,
    replicas: Replicas,
    name: str,
    *,
    refit: bool = False,
    executor: ExecutorName = "futures",
    workers: int = 2,
    cluster: ClusterConfig | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Search the replicas of a results folder as its data were, and compare.

    Args:
        results: The results of the scan.
        findings: A search of them.
        replicas: Their replicas.
        name: Of the search.
        refit: Whether everything of a background is estimated anew in each replica, which takes as
            many times as long as the search did as there are replicas.
        executor: Where replicas are searched.
        workers: How many processes.
        cluster: What a batch system is asked for.
        progress: Who is told how far it is.

    Returns:
        The comparison, written to bumps/NAME.whole.json.

    Raises:
        JudgingError: A piece failed.
        ReplicasError: The replicas are of other histograms.
        DiskError: It cannot be written.
    """
    begun = time.monotonic()
    progress = progress or Silent()
    prepare_backend(executor, [__name__])
    spectra = findings.spectra
    replicas.check(spectra.names, spectra.offsets)
    choices = _choices(findings.settings)
    given = given_background(choices, results, spectra)
    observed = replicas.source == "observed"
    recentred = observed or (given is None and replicas.event_weight > SMALL_WEIGHT)
    means = _means(results, replicas, spectra)
    work = ReplicaPiece(choices, min(THRESHOLDS), recentred, refit)
    seen = Peaks(
        findings.table["z"].to_numpy(),
        findings.table["bin"].fillna(-1).to_numpy().astype(np.int64),
    )
    z, bins = _search(
        work,
        list(_pieces(spectra, given, replicas, means)),
        (len(replicas), len(spectra)),
        results.path.parent,
        (executor, workers, cluster or ClusterConfig()),
        progress,
    )
    peaks = [Peaks(*pair) for pair in zip(z, bins, strict=True)]
    whole = judge_peaks(
        seen,
        peaks,
        replicas,
        spectra.offsets,
        names=spectra.names,
        low=spectra.low,
        high=spectra.high,
    )
    flags = flags_of(spectra.offsets, seen, min(THRESHOLDS))
    counts = None
    if len(replicas) >= FEWEST_REPLICAS:
        counts = window_counts(replicas, flags.start, flags.stop)
    groups = group_flags(flags, counts, spectra.names, spectra.low, spectra.high)
    settings = {
        **findings.settings,
        "search": name,
        "refit": refit,
        "recentred": recentred,
        "drawn": replicas.settings,
    }
    file = results.path.parent / FOLDER / f"{name}.whole.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "settings": settings,
        "whole": whole.document(),
        "flags": _flag_rows(findings, flags, groups),
    }
    write_atomically(file, (json.dumps(document, indent=1) + "\n").encode())
    return Judgement(whole, flags, groups, settings, file, time.monotonic() - begun)


def _choices(settings: Mapping[str, Any]) -> SearchChoices:
    """Return how the data were searched."""
    return SearchChoices(
        method=settings["method"],
        background=settings["background"],
        widths=tuple(settings["widths_bins"]),
        skip=settings["skip"],
        toys=settings["toys"],
        seed=settings["seed"],
    )


def _flag_rows(findings: Findings, flags: Flags, groups: Groups) -> list[dict[str, Any]]:
    """Return a line a flag, groups together, the leader of each first."""
    order = np.lexsort((-flags.z, groups.group))
    mass = findings.table["mass_GeV"].to_numpy()
    return [
        {
            "name": findings.spectra.names[int(flags.histograms[flag])],
            "z": float(flags.z[flag]),
            "mass_GeV": float(mass[flags.histograms[flag]]),
            "group": int(groups.group[flag]),
            "leads": bool(groups.leader[groups.group[flag]] == flag),
        }
        for flag in order.tolist()
    ]


def _means(results: Results, replicas: Replicas, spectra: Spectra) -> Floats:
    """Return what replicas fluctuate about."""
    if replicas.source == "observed":
        return spectra.counts
    if results.analysis.normalisation.mode == "pseudo-data":
        # Of pseudo-data that were searched, weights are not stored.
        mean: Floats = np.mean(list(replicas), axis=0)
        return mean
    parts = [spectra_of_dataset(results, name).counts for name in replicas.settings["datasets"]]
    total: Floats = np.sum(parts, axis=0)
    return total


def _search(
    work: ReplicaPiece,
    pieces: Sequence[PieceOfReplicas],
    shape: tuple[int, int],
    folder: Path,
    where: tuple[ExecutorName, int, ClusterConfig],
    progress: Progress,
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the largest significances of all replicas and their bins."""
    z, bins = np.full(shape, np.nan), np.full(shape, -1, np.int64)

    def keep(piece: PieceOfReplicas, found: tuple[Floats, npt.NDArray[np.int64]]) -> None:
        own = slice(piece.number * PIECE, piece.number * PIECE + piece.size)
        z[:, own], bins[:, own] = found

    counts = Counts(
        total=shape[1], chunks=len(pieces), unit="histograms", part="piece", merges=False
    )
    with ExitStack() as stack:
        interrupts = stack.enter_context(Interrupts())
        stack.enter_context(progress)
        progress.stage(f"searching {shape[1]:,} histograms in {shape[0]:,} replicas")
        backend = make_backend(*where, folder, tell=progress.note)
        orderly = False
        try:
            counts.wanted = backend.workers
            for note in backend.notes:
                progress.note(note)
            loop = PieceLoop(backend, work, keep, interrupts, progress, counts)
            loop.run(pieces)
            orderly = interrupts.received is None
        finally:
            backend.close(now=not orderly)
        if interrupts.received is not None:
            raise KeyboardInterrupt
        progress.stage("comparing")
    for number, error in loop.failures.items():
        name = pieces[number].spectra.names[0]
        msg = f"replicas from '{name}' on: {error.type}: {error.message}"
        raise JudgingError(msg)
    return z, bins


def _pieces(
    spectra: Spectra, given: BackgroundEstimate | None, replicas: Replicas, means: Floats
) -> Iterator[PieceOfReplicas]:
    for number, first in enumerate(range(0, len(spectra), PIECE)):
        some = np.arange(first, min(first + PIECE, len(spectra)))
        start, stop = int(spectra.offsets[first]), int(spectra.offsets[some[-1] + 1])
        own = None if given is None else given.of(spectra.offsets, some)
        part = replicas.part(start, stop)
        yield PieceOfReplicas(number, spectra.some(some), own, part, means[start:stop])
