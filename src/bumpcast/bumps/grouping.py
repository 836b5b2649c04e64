"""Which excesses of a search are one and the same."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from bumpcast.bumps.findings import Findings
from bumpcast.bumps.overlap import FEWEST_REPLICAS, flags_of, group_flags, window_counts
from bumpcast.bumps.peaks import Peaks
from bumpcast.bumps.spectra import Floats
from bumpcast.massscan.replicas.storage import ReplicasError, open_replicas

FLAG: Final = 3.0
"""Excesses above so many sigma are put into groups."""


def group_findings(findings: Findings, folder: Path) -> Floats:
    """Return the number of each spectrum's group, from 1; NaN where its excess is no flag.

    Args:
        findings: What a search found.
        folder: The results folder; where it has replicas of these spectra, they tell which events
            are shared, else names tell which can be.
    """
    table, spectra = findings.table, findings.spectra
    bins = table["bin"].to_numpy()
    peaks = Peaks(table["z"].to_numpy(), np.where(np.isfinite(bins), bins, -1).astype(np.int64))
    flags = flags_of(spectra.offsets, peaks, FLAG)
    counts = None
    try:
        replicas = open_replicas(folder)
        replicas.check(spectra.names, spectra.offsets)
        if len(replicas) > FEWEST_REPLICAS:
            counts = window_counts(replicas, flags.start, flags.stop)
    except ReplicasError:
        # There are none, or they are of other histograms: names have to do.
        counts = None
    groups = group_flags(flags, counts, spectra.names, spectra.low, spectra.high)
    numbers = np.full(len(spectra), np.nan)
    numbers[flags.histograms] = groups.group + 1
    return numbers
