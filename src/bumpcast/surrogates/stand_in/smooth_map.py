"""A map without steps: what a search would be of which the map is only a table."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bumpcast.surrogates.llps import Floats, Integers, LlpPairs
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap


@dataclass(frozen=True, eq=False)
class SmoothMap:
    """Probabilities that go straight from the centre of one bin to that of the next.

    They do so in the position and in pT of both LLPs; on the beam axis, or for decays further
    forward at the centre, they are zero. Beyond the last centre, and below the first of pT, they
    stay as they are. A bin without end has its centre as far beyond its edge as the bin before.

    Attributes:
        steps: The map.
    """

    steps: EfficiencyMap

    def selected(self, pairs: LlpPairs, where: str = "the events") -> Floats:
        """Return how probable the first class of the map is; (events,).

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Raises:
            LlpBinningError: It is not known where the LLPs decay, or there is no bin of what they
                decay to.
        """
        bins, weights = self._corners(pairs, where)
        table = self.steps.table[0]
        found = np.zeros(len(pairs))
        for one in range(4):
            for other in range(4):
                found += (
                    weights[one, :, 0]
                    * weights[other, :, 1]
                    * table[bins[one, :, 0], bins[other, :, 1]]
                )
        return found

    def _corners(self, pairs: LlpPairs, where: str) -> tuple[Integers, Floats]:
        """Return the four bins about each LLP and what each counts; (4, events, 2)."""
        binning = self.steps.binning
        flavour = binning.indices(pairs, where) % len(binning.flavours)
        assert pairs.lxy is not None
        assert pairs.lz is not None
        barrel = np.abs(pairs.eta) < binning.barrel
        inner, inner_share = _between(pairs.lxy, (0.0, *_centres(binning.lxy)))
        outer, outer_share = _between(pairs.lz, (0.0, *_centres(binning.lz)))
        knot, share = np.where(barrel, inner, outer), np.where(barrel, inner_share, outer_share)
        first = np.where(barrel, 0, len(binning.lxy) - 1)
        pt, pt_share = _between(pairs.pt, _centres(binning.pt))
        bins, weights = [], []
        for step in (0, 1):
            # The first knot is the beam axis, where nothing is selected; bins begin with the next.
            position = first + np.maximum(knot + step - 1, 0)
            of_position = np.where(knot + step == 0, 0.0, share if step else 1 - share)
            for pt_step in (0, 1):
                number = position * binning.per_position
                number += (pt + pt_step) * len(binning.flavours) + flavour
                bins.append(number)
                weights.append(of_position * (pt_share if pt_step else 1 - pt_share))
        return np.stack(bins), np.stack(weights)


def _centres(edges: Sequence[float]) -> tuple[float, ...]:
    inner = [(low + high) / 2 for low, high in itertools.pairwise(edges[:-1])]
    low, high = edges[-2:]
    before = low - edges[-3] if len(edges) > 2 else 2.0
    return (*inner, (low + high) / 2 if math.isfinite(high) else low + before / 2)


def _between(values: Floats, knots: Sequence[float]) -> tuple[Integers, Floats]:
    """Return the knot below each value, the last but one at most, and how far it is to the next."""
    place = np.array(knots)
    below = np.clip(np.searchsorted(place, values, side="right") - 1, 0, len(place) - 2)
    share = (values - place[below]) / (place[below + 1] - place[below])
    return below, np.clip(share, 0.0, 1.0)
