"""Many mass spectra at once, as flat columns: what every step of the search works on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bumpcast.errors import BumpcastError

Floats = npt.NDArray[np.float64]


class SpectraError(BumpcastError, ValueError):
    """Columns of spectra do not fit together."""


@dataclass(frozen=True, eq=False)
class Spectra:
    """Spectra one after the other: histogram h has the bins offsets[h] to offsets[h + 1].

    Attributes:
        names: One a histogram.
        offsets: Shape (histograms + 1,); begins with 0.
        low: Lower edges of the bins in GeV, shape (bins,).
        high: Upper edges of the bins in GeV, shape (bins,).
        counts: What was seen: entries, or sums of weights, shape (bins,).
        variances: Sums of squared weights, shape (bins,); equal to the counts without weights.

    Raises:
        SpectraError: The columns do not fit together.
    """

    names: Sequence[str]
    offsets: npt.NDArray[np.int64]
    low: Floats
    high: Floats
    counts: Floats
    variances: Floats

    def __post_init__(self) -> None:
        bins = {len(column) for column in (self.low, self.high, self.counts, self.variances)}
        first = self.offsets
        if len(first) != len(self.names) + 1 or first[0] != 0 or bins != {int(first[-1])}:
            msg = (
                f"{len(self.names)} spectra need {len(self.names) + 1} offsets from 0 to the "
                f"number of bins; there are {len(first)}, up to {first[-1:].tolist()}, and columns "
                f"of {sorted(bins)} bins"
            )
            raise SpectraError(msg)
        if np.any(np.diff(first) < 0):
            msg = "the offsets of spectra must not fall"
            raise SpectraError(msg)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def bins(self) -> npt.NDArray[np.int64]:
        """How many bins each spectrum has, shape (histograms,)."""
        return np.diff(self.offsets)

    @property
    def centres(self) -> Floats:
        """Middles of the bins in GeV, shape (bins,)."""
        return 0.5 * (self.low + self.high)

    @cached_property
    def histogram_of_bin(self) -> npt.NDArray[np.int64]:
        """Number of the spectrum that each bin is of, shape (bins,)."""
        return np.repeat(np.arange(len(self)), self.bins)

    @cached_property
    def event_weight(self) -> Floats:
        """What one event counts in each bin: squared weights over weights, shape (bins,).

        A bin whose counts and variances are one and the same has weight 1. An empty bin has the
        mean weight of its spectrum, since its own events did not come; 1 in an empty spectrum.
        Bins with numbers that are negative or not finite have that mean, too, and no say in it.
        """
        of = self.histogram_of_bin
        filled = np.isfinite(self.counts) & np.isfinite(self.variances)
        filled &= (self.counts > 0) & (self.variances > 0)
        total = np.bincount(of, np.where(filled, self.counts, 0.0), minlength=len(self))
        squares = np.bincount(of, np.where(filled, self.variances, 0.0), minlength=len(self))
        usable = (total > 0) & (squares > 0)
        mean = np.where(usable, squares / np.where(usable, total, 1.0), 1.0)
        return np.where(filled, self.variances / np.where(filled, self.counts, 1.0), mean[of])

    @property
    def weighted(self) -> bool:
        """Whether any bin holds weights instead of counts."""
        return bool(np.any(self.counts != self.variances))

    def slice_of(self, histogram: int) -> slice:
        """Return where the bins of a spectrum are."""
        return slice(int(self.offsets[histogram]), int(self.offsets[histogram + 1]))

    def some(self, histograms: npt.ArrayLike) -> Spectra:
        """Return some of the spectra, in the order asked for.

        Args:
            histograms: Their numbers.
        """
        chosen = np.asarray(histograms, dtype=np.int64)
        places, offsets = bins_of(self.offsets, chosen)
        return Spectra(
            [self.names[number] for number in chosen.tolist()],
            offsets,
            self.low[places],
            self.high[places],
            self.counts[places],
            self.variances[places],
        )

    def with_counts(self, counts: Floats, variances: Floats | None = None) -> Spectra:
        """Return spectra of the same bins with other contents.

        Args:
            counts: Shape (bins,).
            variances: Shape (bins,); absent: the counts.
        """
        squares = counts if variances is None else variances
        return Spectra(self.names, self.offsets, self.low, self.high, counts, squares)

    @cached_property
    def digest(self) -> str:
        """What tells these spectra from all others, of 16 letters."""
        found = hashlib.sha256("\n".join(self.names).encode())
        for column in (self.offsets, self.low, self.high, self.counts, self.variances):
            found.update(np.ascontiguousarray(column).tobytes())
        return found.hexdigest()[:16]


def bins_of(
    offsets: npt.NDArray[np.int64], histograms: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the bins of some histograms, and the offsets that they have one after the other.

    Args:
        offsets: Of all histograms, shape (histograms + 1,).
        histograms: Which of them.
    """
    lengths = offsets[histograms + 1] - offsets[histograms]
    joined = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    places = np.arange(joined[-1]) + np.repeat(offsets[histograms] - joined[:-1], lengths)
    return places, joined
