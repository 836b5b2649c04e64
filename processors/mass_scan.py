"""The mass scan: every object combination of every final state, in one pass over the events.

Copy this file, change it, and name the copy in your TOML: processor = "my_scan.py:MassScan".
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
from coffea.processor import ProcessorABC

from bumpcast.config import Analysis
from bumpcast.events import reader_for
from bumpcast.execution import RunSummary
from bumpcast.massscan import EventWeights, Scanner
from bumpcast.massscan.results.publish import scan_tables, store_scan
from bumpcast.objects import build
from bumpcast.report import prepare_report, report_scan


class MassScan(ProcessorABC):  # type: ignore[misc]
    """Fills mass histograms of NanoEvents of any format that the configuration names.

    Args:
        analysis: The configuration.
        plots: Whether to draw at the end; the table [options] sets it.
    """

    def __init__(self, analysis: Analysis, plots: bool = True) -> None:
        self.analysis = analysis
        self.plots = plots
        self.objects, scan, binning = scan_tables(analysis)
        self.scanner = Scanner(scan, binning)

    def columns(self, dataset: str, keys: Collection[str]) -> Collection[str]:
        """Return the branches to read in one go, out of those that a file has."""
        return reader_for(self.analysis.format_of(dataset)).columns(keys)

    def process(self, events: ak.Array) -> dict[str, Any]:
        """Return the histograms and the cutflow of one chunk."""
        dataset = events.metadata["dataset"]
        reader = reader_for(self.analysis.format_of(dataset))

        record = reader.record(events, bad_events=self.analysis.run.bad_events)
        objects = build(record, self.objects)
        weights = EventWeights.of(record, events.metadata, self.analysis)
        histograms = self.scanner.fill(objects, weights.weights, weights.multiplicities)

        return {
            dataset: {
                "histograms": histograms,
                "events": len(events),
                "bad_events": len(events) - len(record),
                "sum_of_weights": float(np.sum(record["weight"])),
            }
        }

    def postprocess(self, accumulator: dict[str, Any]) -> dict[str, Any]:
        """Return the sum of all chunks as it is."""
        return accumulator

    def prepare_publish(self) -> None:
        """Import what `publish` draws with, while the workers start."""
        prepare_report(plots=self.plots)

    def publish(self, output: dict[str, Any], folder: Path, summary: RunSummary) -> list[str]:
        """Write histograms.h5, the plots, and a search if [bumps] asks; return what to print."""
        store_scan(output, folder, self.analysis, summary.shares)
        return report_scan(folder, plots=self.plots, search=self.analysis.bumps.at_end)
