"""From a run's added-up output to the file of histograms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bumpcast.config import Analysis
from bumpcast.config.binning import BinningConfig
from bumpcast.config.objects import ObjectsConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.errors import BumpcastError
from bumpcast.massscan.delta import ScanDelta
from bumpcast.massscan.normalise import scale_of
from bumpcast.massscan.storage import FILE_NAME, OBSERVED, StoredSpectra, write_scan


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

    What the search looks at ('observed') is the sum of the data sets of kind 'data' or, without
    any, of all simulated ones.

    Args:
        output: Per data set its histograms and counts, as processors/mass_scan.py makes them.
        folder: The results folder.
        analysis: The configuration.
        shares: Which part of each data set's events the run has read.

    Returns:
        The file.
    """
    spectra: dict[str, StoredSpectra] = {}
    cutflow: dict[str, dict[str, float]] = {}
    for name, found in output.items():
        scale = _scale(name, found["sum_of_weights"], shares[name], analysis)
        spectra[name] = StoredSpectra(found["histograms"], scale)
        cutflow[name] = {
            "read": found["events"],
            "bad": found["bad_events"],
            "used": found["events"] - found["bad_events"],
            "sum_of_weights": found["sum_of_weights"],
            "scale": scale,
        }
    data = [name for name in spectra if analysis.datasets[name].kind == "data"]
    deltas = [spectra[name].delta.scaled(spectra[name].scale) for name in data or spectra]
    spectra[OBSERVED] = StoredSpectra(sum(deltas, start=ScanDelta.empty(deltas[0].binning)))
    write_scan(folder / FILE_NAME, spectra, analysis, {"cutflow": cutflow})
    return folder / FILE_NAME


def _scale(name: str, sum_of_weights: float, share: float, analysis: Analysis) -> float:
    """Return what a data set's stored weights are multiplied by."""
    dataset, config = analysis.datasets[name], analysis.normalisation
    if config.mode != "luminosity" or dataset.kind == "data":
        return 1.0
    if dataset.sum_of_weights is not None:
        # The given sum is that of all entries of the files; a part of them stands for a part.
        sum_of_weights = dataset.sum_of_weights * share
    return scale_of(name, dataset, config, sum_of_weights)
