"""The answer over all histograms: how many flags background alone makes, and how many there are.

Every replica is a whole data set, with its events in all histograms that they belong to, and is
searched as the data were. So the number of histograms above 3, 4, 5 sigma has in the replicas the
distribution that it has without a signal, overlaps and all, and

    p = (1 + number of replicas with at least as many as were seen) / (replicas + 1)

is a valid probability at any level (B. Phipson, G. K. Smyth, arXiv:1603.05766), not below
1 / (replicas + 1). The same is said of groups of flags that share events, and of the largest
significance of all.

Replicas of simulated backgrounds fluctuate about the simulation. Replicas of the observed events
fluctuate about the data and have to be recentred (`recentring.py`) before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.overlap import (
    FEWEST_REPLICAS,
    HALF_WIDTH,
    Flags,
    flags_of,
    group_flags,
    window_counts,
)
from bumpcast.bumps.peaks import Peaks
from bumpcast.bumps.spectra import Floats

THRESHOLDS: Final = (3.0, 4.0, 5.0)
QUANTILES: Final = (0.025, 0.16, 0.5, 0.84, 0.975)

Search = Callable[[Floats], Peaks]
"""From the counts of all bins to the largest significance of each histogram."""

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """One number of the whole set in the data and in replicas.

    Attributes:
        seen: In the data.
        replicas: In each replica, shape (replicas,).
    """

    seen: float
    replicas: Floats

    @property
    def expected(self) -> float:
        """Mean over the replicas."""
        return float(np.mean(self.replicas))

    @property
    def spread(self) -> float:
        """Standard deviation over the replicas: of the number, not of its mean."""
        return float(np.std(self.replicas, ddof=1)) if len(self.replicas) > 1 else float("nan")

    @property
    def error(self) -> float:
        """Standard deviation of the mean."""
        return self.spread / float(np.sqrt(len(self.replicas)))

    @property
    def quantiles(self) -> dict[float, float]:
        """The number that a share of the replicas does not exceed, by the share."""
        found = np.quantile(self.replicas, QUANTILES, method="inverted_cdf")
        return dict(zip(QUANTILES, found.tolist(), strict=True))

    @property
    def p(self) -> float:
        """Probability of at least what was seen, without a signal."""
        at_least = int(np.count_nonzero(self.replicas >= self.seen))
        return (1 + at_least) / (len(self.replicas) + 1)

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return {
            "seen": self.seen,
            "expected": self.expected,
            "error": self.error,
            "spread": self.spread,
            "quantiles": {str(share): value for share, value in self.quantiles.items()},
            "p": self.p,
        }


@dataclass(frozen=True, slots=True, eq=False)
class WholeSet:
    """What was seen in the whole set of histograms, and what background alone makes.

    Attributes:
        histograms: Number of histograms above each threshold in sigma.
        groups: Number of groups of flags that share events, likewise; empty without groups.
        largest: The largest significance of all histograms.
    """

    histograms: Mapping[float, Tally]
    groups: Mapping[float, Tally]
    largest: Tally

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document."""
        return {
            "replicas": len(self.largest.replicas),
            "histograms": {f"{t:g}": tally.document() for t, tally in self.histograms.items()},
            "groups": {f"{t:g}": tally.document() for t, tally in self.groups.items()},
            "largest": self.largest.document(),
        }


