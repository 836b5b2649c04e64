"""Which bins of which histograms replicas fill: those that are searched, and no others."""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError

Integers = npt.NDArray[np.int64]


class WindowsError(BumpcastError):
    """A list of histograms cannot be used."""

    permanent = True


@dataclass(frozen=True, eq=False)
class Windows:
    """A range of bins of each of some histograms; their bins one after the other are cells.

    Attributes:
        states: Final states' codes, rising, shape (histograms,).
        observables: Observables' codes, rising in each final state.
        first: First bin of each range; 1 is the first above underflow.
        bins: How many bins each range has.
    """

    states: Integers
    observables: Integers
    first: Integers
    bins: Integers

    def __post_init__(self) -> None:
        sizes = {len(column) for column in (self.observables, self.first, self.bins)}
        if sizes != {len(self.states)}:
            msg = f"{len(self.states)} histograms need as many observables, first bins and bins"
            raise WindowsError(msg)
        steps, inner = np.diff(self.states), np.diff(self.observables)
        if np.any((steps < 0) | ((steps == 0) & (inner <= 0))):
            msg = "histograms have to be in the order of their codes, each of them once"
            raise WindowsError(msg)
        if np.any(self.first < 0) or np.any(self.bins < 1):
            msg = "a range begins at bin 0 or above and has at least one bin"
            raise WindowsError(msg)

    def __len__(self) -> int:
        return len(self.states)

    @cached_property
    def offsets(self) -> Integers:
        """Where each histogram's cells start, shape (histograms + 1,)."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.bins)])

    @property
    def cells(self) -> int:
        """How many bins there are in all."""
        return int(self.offsets[-1])

    @cached_property
    def digest(self) -> str:
        """What tells these ranges from others."""
        return hashlib.sha256(self._bytes()).hexdigest()[:16]

    def encode(self) -> str:
        """Return all ranges as one text, for a configuration."""
        return base64.b85encode(zlib.compress(self._bytes(), 9)).decode()

    @classmethod
    def decode(cls, text: str) -> Self:
        """Return the ranges of a text.

        Raises:
            WindowsError: It is none.
        """
        try:
            raw = np.frombuffer(zlib.decompress(base64.b85decode(text)), "<i8").reshape(4, -1)
        except (ValueError, zlib.error) as error:
            msg = f"a list of histograms cannot be read ({error})"
            raise WindowsError(msg) from error
        states, observables, first, bins = np.cumsum(raw, axis=1)
        return cls(states, observables, first, bins)

    def _bytes(self) -> bytes:
        columns: Any = np.stack([self.states, self.observables, self.first, self.bins])
        # Differences repeat, and so take a fifth of the room when compressed.
        differences = np.diff(columns, axis=1, prepend=0)
        raw: bytes = differences.astype("<i8").tobytes()
        return raw
