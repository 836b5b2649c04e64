"""Mass bins as wide as the detector's resolution, shared by combinations of equal content."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.config.binning import BinningConfig
from bumpcast.errors import BumpcastError
from bumpcast.massscan.binning.resolution import detector, variance
from bumpcast.massscan.naming.kinds import KINDS

MAX_BINS: Final = 65_000
"""Bins and the two flow bins are numbered in 16 bits."""

YIELD_EDGES: Final = np.array([0.0, 1.0])
YIELD_EDGES.flags.writeable = False
"""The only bin of a final state's yield."""

Content = tuple[int, ...]
"""How many objects of each kind a combination holds, and last 1 if E_T^miss is one of them."""


class BinningError(BumpcastError):
    """A configuration asks for bins that cannot be made."""


@compiled
def _width(mass, variance, factor, least):  # type: ignore[no-untyped-def]
    pt = 0.5 * mass
    square = variance[0] + pt * (variance[1] + pt * (variance[2] + pt * pt * variance[3]))
    return max(factor * math.sqrt(square), least)


@compiled
def _edges(low, high, variance, factor, least):  # type: ignore[no-untyped-def]
    edges = np.empty(MAX_BINS + 1, np.float64)
    edges[0] = low
    last = 0
    while edges[last] < high and last < MAX_BINS:
        edges[last + 1] = edges[last] + _width(edges[last], variance, factor, least)
        last += 1
    return edges[: last + 1].copy()


class Binning:
    """Bin edges for any content of a combination.

    The bin at mass m is ``width_factor * sqrt(sum_i sigma_i(pT = m / 2)^2)`` wide, summed over the
    combination's objects (arXiv:2501.05603, section 2); composite objects count as the objects
    that ``composition`` lists.

    Args:
        config: The table [binning].
    """

    def __init__(self, config: BinningConfig) -> None:
        self._config = config
        parameters = detector(config)
        self._resolutions = {
            "e": parameters.electron,
            "m": parameters.muon,
            "g": parameters.photon,
            "j": parameters.jet,
            "b": parameters.jet,
        }
        self._edges: dict[Content, npt.NDArray[np.float64]] = {}

    def content(self, kinds: Sequence[str], *, with_met: bool = False) -> Content:
        """Return the content of a combination of these kinds."""
        counts = Counter(kinds)
        return (*(counts[kind] for kind in KINDS), int(with_met))

    def width(self, content: Content, mass: float) -> float:
        """Return the bin width in GeV of a content at a mass in GeV."""
        factor, least = self._config.width_factor, self._config.min_width_GeV
        return float(_width(mass, self._variance(content), factor, least))

    def edges(self, content: Content) -> npt.NDArray[np.float64]:
        """Return the bin edges in GeV of a content; the last is the first above ``mass_max_GeV``.

        The content of nothing, whose entries are a final state's events, has one bin.

        Raises:
            BinningError: There would be more than 65 000 bins, or an object has no resolution.
        """
        known = self._edges.get(content)
        if known is not None:
            return known
        if not any(content):
            return YIELD_EDGES
        config = self._config
        made: npt.NDArray[np.float64] = _edges(
            config.mass_min_GeV,
            config.mass_max_GeV,
            self._variance(content),
            config.width_factor,
            config.min_width_GeV,
        )
        if len(made) > MAX_BINS:
            kinds = {kind: n for kind, n in zip((*KINDS, "MET"), content, strict=True) if n}
            msg = (
                f"binning of {kinds}: more than {MAX_BINS} bins below {config.mass_max_GeV:g} GeV; "
                f"raise binning.min_width_GeV or binning.width_factor"
            )
            raise BinningError(msg)
        made.flags.writeable = False
        self._edges[content] = made
        return made

    def _variance(self, content: Content) -> npt.NDArray[np.float64]:
        """Return the summed polynomial coefficients of the squared resolutions."""
        total = np.zeros(4)
        for kind, number in self._simple_objects(content).items():
            total += number * np.asarray(variance(self._resolutions[kind]))
        return total

    def _simple_objects(self, content: Content) -> Counter[str]:
        simple: Counter[str] = Counter()
        for kind, number in zip(KINDS, content, strict=False):
            if not number:
                continue
            for part in self._config.composition.get(kind, [kind]):
                self._check_simple(f"composition.{kind}", part)
                simple[part] += number
        if content[len(KINDS)]:
            for part in self._config.met_counts_as:
                self._check_simple("met_counts_as", part)
                simple[part] += 1
        return simple

    def _check_simple(self, key: str, part: str) -> None:
        if part not in self._resolutions:
            msg = (
                f"binning.{key}: {part!r} has no resolution of its own; use "
                f"{', '.join(repr(name) for name in self._resolutions)}"
            )
            raise BinningError(msg)