def judge(
    seen: Peaks,
    replicas: Iterable[Floats],
    search: Search,
    offsets: Integers,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    names: Sequence[str] | None = None,
    low: Floats | None = None,
    high: Floats | None = None,
    grouped: bool = True,
    half_width: int = HALF_WIDTH,
    told: Callable[[int], None] | None = None,
) -> WholeSet:
    """Compare what was seen in all histograms with what background alone makes.

    Args:
        seen: The largest significance of each histogram in the data.
        replicas: Counts of all bins in each replica; walked through once to be searched and, for
            groups, once more.
        search: Searches a replica as the data were searched.
        offsets: Where the bins of each histogram are, shape (histograms + 1,).
        thresholds: In sigma.
        names: Names of the histograms, which limit what can be in one group.
        low: Lower edges of the bins in GeV, likewise.
        high: Upper edges.
        grouped: Whether to count groups; fewer than 21 replicas do not tell them.
        half_width: How many bins on each side of its largest one belong to a flag.
        told: Called after each replica with their number so far.

    Raises:
        ValueError: There are no replicas.
    """
    peaks = []
    for number, counts in enumerate(replicas, 1):
        peaks.append(search(counts))
        if told is not None:
            told(number)
    return judge_peaks(
        seen,
        peaks,
        replicas if grouped else None,
        offsets,
        thresholds=thresholds,
        names=names,
        low=low,
        high=high,
        half_width=half_width,
    )


def judge_peaks(
    seen: Peaks,
    peaks: Sequence[Peaks],
    replicas: Iterable[Floats] | None,
    offsets: Integers,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    names: Sequence[str] | None = None,
    low: Floats | None = None,
    high: Floats | None = None,
    half_width: int = HALF_WIDTH,
) -> WholeSet:
    """Compare what was seen with what was found in replicas that have been searched already.

    Args:
        seen: The largest significance of each histogram in the data.
        peaks: The same of each replica; bins are needed of flags alone.
        replicas: Counts of all bins in each replica; None: groups are not counted.
        offsets: As for `judge`, like the rest.
        thresholds: In sigma.
        names: Names of the histograms.
        low: Lower edges of the bins in GeV.
        high: Upper edges.
        half_width: How many bins on each side of its largest one belong to a flag.

    Raises:
        ValueError: There are no replicas.
    """
    if not peaks:
        msg = "there are no replicas to compare with"
        raise ValueError(msg)
    flags = [flags_of(offsets, one, min(thresholds), half_width) for one in (seen, *peaks)]
    numbers = {
        threshold: _tally([len(one.above(threshold)) for one in flags]) for threshold in thresholds
    }
    groups: dict[float, Tally] = {}
    # One less: a replica's own flags are grouped by the others.
    if replicas is not None and len(peaks) - 1 >= FEWEST_REPLICAS:
        groups = _count_groups(flags, replicas, thresholds, names, low, high)
    return WholeSet(numbers, groups, _tally([_largest(one) for one in (seen, *peaks)]))


def _largest(peaks: Peaks) -> float:
    finite = peaks.z[np.isfinite(peaks.z)]
    return float(finite.max()) if len(finite) else float("-inf")


def _tally(numbers: Sequence[float]) -> Tally:
    return Tally(float(numbers[0]), np.array(numbers[1:], np.float64))


def _count_groups(
    flags: Sequence[Flags],
    replicas: Iterable[Floats],
    thresholds: Sequence[float],
    names: Sequence[str] | None,
    low: Floats | None,
    high: Floats | None,
) -> dict[float, Tally]:
    """Return how many groups there are in the data and in each replica, by threshold."""
    ends = np.cumsum([0, *(len(one) for one in flags)])
    counts = window_counts(
        replicas,
        np.concatenate([one.start for one in flags]),
        np.concatenate([one.stop for one in flags]),
    )
    found: dict[float, list[float]] = {threshold: [] for threshold in thresholds}
    for number, one in enumerate(flags):
        of_flags = counts[:, ends[number] : ends[number + 1]]
        if number:
            # Flags of one replica are all high in it: it would say of any two that they belong
            # together.
            of_flags = np.delete(of_flags, number - 1, axis=0)
        for threshold in thresholds:
            chosen = one.z > threshold
            groups = group_flags(one.above(threshold), of_flags[:, chosen], names, low, high)
            found[threshold].append(float(len(groups)))
    return {threshold: _tally(numbers) for threshold, numbers in found.items()}
