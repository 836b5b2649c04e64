"""What a search has flagged, against the search of replicas: the file of the whole set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.bumps.findings import Findings
from bumpcast.bumps.overlap import (
    FEWEST_REPLICAS,
    Flags,
    Groups,
    flags_of,
    group_flags,
    window_counts,
)
from bumpcast.bumps.peaks import Peaks
from bumpcast.bumps.spectra import Floats
from bumpcast.bumps.whole_set import THRESHOLDS, WholeSet, judge_peaks
from bumpcast.diskio import write_atomically
from bumpcast.massscan.replicas.storage import Replicas

Z_STEP: Final = 0.25
"""Width in sigma of the bins in which largest significances are counted for a picture."""


def compare(
    findings: Findings,
    replicas: Replicas,
    parts: Sequence[dict[str, Any]],
    settings: Mapping[str, Any],
    file: Path,
) -> tuple[WholeSet, Flags, Groups]:
    """Compare the search of the data with that of the replicas, and write what comes out."""
    spectra = findings.spectra
    bins = findings.table["bin"].to_numpy()
    seen = Peaks(
        findings.table["z"].to_numpy(), np.where(np.isfinite(bins), bins, -1).astype(np.int64)
    )
    z = np.concatenate([part["z"] for part in parts], axis=1)
    found = np.concatenate([part["bins"] for part in parts], axis=1)
    peaks = [Peaks(*pair) for pair in zip(z, found, strict=True)]
    names, edges = spectra.names, (spectra.low, spectra.high)
    whole = judge_peaks(
        seen, peaks, replicas, spectra.offsets, names=names, low=edges[0], high=edges[1]
    )
    flags = flags_of(spectra.offsets, seen, min(THRESHOLDS))
    counts = None
    if len(replicas) >= FEWEST_REPLICAS:
        counts = window_counts(replicas, flags.start, flags.stop)
    groups = group_flags(flags, counts, names, *edges)
    document = {
        "settings": settings,
        "whole": whole.document(),
        "flags": _flag_rows(findings, flags, groups),
        **_picture(seen.z, z),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, (json.dumps(document, indent=1) + "\n").encode())
    return whole, flags, groups


def _picture(seen: Floats, replicas: Floats) -> dict[str, list[float]]:
    """Return how many histograms have which largest significance, seen and on average expected."""
    finite = [values[np.isfinite(values)] for values in (seen, replicas)]
    if not all(len(values) for values in finite):
        return {}
    low, high = (edge(edge(values) for values in finite) for edge in (min, max))
    edges = Z_STEP * np.arange(np.floor(low / Z_STEP), np.floor(high / Z_STEP) + 2)
    return {
        "z_bins": edges.tolist(),
        "z_seen": np.histogram(finite[0], edges)[0].astype(float).tolist(),
        "z_expected": (np.histogram(finite[1], edges)[0] / len(replicas)).tolist(),
    }


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
