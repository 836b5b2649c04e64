"""The scan's result for some events: every filled bin of every filled histogram, and nothing else.

Deltas add up; the sum of two is as large as the union of their filled bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError
from bumpcast.massscan.delta.codes import (
    decode_cells,
    encode_cells,
    join_bytes,
    single_entries,
    split_bytes,
)
from bumpcast.massscan.delta.merging import Spectra, merge
from bumpcast.massscan.delta.packing import (
    pack_array,
    pack_weights,
    unpack_array,
    unpack_weights,
)
from bumpcast.store import storable


class IncompatibleDeltaError(BumpcastError):
    """Two deltas come from different configurations."""


@storable("bumpcast.massscan.ScanDelta")
@dataclass(frozen=True, eq=False)
class ScanDelta:
    """Sparse histograms, sorted by final state and observable.

    Where every event has the same weight, only counts are held and ``unit`` is that weight. A
    delta is never changed, so copies of it are itself.

    Attributes:
        binning: Digest of the binning's configuration; only equal ones add up.
        states: Final states' codes, shape (histograms,).
        observables: Observables' codes, shape (histograms,).
        offsets: Where each histogram's cells start, shape (histograms + 1,).
        first_large: Where each histogram's large values start, shape (histograms + 1,).
        codes: Cells' bins and counts as in ``delta/codes.py``, shape (cells,).
        large: What does not fit into them.
        unit: The weight of every event; None where they differ; NaN where there is none yet.
        weights: Sums of weights and of squared weights, shape (cells, 2), where unit is None.
    """

    binning: str
    states: npt.NDArray[np.int64]
    observables: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]
    first_large: npt.NDArray[np.int64]
    codes: npt.NDArray[np.uint16]
    large: npt.NDArray[np.int64]
    unit: float | None
    weights: npt.NDArray[np.float64] | None

    @classmethod
    def empty(cls, binning: str) -> Self:
        """Return the delta of no events."""
        nothing = np.empty(0, np.int64)
        no_cells = np.empty(0, np.uint16)
        start = np.zeros(1, np.int64)
        unit = float("nan")
        return cls(binning, nothing, nothing, start, start, no_cells, nothing, unit, None)

    @classmethod
    def of_cells(
        cls,
        binning: str,
        states: npt.NDArray[np.int64],
        observables: npt.NDArray[np.int64],
        offsets: npt.NDArray[np.int64],
        bins: npt.NDArray[Any],
        counts: npt.NDArray[Any],
        unit: float | None,
        weights: npt.NDArray[np.float64] | None,
    ) -> Self:
        """Return the delta of plain bins and counts; the other arguments are the attributes.

        Args:
            binning: As the attribute.
            states: As the attribute.
            observables: As the attribute.
            offsets: As the attribute.
            bins: Bin numbers, rising in each histogram; 0 is underflow, shape (cells,).
            counts: Entries, at least 1, shape (cells,).
            unit: As the attribute.
            weights: As the attribute.
        """
        codes, large, first_large = encode_cells(offsets, bins, counts)
        return cls(binning, states, observables, offsets, first_large, codes, large, unit, weights)

    @classmethod
    def sum_of(cls, deltas: Sequence[Self]) -> Self:
        """Return the sum of deltas: to the last bit what adding them one after the other gives.

        It takes less time than that, since each is read and the sum written once.

        Args:
            deltas: At least one.

        Raises:
            IncompatibleDeltaError: They come from different configurations.
        """
        for other in deltas:
            if deltas[0].binning != other.binning:
                msg = (
                    f"deltas of different binnings cannot be added: {deltas[0].binning} and "
                    f"{other.binning}; they come from different [binning] tables"
                )
                raise IncompatibleDeltaError(msg)
        filled = [delta for delta in deltas if delta.n_histograms]
        if len(filled) < 2:
            return filled[0] if filled else deltas[0]
        unit = filled[0].unit
        same = [delta.unit == unit is not None for delta in filled]
        n_same = same.index(False) if False in same else len(filled)
        if n_same < 2:
            return cls._merged(filled, None)
        # Counts are multiplied by their weight when first another weight comes, and not before.
        total = cls._merged(filled[:n_same], unit)
        return cls._merged([total, *filled[n_same:]], None) if n_same < len(filled) else total

    @classmethod
    def _merged(cls, deltas: Sequence[Self], unit: float | None) -> Self:
        merged = merge([delta._spectra(weighted=unit is None) for delta in deltas])
        return cls(
            deltas[0].binning,
            merged.states,
            merged.observables,
            merged.offsets,
            merged.first_large,
            merged.codes,
            merged.large,
            unit,
            merged.weights,
        )

    def _spectra(self, *, weighted: bool) -> Spectra:
        return Spectra(
            self.states,
            self.observables,
            self.offsets,
            self.first_large,
            self.codes,
            self.large,
            self.sums() if weighted else None,
        )

    @property
    def n_histograms(self) -> int:
        """How many histograms hold an entry."""
        return len(self.states)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        weights = 0 if self.weights is None else self.weights.nbytes
        arrays = (self.states, self.observables, self.offsets, self.first_large, self.codes)
        return sum(array.nbytes for array in (*arrays, self.large)) + weights

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    @cached_property
    def _cells(self) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int64]]:
        return decode_cells(self.offsets, self.codes, self.large)

    @property
    def bins(self) -> npt.NDArray[np.uint16]:
        """Bin numbers, rising in each histogram; 0 is underflow, shape (cells,)."""
        return self._cells[0]

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Entries, shape (cells,)."""
        return self._cells[1]

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
        return ScanDelta.sum_of([self, other])

    __radd__ = __add__

    def scaled(self, factor: float) -> ScanDelta:
        """Return the delta with every weight times a factor; counts stay."""
        if self.weights is None:
            unit = self.unit if self.unit is None else self.unit * factor
            return replace(self, unit=unit)
        return replace(self, weights=self.weights * np.array([factor, factor**2]))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        single = single_entries(self.codes)
        return {
            "binning": self.binning,
            "unit": self.unit,
            "states": pack_array(self.states),
            "observables": pack_array(self.observables),
            "sizes": pack_array(np.diff(self.offsets)),
            "large_sizes": pack_array(np.diff(self.first_large)),
            "codes": [pack_array(plane) for plane in split_bytes(self.codes)],
            "large": pack_array(self.large),
            "weights": None if self.weights is None else pack_weights(single, self.weights),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        weights = state["weights"]
        for name, value in {
            "binning": state["binning"],
            "states": unpack_array(state["states"], np.int64),
            "observables": unpack_array(state["observables"], np.int64),
            "offsets": _starts(unpack_array(state["sizes"], np.int64)),
            "first_large": _starts(unpack_array(state["large_sizes"], np.int64)),
            "codes": join_bytes(*(unpack_array(plane, np.uint8) for plane in state["codes"])),
            "large": unpack_array(state["large"], np.int64),
            "unit": state["unit"],
            "weights": None if weights is None else unpack_weights(weights),
        }.items():
            object.__setattr__(self, name, value)

    def to_hdf5(self, group: Any) -> None:
        """Write the delta into an HDF5 group."""
        group.attrs["binning"] = self.binning
        group.attrs["unit"] = np.inf if self.unit is None else self.unit
        columns: dict[str, npt.NDArray[Any]] = {name: getattr(self, name) for name in _COLUMNS}
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
            unit=None if np.isinf(unit) else unit,
            weights=group["weights"][...] if "weights" in group else None,
            **{name: group[name][...] for name in _COLUMNS},
        )


_COLUMNS = ("states", "observables", "offsets", "first_large", "codes", "large")


def _starts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
