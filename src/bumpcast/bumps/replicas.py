"""Drawing a scan's events again: the runs that fill the replicas, and the file they end in.

The scan is run once more, with the events' objects as they were and only the histograms filled that
are searched, each in many replicas. Where all replicas at once would be too large, they are filled
in several passes over the events; a replica's counts are the same in whichever pass.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

import bumpcast
from bumpcast.config import Analysis
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.config.run import ExecutorName
from bumpcast.errors import BumpcastError
from bumpcast.execution.driver import run
from bumpcast.execution.folder import holds_run
from bumpcast.execution.progress import Progress
from bumpcast.execution.summary import RunSummary
from bumpcast.massscan.replicas import processor
from bumpcast.massscan.replicas.counts import ReplicaCounts
from bumpcast.massscan.replicas.means import Source
from bumpcast.massscan.replicas.storage import FILE_NAME, Bins, Replicas, write_replicas
from bumpcast.massscan.replicas.windows import Windows
from bumpcast.massscan.results.results import Results

PASSES: Final = "replicas"
"""Where the passes' own runs lie in a results folder until all are done."""

MOST_COUNTS: Final = 1 << 27
"""So many counts, of a byte or two, are filled in a pass: a run keeps a dozen partial sums."""


class DrawingError(BumpcastError):
    """Replicas of these results cannot be drawn, or are there already."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of drawing replicas.

    Attributes:
        replicas: They; None while events are missing.
        datasets: The data sets they are drawn from.
        passes: The runs over the events; the last one may be incomplete.
    """

    replicas: Replicas | None
    datasets: Sequence[str]
    passes: Sequence[RunSummary] = field(repr=False)

    @property
    def exit_code(self) -> int:
        """0, or that of the run that is not complete."""
        return 0 if self.replicas is not None else self.passes[-1].exit_code


