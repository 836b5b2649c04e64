"""How much each event of a chunk counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.config import Analysis
from bumpcast.massscan.filling.normalise import NormalisationError, draw_multiplicities, scale_of


@dataclass(frozen=True, slots=True)
class EventWeights:
    """Either weights or, for pseudo-data, how often each event counts.

    Attributes:
        weights: Generator weights, shape (events,).
        multiplicities: Whole numbers, shape (events,).
    """

    weights: npt.NDArray[np.float64] | None = None
    multiplicities: npt.NDArray[np.int64] | None = None

    @classmethod
    def of(cls, record: ak.Array, metadata: Mapping[str, Any], analysis: Analysis) -> EventWeights:
        """Return the weights of a chunk; scaling to the luminosity is left to the end of the run.

        Args:
            record: Events as in ARCHITECTURE.md.
            metadata: ``events.metadata``: dataset, filename, fileuuid and, for pseudo-data,
                sum_of_weights.
            analysis: The configuration.

        Raises:
            NormalisationError: Pseudo-data cannot be drawn.
        """
        name = metadata["dataset"]
        dataset, config = analysis.datasets[name], analysis.normalisation
        generator = np.asarray(record["weight"], dtype=np.float64)
        if config.mode != "pseudo-data" or dataset.kind == "data":
            return cls(weights=generator)
        if "sum_of_weights" not in metadata:
            msg = (
                f"datasets.{name}: pseudo-data need the sum of the generator weights of all events "
                f"beforehand, which this executor does not hand over; use 'bumpcast run'"
            )
            raise NormalisationError(msg)
        means = generator * scale_of(name, dataset, config, metadata["sum_of_weights"])
        seed = config.seed
        if seed is None:  # the configuration model has refused this
            msg = "pseudo-data without a seed"
            raise AssertionError(msg)
        file = str(metadata.get("fileuuid") or metadata["filename"])
        entries = np.asarray(record["entry"], dtype=np.int64)
        return cls(multiplicities=draw_multiplicities(means, seed, f"{name}/{file}", entries))
