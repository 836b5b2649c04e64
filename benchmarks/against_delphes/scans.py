"""The mass scan over our events and over those of Delphes: are the histograms compatible?

Counts of the same events fluctuate together, so that their differences are smaller than those of
independent counts. What is to be expected is seen from two scans of our own events with different
random numbers of the detector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.against_delphes.samples import PROJECT
from bumpcast.config import load
from bumpcast.config.dump import dumps
from bumpcast.execution import run
from bumpcast.massscan import ScanDelta

Array = npt.NDArray[Any]

LEAST: Final = 20
"""Entries of both together in a bin; neighbours are merged until there are as many."""

_CONFIG: Final = """
extends = ["{parts}/scan.toml", "{parts}/objects_atlas.toml", "{parts}/large_jets_r10.toml"]
name = "against_delphes"
processor = "{project}/processors/mass_scan.py:MassScan"
normalisation.mode = "raw"
binning.detector = "atlas"
options.plots = false
run.dask_report = false
[formats.files]
kind = "delphes"
large_jets = "FatJet"
large_jet_mass = "{mass}"
b_tag_bit = 0
weight = "none"
"""


@dataclass(frozen=True, slots=True)
class Compatible:
    """How far two scans are apart.

    Attributes:
        histograms: With enough entries to be compared.
        pulls: Of all merged bins of these: differences in units of their errors, were the counts
            independent.
        yields: Events of both scans in the final states that have enough.
    """

    histograms: int
    pulls: Array
    yields: Array

    @property
    def chi2(self) -> float:
        """The sum of squares over the number of bins."""
        return float(np.mean(self.pulls**2)) if len(self.pulls) else np.nan

    @property
    def yields_chi2(self) -> float:
        """The same of the final states' numbers of events alone, where nothing overlaps."""
        squares = np.subtract(*self.yields.T) ** 2 / self.yields.sum(axis=1)
        return float(np.mean(squares)) if len(squares) else np.nan


def scan(files: Mapping[str, Path], ours: bool, events: int, folder: Path) -> dict[str, ScanDelta]:
    """Return the scan of each file.

    Args:
        files: By name; each is a data set.
        ours: Whether we wrote them, and not Delphes.
        events: How many of each.
        folder: For the run; it must not exist.
    """
    names = {
        "parts": (PROJECT / "configs/parts").as_posix(),
        "project": PROJECT.as_posix(),
        "mass": "TrimmedMass" if ours else "TrimmedP4",
    }
    datasets = {
        name: {"files": [str(path)], "format": "files", "kind": "data"}
        for name, path in files.items()
    }
    folder.mkdir(parents=True)
    config = folder / "scan.toml"
    config.write_text(_CONFIG.format(**names) + dumps({"datasets": datasets}))
    analysis = load(config, (f"run.max_events={events}",))
    summary = run(analysis, folder / "run", executor="iterative")
    return {name: summary.output[name]["histograms"] for name in files}


def compare(first: ScanDelta, second: ScanDelta, least: int = LEAST) -> Compatible:
    """Compare the histograms of two scans bin by bin.

    Args:
        first: One scan.
        second: The other one.
        least: Entries of both together in a merged bin.
    """
    cells = [_cells(delta) for delta in (first, second)]
    names = np.concatenate([names for names, _, _ in cells])
    known, row = np.unique(names, axis=0, return_inverse=True)
    rows = np.split(row.ravel(), [len(cells[0][0])])
    counts = np.zeros((len(known), 2))
    for side, (_, offsets, (_, entries)) in enumerate(cells):
        sums = np.concatenate([[0], np.cumsum(entries)])
        counts[rows[side], side] = sums[offsets[1:]] - sums[offsets[:-1]]
    enough = np.flatnonzero(counts.sum(axis=1) >= least)
    places = [dict(zip(row.tolist(), range(len(row)), strict=True)) for row in rows]
    pulls = []
    for number in enough.tolist():
        parts = []
        for where, (_, offsets, (bins, entries)) in zip(places, cells, strict=True):
            at = where.get(number)
            part = slice(0, 0) if at is None else slice(offsets[at], offsets[at + 1])
            parts.append((bins[part], entries[part]))
        merged = _merged(parts, least)
        pulls.append((merged[:, 0] - merged[:, 1]) / np.sqrt(merged.sum(axis=1)))
    yields = counts[enough][known[enough, 1] == 0]
    return Compatible(len(pulls), np.concatenate([*pulls, np.empty(0)]), yields)


def _cells(delta: ScanDelta) -> tuple[Array, Array, tuple[Array, Array]]:
    names = np.stack([delta.states, delta.observables], axis=1).astype(np.int64)
    return names, np.asarray(delta.offsets), (np.asarray(delta.bins), np.asarray(delta.counts))


def _merged(parts: Sequence[tuple[Array, Array]], least: int) -> Array:
    """Return the counts of both in bins of enough entries; what is left joins the last one."""
    places, which = np.unique(np.concatenate([bins for bins, _ in parts]), return_inverse=True)
    counts = np.zeros((len(places), 2))
    first = len(parts[0][0])
    counts[which[:first], 0] = parts[0][1]
    counts[which[first:], 1] = parts[1][1]
    before = np.cumsum(counts.sum(axis=1)) - counts.sum(axis=1)
    # a bin begins with the cell in which the entries reach the next multiple of the least number
    groups = np.minimum(before // least, counts.sum() // least - 1).astype(int)
    groups = np.unique(groups, return_inverse=True)[1]
    merged = np.zeros((groups.max() + 1, 2))
    np.add.at(merged, groups, counts)
    return merged


def join(parts: Iterable[Compatible]) -> Compatible:
    """Return several comparisons as one."""
    parts = list(parts)
    return Compatible(
        sum(part.histograms for part in parts),
        np.concatenate([part.pulls for part in parts]),
        np.concatenate([part.yields for part in parts]),
    )