def draw(
    results: Results,
    number: int,
    seed: int,
    source: Source = "simulation",
    *,
    executor: ExecutorName | None = None,
    workers: int | None = None,
    cluster: ClusterConfig | None = None,
    at_once: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
    command: Sequence[str] = (),
) -> Drawn:
    """Draw replicas of the events of a results folder and write them beside its histograms.

    Args:
        results: The results of the scan, with the rule that keeps histograms.
        number: How many replicas.
        seed: Their seed.
        source: 'simulation': of the simulated backgrounds, each event as often as its weight at
            the scan's luminosity says; 'observed': of the events that were searched.
        executor: Instead of that of the scan.
        workers: Instead of those of the scan.
        cluster: Instead of that of the scan.
        at_once: How many replicas a pass over the events fills; absent: as many as memory allows.
        resume: Go on with passes that are there.
        overwrite: Replace replicas and passes that are there.
        progress: Who is told how far it is; of each pass anew.
        command: The command line, for the manifest.

    Raises:
        DrawingError: There is nothing to draw from, replicas are there already, or the run fills
            something else than the scan did.
        BumpcastError: A run cannot start or go on.
    """
    folder = results.path.parent
    target, passes = folder / FILE_NAME, folder / PASSES
    if overwrite:
        target.unlink(missing_ok=True)
        shutil.rmtree(passes, ignore_errors=True)
    elif target.exists():
        msg = f"{target} is there already; draw anew with --overwrite"
        raise DrawingError(msg)
    analysis, windows, bins = _prepare(results, source)
    expected = _entries(results, tuple(analysis.datasets))
    if cluster is not None:
        analysis = analysis.model_copy(update={"cluster": cluster})
    share = at_once or max(MOST_COUNTS // max(windows.cells, 1), 1)
    # Passes of equal size, so that none is a pass for little.
    share = -(-number // -(-number // share))
    encoded = windows.encode()
    summaries: list[RunSummary] = []
    parts: list[ReplicaCounts] = []
    for first in range(0, number, share):
        options = {
            "windows": encoded,
            "source": source,
            "mode": results.analysis.normalisation.mode,
            "seed": seed,
            "first": first,
            "replicas": min(share, number - first),
        }
        of_pass = passes / f"from-{first}"
        passes.mkdir(exist_ok=True)
        summary = run(
            _with_options(analysis, options, seed),
            of_pass,
            executor=executor,
            workers=workers,
            resume=resume and holds_run(of_pass),
            progress=progress,
            command=command,
        )
        summaries.append(summary)
        if not summary.complete or summary.output is None:
            return Drawn(None, tuple(analysis.datasets), summaries)
        part = summary.output["counts"]
        _compare(part, expected, bins, folder)
        parts.append(part)
    sums = summaries[0].output["weights"]
    settings = {
        "source": source,
        "seed": seed,
        "replicas": number,
        "mode": results.analysis.normalisation.mode,
        "luminosity_fb": results.analysis.normalisation.luminosity_fb,
        "datasets": list(analysis.datasets),
        "events": summaries[0].output["events"],
        "event_weight": max(
            (float(both[1] / both[0]) for both in sums.values() if both[0]), default=1.0
        ),
        "version": bumpcast.__version__,
    }
    write_replicas(target, bins, parts, settings)
    shutil.rmtree(passes, ignore_errors=True)
    return Drawn(Replicas(target), tuple(analysis.datasets), summaries)


def _prepare(results: Results, source: Source) -> tuple[Analysis, Windows, Bins]:
    """Return the configuration without the run's own options, and what is to be filled."""
    if not results.complete:
        listed = "; ".join(results.missing)
        msg = f"{results.path.parent} is not complete ({listed}): finish the scan before"
        raise DrawingError(msg)
    analysis = results.analysis
    chosen = {name: analysis.datasets[name] for name in _sources(results, source)}
    kept = np.flatnonzero(results.table["kept"].to_numpy())
    if not len(kept):
        msg = f"{results.path}: no histogram is kept for the search, so there is nothing to draw"
        raise DrawingError(msg)
    ranges, found = results.ranges.of(kept), results.searched(kept)
    windows = Windows(*results.codes(kept), ranges.first, ranges.bins)
    names = results.table["name"].to_numpy()[kept].tolist()
    bins = Bins(names, found.offsets, found.low, found.high)
    return analysis.model_copy(update={"datasets": chosen}), windows, bins


def _sources(results: Results, source: Source) -> list[str]:
    """Return the data sets that are drawn from."""
    datasets = results.analysis.datasets
    by_kind = {
        kind: [name for name, dataset in datasets.items() if dataset.kind == kind]
        for kind in ("data", "background")
    }
    if source == "simulation":
        if not by_kind["background"]:
            msg = (
                f"{results.path}: no data set is of kind 'background'; draw from the observed "
                f"events with --from observed"
            )
            raise DrawingError(msg)
        return by_kind["background"]
    return by_kind["data"] or list(datasets)


def _with_options(analysis: Analysis, options: dict[str, Any], seed: int) -> Analysis:
    """Return the configuration of a pass."""
    changes: dict[str, Any] = {
        "name": f"{analysis.name}-replicas",
        "processor": f"{processor.__file__}:{processor.ReplicaScan.__name__}",
        "options": options,
    }
    if options["mode"] == "luminosity":
        # So that the sums of weights are known before the events are read.
        changes["normalisation"] = NormalisationConfig(
            mode="pseudo-data", luminosity_fb=analysis.normalisation.luminosity_fb, seed=seed
        )
    return analysis.model_copy(update=changes)


def _entries(results: Results, datasets: Sequence[str]) -> np.ndarray:
    """Return the entries that data sets have in the searched bins."""
    kept = np.flatnonzero(results.table["kept"].to_numpy())
    entries = [results.searched(kept, name).entries for name in datasets]
    total: np.ndarray = np.sum(entries, axis=0)
    return total


def _compare(part: ReplicaCounts, expected: np.ndarray, bins: Bins, folder: Path) -> None:
    """Make sure that a pass read and filled what the scan did.

    Raises:
        DrawingError: It did not.
    """
    found = np.concatenate(
        [
            part.dense(start, min(start + (1 << 16), len(expected)))[:, 0]
            for start in range(0, len(expected), 1 << 16)
        ]
    )
    different = np.flatnonzero(found != expected)
    if not len(different):
        return
    number = int(np.searchsorted(bins.offsets, different[0], side="right")) - 1
    msg = (
        f"{folder}: the events fill something else now than in the scan: {len(different)} of "
        f"{len(expected)} bins differ, the first in '{bins.names[number]}' ({found[different[0]]} "
        f"entries, {expected[different[0]]} in the scan). Replicas repeat what "
        f"processors/mass_scan.py does: were the results made by another processor, by another "
        f"version, or from files that have changed since?"
    )
    raise DrawingError(msg)
