"""Which flags show the same events, and which one stands for them.

Histograms of a final state overlap: its selections are subsets of each other, its combinations
share objects. One fluctuation of a few events is then flagged in many histograms at once. Flags are
joined into groups:

* With replicas, by measuring it: the numbers of events in two flagged windows are correlated over
  the replicas with n_both / sqrt(n_1 n_2), since each event's own Poisson number is what they have
  in common. Two flags are connected where that is above 0.5. An excess of z in one of them then
  lifts the other by more than z / 2, so that a flag of 5 sigma makes one of 2.5 by itself; below,
  most events of at least one of them are its own. With 100 replicas two windows without a common
  event reach 0.5 once in ten million pairs.
* Without, by what names allow: the same final state, and combinations with an object in common.
  Windows of one and the same variable share events only where they overlap in mass, since an event
  is in one bin. This says which flags can share events, not how many, so groups are larger.

A group is what is connected by any chain of such pairs, and is shown by its flag of the largest z.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bumpcast.bumps.peaks import Peaks
from bumpcast.bumps.spectra import Floats
from bumpcast.errors import BumpcastError
from bumpcast.massscan.naming.names import parse_name

CONNECTED: Final = 0.5
"""Correlation of two windows above which they count as one flag."""

HALF_WIDTH: Final = 2
"""A flag's window is its bin and so many on each side: two standard deviations of a signal of one
bin."""

FEWEST_REPLICAS: Final = 20
"""With fewer, windows without a common event are too often correlated by chance."""

Integers = npt.NDArray[np.int64]


class OverlapError(BumpcastError, ValueError):
    """Correlations cannot be measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Flags:
    """Windows of histograms in which something was seen; arrays of shape (flags,).

    Attributes:
        histograms: Number of each flag's histogram.
        start: The window's first bin, counted through all histograms.
        stop: Behind its last bin.
        z: Significance.
    """

    histograms: Integers
    start: Integers
    stop: Integers
    z: Floats

    def __len__(self) -> int:
        return len(self.histograms)

    def above(self, threshold: float) -> Flags:
        """Return the flags of a significance above a threshold."""
        chosen = self.z > threshold
        return Flags(self.histograms[chosen], self.start[chosen], self.stop[chosen], self.z[chosen])


