"""How often each event is expected in a replica."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.config import Analysis
from bumpcast.massscan.filling.normalise import NormalisationError, scale_of
from bumpcast.massscan.filling.weights import EventWeights

Source = Literal["simulation", "observed"]
"""What replicas are drawn from: the simulated backgrounds, or what the search looked at."""

Mode = Literal["raw", "luminosity", "pseudo-data"]


@dataclass(frozen=True, slots=True)
class EventMeans:
    """How often each event of a chunk is expected, and how often it was counted.

    Attributes:
        means: Expected number in a replica, shape (events,).
        nominal: Number in the scan that replicas are drawn of, shape (events,).
    """

    means: npt.NDArray[np.float64]
    nominal: npt.NDArray[np.int64]

    @classmethod
    def of(
        cls,
        record: ak.Array,
        metadata: Mapping[str, Any],
        analysis: Analysis,
        source: Source,
        mode: Mode,
    ) -> EventMeans:
        """Return the numbers of a chunk.

        An event is expected as often as it counts in what is drawn again: a recorded one once, a
        simulated one as its weight says, scaled as the scan was. Pseudo-data that were searched
        are what was observed: each of their events is expected as often as it was drawn.

        Args:
            record: Events as in ARCHITECTURE.md.
            metadata: ``events.metadata``.
            analysis: The configuration of the replicas' run; in mode 'luminosity' its
                normalisation is that of pseudo-data, so that sums of weights are at hand.
            source: What is drawn from.
            mode: The mode of the scan's own normalisation.

        Raises:
            NormalisationError: The sum of weights is missing or not above zero.
        """
        name = metadata["dataset"]
        dataset, config = analysis.datasets[name], analysis.normalisation
        generator = np.asarray(record["weight"], dtype=np.float64)
        once = np.ones(len(generator), np.int64)
        if dataset.kind == "data":
            return cls(np.ones(len(generator)), once)
        if mode == "raw":
            return cls(generator, once)
        if "sum_of_weights" not in metadata:
            msg = f"datasets.{name}: replicas need the sum of the generator weights beforehand"
            raise NormalisationError(msg)
        means = generator * scale_of(name, dataset, config, metadata["sum_of_weights"])
        if mode == "luminosity":
            return cls(means, once)
        drawn = EventWeights.of(record, metadata, analysis).multiplicities
        if drawn is None:
            msg = "pseudo-data without multiplicities"
            raise AssertionError(msg)
        return cls(drawn.astype(np.float64) if source == "observed" else means, drawn)
