"""Sums at several lifetimes over a part of a sample, as workers hand them over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import h5py
import numpy as np

from bumpcast.store import storable
from bumpcast.surrogates.efficiency import EfficiencyError, EfficiencySums
from bumpcast.surrogates.llps import Floats

_NAMES = tuple(one.name for one in fields(EfficiencySums))


@storable("bumpcast.efficiency-curve-sums")
@dataclass(frozen=True, eq=False)
class CurveSums:
    """Sums over events at each of several lifetimes; those of parts of a sample add up.

    Attributes:
        ctau_m: Mean proper decay lengths in m; (lifetimes,).
        stacked: The attributes of `EfficiencySums` by name; (lifetimes,) or (lifetimes, classes)
            each, ``decays`` (lifetimes, 4).
    """

    ctau_m: Floats
    stacked: dict[str, Any]

    @classmethod
    def of(cls, ctau_m: Sequence[float], sums: Sequence[EfficiencySums]) -> Self:
        """Return the sums of some events.

        Args:
            ctau_m: Mean proper decay lengths in m.
            sums: At each of them.
        """
        stacked = {name: np.array([getattr(one, name) for one in sums]) for name in _NAMES}
        return cls(np.array(ctau_m, np.float64), stacked)

    def each(self) -> list[EfficiencySums]:
        """Return the sums at each lifetime."""
        # Python's own numbers where there is one for a lifetime, arrays elsewhere.
        columns = {
            name: values.tolist() if values.ndim == 1 else list(values)
            for name, values in self.stacked.items()
        }
        return [
            EfficiencySums(**{name: columns[name][place] for name in _NAMES})
            for place in range(len(self.ctau_m))
        ]

    def __add__(self, other: CurveSums) -> CurveSums:
        """Return the sums of both parts' events.

        Raises:
            EfficiencyError: They are at different lifetimes.
        """
        if not np.array_equal(self.ctau_m, other.ctau_m):
            msg = f"sums at c tau = {self.ctau_m} m and at {other.ctau_m} m do not add up"
            raise EfficiencyError(msg)
        added = {name: self.stacked[name] + other.stacked[name] for name in _NAMES}
        return CurveSums(self.ctau_m, added)

    def to_hdf5(self, group: h5py.Group) -> None:
        """Write everything into an empty group."""
        group["ctau_m"] = self.ctau_m
        for name, values in self.stacked.items():
            group[name] = values

    @classmethod
    def from_hdf5(cls, group: h5py.Group) -> Self:
        """Read back what `to_hdf5` wrote."""
        return cls(group["ctau_m"][()], {name: group[name][()] for name in _NAMES})
