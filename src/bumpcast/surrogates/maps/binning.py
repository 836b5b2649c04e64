"""Bins of one long-lived particle: where it decays, its transverse momentum, and to what.

The bins and their numbers are those of the efficiency maps of ATLAS-EXOT-2019-23 (arXiv:2203.01009)
as arXiv:2412.13976 describes their use.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bumpcast.surrogates.domain import BARREL_ETA
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Booleans, Floats, Integers, LlpPairs


class LlpBinningError(SurrogateError):
    """Bins cannot be, or events do not fall in any."""


@dataclass(frozen=True)
class LlpBinning:
    """Bins of an LLP, numbered (position * pT bins + pT bin) * flavours + flavour.

    A bin holds its lower edge. Positions are those in Lxy where |eta| < ``barrel``, and after these
    those in Lz elsewhere. What lies above a last edge is in the last bin: the code that was
    published with the maps gives a pT above 1600 GeV the number of the next position.

    Attributes:
        lxy: Edges of the distance from the beam axis in m, from 0 upward; the last may be infinite.
        lz: Edges of the distance along the beam axis in m; likewise.
        pt: Edges of the transverse momentum in GeV; likewise.
        flavours: |PDG numbers| of what an LLP may decay to.
        barrel: |eta| from which on Lz says where a decay is.
    """

    lxy: tuple[float, ...]
    lz: tuple[float, ...]
    pt: tuple[float, ...]
    flavours: tuple[int, ...]
    barrel: float = BARREL_ETA

    def __post_init__(self) -> None:
        for name in ("lxy", "lz", "pt"):
            _check_edges(name, getattr(self, name))
        if not self.flavours or len(set(self.flavours)) < len(self.flavours):
            msg = f"decay flavours {self.flavours}: there has to be one, and none twice"
            raise LlpBinningError(msg)
        if min(self.flavours) < 1:
            msg = f"decay flavours {self.flavours}: they are |PDG numbers|, from 1 on"
            raise LlpBinningError(msg)
        if not (math.isfinite(self.barrel) and self.barrel > 0):
            msg = f"the barrel ends at |eta| = {self.barrel:g}: it has to be above zero and finite"
            raise LlpBinningError(msg)

    def __len__(self) -> int:
        return self.positions * self.per_position

    @property
    def positions(self) -> int:
        """How many bins of the position there are, in Lxy and Lz together."""
        return len(self.lxy) + len(self.lz) - 2

    @property
    def per_position(self) -> int:
        """How many bins there are at each position."""
        return (len(self.pt) - 1) * len(self.flavours)

    def indices(self, pairs: LlpPairs, where: str = "the events") -> Integers:
        """Return the number of the bin of each LLP; (events, 2).

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Raises:
            LlpBinningError: It is not known where they decay, or an LLP decays to what there is no
                bin of.
        """
        lxy, lz = _decays(pairs, where)
        flavour = self._flavours(pairs, where)
        position = np.where(
            np.abs(pairs.eta) < self.barrel,
            _bins(lxy, self.lxy),
            len(self.lxy) - 1 + _bins(lz, self.lz),
        )
        numbers: Integers = position * self.per_position
        numbers += _bins(pairs.pt, self.pt) * len(self.flavours)
        numbers += flavour
        return numbers

    def beyond(self, pairs: LlpPairs, where: str = "the events") -> Booleans:
        """Return which events have an LLP above a last edge; (events,).

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Raises:
            LlpBinningError: It is not known where they decay.
        """
        lxy, lz = _decays(pairs, where)
        barrel = np.abs(pairs.eta) < self.barrel
        place = np.where(barrel, lxy, lz)
        above = place >= np.where(barrel, self.lxy[-1], self.lz[-1])
        above |= pairs.pt >= self.pt[-1]
        return np.logical_or(above[:, 0], above[:, 1])

    def label(self, number: int) -> str:
        """Return a bin in words, as the published maps have it.

        Args:
            number: Of the bin, from 0.

        Raises:
            LlpBinningError: There is no such bin.
        """
        if not 0 <= number < len(self):
            msg = f"there is no bin {number}: they are numbered from 0 to {len(self) - 1}"
            raise LlpBinningError(msg)
        position, rest = divmod(number, self.per_position)
        pt, flavour = divmod(rest, len(self.flavours))
        inner = len(self.lxy) - 1
        side, name, edges, k = (
            ("<", "Lxy", self.lxy, position)
            if position < inner
            else (">", "Lz", self.lz, position - inner)
        )
        return (
            f"decay={self.flavours[flavour]}, pT in {_range(self.pt, pt, 0)}, "
            f"|eta| {side} {_text(self.barrel, 1)}, {name} in {_range(edges, k, 1)}"
        )

    def _flavours(self, pairs: LlpPairs, where: str) -> Integers:
        """Return each LLP's place among the flavours; (events, 2)."""
        order = np.argsort(self.flavours)
        known = np.array(self.flavours, np.int64)[order]
        place = np.minimum(np.searchsorted(known, pairs.child), len(known) - 1)
        wrong = known[place] != pairs.child
        if wrong.any():
            events = wrong.any(axis=1)
            numbers = ", ".join(str(child) for child in np.unique(pairs.child[wrong])[:10])
            msg = (
                f"{where}, columns llp1_child_pdgId and llp2_child_pdgId: there is no bin for LLPs "
                f"that decay to {numbers}, in {np.count_nonzero(events):,} of {len(pairs):,} "
                f"events, first in event {int(np.argmax(events))}; the map knows "
                f"{', '.join(str(flavour) for flavour in sorted(self.flavours))}: leave such "
                "events out, or use a map that has their flavour"
            )
            raise LlpBinningError(msg)
        flavours: Integers = order[place]
        return flavours


