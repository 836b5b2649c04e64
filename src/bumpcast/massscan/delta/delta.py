"""The scan's result for some events: every filled bin of every filled histogram, and nothing else.

Deltas add up; the sum of two is as large as the union of their filled bins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError
from bumpcast.massscan.delta.merging import merge_cells
from bumpcast.massscan.delta.packing import (
    pack_array,
    pack_cells,
    pack_weights,
    unpack_array,
    unpack_cells,
    unpack_weights,
)
from bumpcast.store import storable


class IncompatibleDeltaError(BumpcastError):
    """Two deltas come from different configurations."""


@storable("bumpcast.massscan.ScanDelta")
@dataclass(frozen=True, eq=False)
class ScanDelta:
    """Sparse histograms, sorted by final state and observable.

    Where every event has the same weight, only counts are held and ``unit`` is that weight.

    Attributes:
        binning: Digest of the binning's configuration; only equal ones add up.
        states: Final states' codes, shape (histograms,).
        observables: Observables' codes, shape (histograms,).
        offsets: Where each histogram's cells start, shape (histograms + 1,).
        bins: Bin numbers, rising in each histogram; 0 is underflow, shape (cells,).
        counts: Entries, shape (cells,).
        unit: The weight of every event; None where they differ; NaN where there is none yet.
        weights: Sums of weights and of squared weights, shape (cells, 2), where unit is None.
    """

    binning: str
    states: npt.NDArray[np.int64]
    observables: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    bins: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.int64]
    unit: float | None
    weights: npt.NDArray[np.float64] | None

    @classmethod
    def empty(cls, binning: str) -> Self:
        """Return the delta of no events."""
        nothing = np.empty(0, np.int64)
        return cls(
            binning,
            nothing,
            nothing,
            np.zeros(1, np.int64),
            np.empty(0, np.uint16),
            nothing,
            float("nan"),
            None,
        )

    @property
    def n_histograms(self) -> int:
        """How many histograms hold an entry."""
        return len(self.states)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        weights = 0 if self.weights is None else self.weights.nbytes
        arrays = (self.states, self.observables, self.offsets, self.bins, self.counts)
        return sum(array.nbytes for array in arrays) + weights

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    def sums(self) -> npt.NDArray[np.float64]:
        """Return sums of weights and of squared weights, shape (cells, 2)."""
        if self.weights is not None:
            return self.weights
        unit = 0.0 if self.unit is None or np.isnan(self.unit) else self.unit
        counts = self.counts.astype(np.float64)
        return np.stack([counts * unit, counts * (unit * unit)], axis=1)

    def __add__(self, other: ScanDelta | int) -> ScanDelta:
        if isinstance(other, int) and other == 0:  # the start value of sum()
            return self
        if not isinstance(other, ScanDelta):
            return NotImplemented
        if self.binning != other.binning:
            msg = (
                f"deltas of different binnings cannot be added: {self.binning} and "
                f"{other.binning}; they come from different [binning] tables"
            )
            raise IncompatibleDeltaError(msg)
        if other.n_histograms == 0:
            return self
        if self.n_histograms == 0:
            return other
        same_unit = self.unit is not None and self.unit == other.unit
        none = np.empty((0, 2), np.float64)
        left = none if same_unit else self.sums()
        right = none if same_unit else other.sums()
        states, observables, offsets, bins, counts, weights = merge_cells(
            (self.states, self.observables, self.offsets, self.bins, self.counts, left),
            (other.states, other.observables, other.offsets, other.bins, other.counts, right),
            weighted=not same_unit,
        )
        return ScanDelta(
            self.binning,
            states,
            observables,
            offsets,
            bins,
            counts,
            self.unit if same_unit else None,
            None if same_unit else weights,
        )

    __radd__ = __add__

    def scaled(self, factor: float) -> ScanDelta:
        """Return the delta with every weight times a factor; counts stay."""
        if self.weights is None:
            unit = self.unit if self.unit is None else self.unit * factor
            return replace(self, unit=unit)
        return replace(self, weights=self.weights * np.array([factor, factor**2]))

    def __getstate__(self) -> dict[str, Any]:
        return {
            "binning": self.binning,
            "unit": self.unit,
            "states": pack_array(self.states),
            "observables": pack_array(self.observables),
            "sizes": pack_array(np.diff(self.offsets)),
            "cells": pack_cells(self.offsets, self.bins, self.counts),
            "weights": None if self.weights is None else pack_weights(self.counts, self.weights),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        sizes = unpack_array(state["sizes"], np.int64)
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        bins, counts = unpack_cells(state["cells"], offsets)
        weights = None if state["weights"] is None else unpack_weights(state["weights"])
        for name, value in {
            "binning": state["binning"],
            "states": unpack_array(state["states"], np.int64),
            "observables": unpack_array(state["observables"], np.int64),
            "offsets": offsets,
            "bins": bins,
            "counts": counts,
            "unit": state["unit"],
            "weights": weights,
        }.items():
            object.__setattr__(self, name, value)

    def to_hdf5(self, group: Any) -> None:
        """Write the delta into an HDF5 group."""
        group.attrs["binning"] = self.binning
        group.attrs["unit"] = np.inf if self.unit is None else self.unit
        columns: dict[str, npt.NDArray[Any]] = {
            "states": self.states,
            "observables": self.observables,
            "offsets": self.offsets,
            "bins": self.bins,
            "counts": self.counts,
        }
        if self.weights is not None:
            columns["weights"] = self.weights
        for name, column in columns.items():
            group.create_dataset(
                name,
                data=column,
                chunks=True if column.size else None,
                **({"compression": "lzf", "shuffle": True} if column.size else {}),
            )

    @classmethod
    def from_hdf5(cls, group: Any) -> Self:
        """Read a delta from an HDF5 group."""
        unit = float(group.attrs["unit"])
        return cls(
            binning=str(group.attrs["binning"]),
            states=group["states"][...],
            observables=group["observables"][...],
            offsets=group["offsets"][...],
            bins=group["bins"][...],
            counts=group["counts"][...],
            unit=None if np.isinf(unit) else unit,
            weights=group["weights"][...] if "weights" in group else None,
        )
