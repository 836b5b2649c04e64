"""The run that draws a scan's events again: the mass scan's events, filled in many replicas.

What an event's objects are is decided exactly as in processors/mass_scan.py, and one more column of
counts, the first, holds the scan itself, so that whoever joins the results can see that it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import awkward as ak
import numpy as np
from coffea.processor import ProcessorABC

from bumpcast.config import Analysis
from bumpcast.events import reader_for
from bumpcast.massscan.filling.normalise import NormalisationError
from bumpcast.massscan.replicas.drawing import draw_replicas
from bumpcast.massscan.replicas.filler import ReplicaFiller
from bumpcast.massscan.replicas.means import EventMeans, Mode, Source
from bumpcast.massscan.replicas.windows import Windows
from bumpcast.massscan.results.publish import scan_tables
from bumpcast.objects import build

LARGEST_NOMINAL = 65_535
"""An event that stands more often in the scan does not fit into two bytes."""


class ReplicaScan(ProcessorABC):  # type: ignore[misc]
    """Fills the ranges of a scan's histograms that are searched, in the scan and in its replicas.

    Args:
        analysis: The configuration.
        windows: The histograms and their ranges, as `Windows.encode` returns them.
        source: What replicas are drawn from.
        mode: The mode of the scan's own normalisation.
        seed: The seed of the replicas.
        first: The first replica.
        replicas: How many.
    """

    def __init__(
        self,
        analysis: Analysis,
        windows: str,
        source: Source,
        mode: Mode,
        seed: int,
        first: int,
        replicas: int,
    ) -> None:
        self.analysis = analysis
        self.source: Source = source
        self.mode: Mode = mode
        self.seed, self.first, self.replicas = seed, first, replicas
        self.objects, scan, binning = scan_tables(analysis)
        self.filler = ReplicaFiller(scan, binning, Windows.decode(windows))

    def columns(self, dataset: str, keys: Collection[str]) -> Collection[str]:
        """Return the branches to read in one go, out of those that a file has."""
        return reader_for(self.analysis.format_of(dataset)).columns(keys)

    def process(self, events: ak.Array) -> dict[str, Any]:
        """Return the counts of one chunk: those of the scan, then those of its replicas."""
        metadata = events.metadata
        name = metadata["dataset"]
        reader = reader_for(self.analysis.format_of(name))
        record = reader.record(events, bad_events=self.analysis.run.bad_events)
        objects = build(record, self.objects)
        expected = EventMeans.of(record, metadata, self.analysis, self.source, self.mode)
        file = str(metadata.get("fileuuid") or metadata["filename"])
        entries = np.asarray(record["entry"], dtype=np.int64)
        drawn = draw_replicas(
            expected.means, self.seed, f"{name}/{file}", entries, self.first, self.replicas
        )
        most = int(expected.nominal.max(initial=0))
        if most > LARGEST_NOMINAL:
            msg = f"{name}: an event stands {most} times in the pseudo-data, too often for replicas"
            raise NormalisationError(msg)
        wide = np.uint16 if most > np.iinfo(drawn.dtype).max else drawn.dtype
        columns = np.concatenate([expected.nominal[:, None].astype(wide), drawn], axis=1)
        return {
            "counts": self.filler.fill(objects, columns.astype(wide, copy=False)),
            "events": len(record),
            "weights": {name: np.array([expected.means.sum(), np.square(expected.means).sum()])},
        }

    def postprocess(self, accumulator: dict[str, Any]) -> dict[str, Any]:
        """Return the sum of all chunks as it is."""
        return accumulator