def flags_of(
    offsets: Integers, peaks: Peaks, threshold: float, half_width: int = HALF_WIDTH
) -> Flags:
    """Return the flags of histograms whose largest significance is above a threshold.

    Args:
        offsets: Where the bins of each histogram are, shape (histograms + 1,).
        peaks: The largest significance of each.
        threshold: Only larger ones are flags.
        half_width: How many bins on each side belong to a flag's window.
    """
    histograms = np.flatnonzero(peaks.z > threshold)  # not those without any, which are NaN
    first, last = offsets[histograms], offsets[histograms + 1]
    middle = first + peaks.bins[histograms]
    return Flags(
        histograms,
        np.maximum(middle - half_width, first),
        np.minimum(middle + half_width + 1, last),
        peaks.z[histograms],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which flags belong together.

    Attributes:
        group: Number of each flag's group, shape (flags,); groups are numbered by falling
            significance of their leader.
        leader: Number of the flag that stands for each group, its most significant one, shape
            (groups,).
    """

    group: Integers
    leader: Integers

    def __len__(self) -> int:
        return len(self.leader)


def window_counts(
    replicas: Iterable[npt.NDArray[np.float64]], start: Integers, stop: Integers
) -> Floats:
    """Return how many events each window holds in each replica, shape (replicas, windows).

    Args:
        replicas: Counts of all bins, one replica after the other.
        start: First bins of the windows.
        stop: Behind their last bins.
    """
    rows = []
    for counts in replicas:
        below = np.concatenate([np.zeros(1), np.cumsum(counts)])
        rows.append(below[stop] - below[start])
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(start))


def correlations(counts: Floats) -> Floats:
    """Return the correlations of windows' numbers of events, shape (windows, windows).

    Args:
        counts: Numbers of events, shape (replicas, windows).

    Raises:
        OverlapError: There are too few replicas.
    """
    if len(counts) < FEWEST_REPLICAS:
        msg = (
            f"{len(counts)} replicas do not tell which histograms share events: draw at least "
            f"{FEWEST_REPLICAS}"
        )
        raise OverlapError(msg)
    centred = counts - counts.mean(axis=0)
    norms = np.sqrt(np.square(centred).sum(axis=0))
    # A window that never changes, such as an empty one, is correlated with nothing but itself.
    scaled = centred / np.where(norms > 0, norms, 1.0)
    found: Floats = scaled.T @ scaled
    np.fill_diagonal(found, 1.0)
    return found


def may_share(
    names: Sequence[str], low: Floats | None = None, high: Floats | None = None
) -> npt.NDArray[np.bool_]:
    """Tell which flags can share events by what their histograms are, shape (flags, flags).

    Args:
        names: Name of each flag's histogram.
        low: Lower edge of each flag's window in GeV; absent: windows are taken to overlap.
        high: Upper edge likewise.
    """
    parsed = [parse_name(name) for name in names]
    state = np.array([name.state.code for name in parsed], np.int64)
    mask = np.array([name.observable.combination.mask for name in parsed], np.int64)
    variables = {name.observable.variable for name in parsed}
    numbers = {variable: number for number, variable in enumerate(sorted(variables))}
    variable = np.array([numbers[name.observable.variable] for name in parsed], np.int64)
    shared: npt.NDArray[np.bool_] = (state[:, None] == state) & (mask[:, None] & mask > 0)
    if low is not None and high is not None:
        apart = (low[:, None] >= high) | (high[:, None] <= low)
        same = (mask[:, None] == mask) & (variable[:, None] == variable)
        shared &= ~(same & apart)
    return shared


def group(connected: npt.NDArray[np.bool_], z: Floats) -> Groups:
    """Join flags into groups.

    Args:
        connected: Which pairs show the same events, shape (flags, flags), symmetric.
        z: Significance of each flag.
    """
    number = len(z)
    if not number:
        return Groups(np.empty(0, np.int64), np.empty(0, np.int64))
    rows, columns = np.nonzero(connected)
    edges = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(number, number))
    _, label = connected_components(edges, directed=False)
    # Falling significance; of equal ones the first, so that the order does not depend on anything.
    order = np.lexsort((np.arange(number), -z))
    labels, first = np.unique(label[order], return_index=True)
    by_leader = np.argsort(first)
    rank = np.empty(len(labels), np.int64)
    rank[by_leader] = np.arange(len(labels))
    return Groups(
        rank[np.searchsorted(labels, label)].astype(np.int64),
        order[first[by_leader]].astype(np.int64),
    )


def group_flags(
    flags: Flags,
    counts: Floats | None = None,
    names: Sequence[str] | None = None,
    low: Floats | None = None,
    high: Floats | None = None,
    threshold: float = CONNECTED,
) -> Groups:
    """Join flags that show the same events into groups.

    Args:
        flags: The flags.
        counts: Numbers of events in their windows in each replica, see `window_counts`; absent:
            only names are looked at.
        names: Names of all histograms; absent: only correlations are looked at. Where both are
            given, both have to allow it.
        low: Lower edges of all bins in GeV; only with names.
        high: Upper edges of all bins in GeV; only with names.
        threshold: Two flags are connected if their correlation is above it.

    Raises:
        OverlapError: There are neither counts nor names, or too few replicas.
    """
    if counts is None and names is None:
        msg = "flags are grouped by replicas or by their histograms' names: neither is given"
        raise OverlapError(msg)
    connected = np.ones((len(flags), len(flags)), bool)
    if names is not None and len(flags):
        of_flags = [names[number] for number in flags.histograms.tolist()]
        edges = (None, None) if low is None or high is None else (low, high)
        limits = (
            None if edges[0] is None else edges[0][flags.start],
            None if edges[1] is None else edges[1][flags.stop - 1],
        )
        connected &= may_share(of_flags, *limits)
    if counts is not None and len(flags):
        connected &= correlations(counts) > threshold
    return group(connected, flags.z)
