"""From a run's added-up output to the file of histograms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bumpcast.config import Analysis
from bumpcast.config.binning import BinningConfig
from bumpcast.config.objects import ObjectsConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.filling.normalise import scale_of
from bumpcast.massscan.results.storage import FILE_NAME, StoredSpectra, encode_scan


class MissingTableError(BumpcastError):
    """The configuration lacks a table that the mass scan needs."""

    permanent = True
    exit_code = 2


def scan_tables(analysis: Analysis) -> tuple[ObjectsConfig, ScanConfig, BinningConfig]:
    """Return the tables that the mass scan needs.

    Args:
        analysis: The configuration.

    Raises:
        MissingTableError: One of them is missing.
    """
    if analysis.objects is None or analysis.scan is None or analysis.binning is None:
        tables = [name for name in ("objects", "scan", "binning") if not getattr(analysis, name)]
        msg = (
            f"{analysis.name}: the mass scan needs the table [{tables[0]}]; inherit it, for "
            f"example with extends = 'parts/scan.toml'"
        )
        raise MissingTableError(msg)
    return analysis.objects, analysis.scan, analysis.binning


def store_scan(
    output: Mapping[str, Any], folder: Path, analysis: Analysis, shares: Mapping[str, float]
) -> Path:
    """Write the histograms of a run.

    What the search looks at ('observed') is the sum of the data sets of kind 'data' or, where the
    configuration has none, of all simulated ones.

    Args:
        output: Per data set its histograms and counts, as processors/mass_scan.py makes them.
        folder: The results folder.
        analysis: The configuration.
        shares: Which part of each data set's events the run has read.

    Returns:
        The file.

    Raises:
        NormalisationError: A data set cannot be scaled.
        DiskError: The disk is full.
    """
    datasets: dict[str, StoredSpectra] = {}
    cutflow: dict[str, dict[str, float]] = {}
    for name, found in output.items():
        scale = _scale(name, found, shares[name], analysis)
        datasets[name] = StoredSpectra(found["histograms"], scale)
        cutflow[name] = {
            "read": found["events"],
            "bad": found["bad_events"],
            "used": found["events"] - found["bad_events"],
            "sum_of_weights": found["sum_of_weights"],
            "scale": scale,
        }
    # By the configuration, not by what was read: if all data are missing, no simulation may pass
    # for them.
    data = [name for name, dataset in analysis.datasets.items() if dataset.kind == "data"]
    searched = [datasets[name] for name in data or analysis.datasets if name in datasets]
    binning = next((stored.delta.binning for stored in datasets.values()), "")
    observed = sum(
        (stored.delta.scaled(stored.scale) for stored in searched), start=ScanDelta.empty(binning)
    )
    write_atomically(
        folder / FILE_NAME, encode_scan(observed, datasets, analysis, {"cutflow": cutflow})
    )
    return folder / FILE_NAME


def _scale(name: str, found: Mapping[str, Any], share: float, analysis: Analysis) -> float:
    """Return what a data set's stored weights are multiplied by."""
    dataset, config = analysis.datasets[name], analysis.normalisation
    used = found["events"] - found["bad_events"]
    if config.mode != "luminosity" or dataset.kind == "data" or not used:
        return 1.0
    sum_of_weights = found["sum_of_weights"]
    if dataset.sum_of_weights is not None:
        # The given sum is that of all entries of the files; a part of them stands for a part.
        sum_of_weights = dataset.sum_of_weights * share
    return scale_of(name, dataset, config, sum_of_weights)