def _decays(pairs: LlpPairs, where: str) -> tuple[Floats, Floats]:
    if pairs.lxy is None or pairs.lz is None:
        msg = (
            f"{where}: it is not known where the LLPs decay, and a map's bins are of that; give "
            "their decays (llp1_Lxy, llp1_Lz, ...), or lifetimes at which they are drawn (--ctau)"
        )
        raise LlpBinningError(msg)
    return pairs.lxy, pairs.lz


def _bins(values: Floats, edges: Sequence[float]) -> Integers:
    """Return the bin of each value; there are none below the first edge, which is zero."""
    return np.searchsorted(np.array(edges[1:-1]), values, side="right").astype(np.int64, copy=False)


def _check_edges(name: str, edges: Sequence[float]) -> None:
    shown = ", ".join(f"{edge:g}" for edge in edges)
    unit = "GeV" if name == "pt" else "m"
    rising = all(low < high for low, high in itertools.pairwise(edges))
    if len(edges) < 2 or not rising or any(math.isnan(edge) for edge in edges):
        msg = f"{name} edges {shown} {unit}: there have to be two or more, each above the last"
        raise LlpBinningError(msg)
    if edges[0] != 0:
        msg = f"{name} edges {shown} {unit}: the first has to be 0, below which nothing is"
        raise LlpBinningError(msg)


def _range(edges: Sequence[float], number: int, decimals: int) -> str:
    return f"[{_text(edges[number], decimals)}--{_text(edges[number + 1], decimals)}]"


def _text(value: float, decimals: int) -> str:
    """Return a number with as many decimals as published labels have, or as many as it needs."""
    text = f"{value:.{decimals}f}"
    return text if float(text) == value else repr(value)


PUBLISHED: Final = LlpBinning(
    lxy=(0.0, 1.5, 2.0, 2.5, 3.0, 3.5, 3.9, math.inf),
    lz=(0.0, 3.6, 4.2, 4.8, 5.5, 6.0, math.inf),
    pt=(0.0, 50.0, 100.0, 200.0, 400.0, 1600.0),
    flavours=(4, 5, 6, 15),
)
"""260 bins, 13 positions by 5 pT by 4 flavours, of the maps that ATLAS published."""
