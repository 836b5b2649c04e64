"""The mass scan over our events and over those of Delphes: are the histograms compatible?

Counts of the same events fluctuate together, so that their differences are smaller than those of
independent counts. What is to be expected is seen from two scans of our own events with different
random numbers of the detector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    """

    histograms: int
    pulls: Array

    @property
    def chi2(self) -> float:
        """The sum of squares over the number of bins."""
        return float(np.mean(self.pulls**2)) if len(self.pulls) else np.nan


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
    mine, theirs = _histograms(first), _histograms(second)
    pulls = []
    for key in mine.keys() | theirs.keys():
        merged = _merged(mine.get(key), theirs.get(key), least)
        if len(merged):
            pulls.append((merged[:, 0] - merged[:, 1]) / np.sqrt(merged.sum(axis=1)))
    return Compatible(len(pulls), np.concatenate([*pulls, np.empty(0)]))


def _histograms(delta: ScanDelta) -> dict[tuple[int, int], tuple[Array, Array]]:
    keys = zip(delta.states.tolist(), delta.observables.tolist(), strict=True)
    return {
        key: (delta.bins[start:stop], delta.counts[start:stop])
        for key, start, stop in zip(keys, delta.offsets[:-1], delta.offsets[1:], strict=True)
    }


def _merged(
    first: tuple[Array, Array] | None, second: tuple[Array, Array] | None, least: int
) -> Array:
    """Return the counts of both in bins of enough entries; what is left joins the last one."""
    bins = np.concatenate([part[0] for part in (first, second) if part is not None])
    places, which = np.unique(bins, return_inverse=True)
    counts = np.zeros((len(places), 2))
    start = 0
    for column, part in enumerate((first, second)):
        if part is not None:
            counts[which[start : start + len(part[0])], column] = part[1]
            start += len(part[0])
    total = counts.sum()
    if total < least:
        return np.empty((0, 2))
    number = np.minimum(np.cumsum(counts.sum(axis=1)) // least, total // least - 1).astype(int)
    groups = np.unique(number, return_inverse=True)[1]
    merged = np.zeros((groups.max() + 1, 2))
    np.add.at(merged, groups, counts)
    return merged


def join(parts: Iterable[Compatible]) -> Compatible:
    """Return several comparisons as one."""
    parts = list(parts)
    return Compatible(
        sum(part.histograms for part in parts), np.concatenate([part.pulls for part in parts])
    )
