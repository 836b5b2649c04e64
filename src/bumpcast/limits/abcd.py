"""What a search counted in the four regions of its ABCD plane, and their likelihood.

Two variables that are independent in the background part the events into A, rich in signal, B and
C, which fail one of the two, and D, which fails both. Then the background of A is that of B times
that of C over that of D. All four are fitted together with a signal in each, so that signal in B, C
and D is not taken for background.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bumpcast.errors import did_you_mean
from bumpcast.limits.counting import expected_size
from bumpcast.limits.errors import ResultError
from bumpcast.limits.likelihood import (
    Likelihood,
    channel,
    check_count,
    check_number,
    few_events,
    free_factor,
    log_normal,
    make_likelihood,
)

REGIONS: Final = ("A", "B", "C", "D")

_FREE: Final = {"A": ("d", "b", "c"), "B": ("d", "b"), "C": ("d", "c"), "D": ("d",)}
"""The free factors of each region's background.

B_A B_D = B_B B_C whatever they are. D is the plain one, and not A, since these are then the numbers
that the regions measure nearly independently of each other, which fits need.
"""

_BOUNDS: Final = (1e-6, 1e3)
"""Of the free factors, which are one where the regions without signal are fitted as they are."""

_EMPTY: Final = 0.5
"""What stands for a background of which nothing was counted, for its factor to vary."""


@dataclass(frozen=True)
class AbcdResult:
    """Numbers of events in four regions.

    Attributes:
        a: Events observed in A, where the signal is.
        b: Events observed in B.
        c: Events observed in C.
        d: Events observed in D.
        luminosity: Integrated luminosity in fb^-1.
        non_closure: Relative uncertainty of the relation itself: by how much the background of A
            may differ from that of B times C over D, log-normal; 0: the relation is exact.

    Raises:
        ResultError: A number cannot be, or nothing was observed in D.
    """

    a: int
    b: int
    c: int
    d: int
    luminosity: float
    non_closure: float = 0.0

    def __post_init__(self) -> None:
        for region, count in zip(REGIONS, self.observed, strict=True):
            check_count(count, f"the number of events observed in {region}")
        check_number(self.luminosity, "the luminosity in fb^-1", above=0.0)
        check_number(self.non_closure, "the relative uncertainty of the ABCD relation")
        if self.d == 0:
            msg = (
                "no events were observed in D: the background of A, B times C over D, is not "
                "known. Give the background by other means (a counting result)"
            )
            raise ResultError(msg)

    def __str__(self) -> str:
        counts = ", ".join(
            f"{region} {count}" for region, count in zip(REGIONS, self.observed, strict=True)
        )
        relation = f"within {self.non_closure:.0%}" if self.non_closure else "taken to be exact"
        return (
            f"events observed: {counts}; B * C / D = {self.background_in_a:.4g} is the background "
            f"of A, {relation}"
        )

    @property
    def observed(self) -> tuple[int, int, int, int]:
        """What was counted, in the order of the regions."""
        return (self.a, self.b, self.c, self.d)

    @property
    def background_in_a(self) -> float:
        """B times C over D: events expected in A if there is no signal anywhere."""
        return self.b * self.c / self.d

    def likelihood(self, efficiencies: Mapping[str, float], signal_error: float) -> Likelihood:
        """Return the likelihood of a signal's events before any selection.

        Args:
            efficiencies: Which part of them each region selects, by region.
            signal_error: Relative uncertainty of the signal, the same in all regions at once.

        Raises:
            ResultError: A region's efficiency is missing or cannot be, none is in A, or the
                uncertainty cannot be.
        """
        check_number(signal_error, "the signal's relative uncertainty")
        for region in REGIONS:
            if region not in efficiencies:
                known = did_you_mean(region, efficiencies)
                msg = f"there is no efficiency of region {region}. {known}"
                raise ResultError(msg)
            check_number(efficiencies[region], f"the signal's efficiency in {region}")
        total = sum(efficiencies[region] for region in REGIONS)
        if total > 1:
            msg = (
                f"the signal's efficiencies in A, B, C and D add up to {total:g}; no event is in "
                "two of them, so that they are at most 1 together (are they in per cent?)"
            )
            raise ResultError(msg)
        if efficiencies["A"] == 0:
            msg = "the signal's efficiency in A is 0: there is no limit on what is never selected"
            raise ResultError(msg)
        size = expected_size(self.a, self.background_in_a, self._error_in_a(), signal_error)
        # No region can have much more signal than it has events.
        signal = min(
            size / efficiencies["A"],
            *(
                expected_size(n, 0.0, 0.0, signal_error) / efficiencies[region]
                for region, n in zip(REGIONS, self.observed, strict=True)
                if efficiencies[region] > 0
            ),
        )
        counted = {region: max(n, _EMPTY) for region, n in zip(REGIONS, self.observed, strict=True)}
        counted["A"] = counted["B"] * counted["C"] / counted["D"]
        of_a = log_normal("non_closure", self.non_closure)
        regions = [
            channel(
                region,
                signal * efficiencies[region],
                counted[region],
                of_signal=log_normal("signal_uncertainty", signal_error),
                of_background=[
                    *(free_factor(name) for name in _FREE[region]),
                    *(of_a if region == "A" else ()),
                ],
            )
            for region in REGIONS
        ]
        few = few_events(
            {f"observed in {region}": n for region, n in zip(REGIONS, self.observed, strict=True)}
            | {"expected in A": self.background_in_a}
        )
        free = dict.fromkeys(_FREE["A"], _BOUNDS)
        return make_likelihood(regions, self.observed, signal, free=free, doubts=few)

    def _error_in_a(self) -> float:
        """Return about the uncertainty of the background in A in events."""
        b, c, d = (max(n, 1) for n in (self.b, self.c, self.d))
        relative: float = (1 / b + 1 / c + 1 / d + self.non_closure**2) ** 0.5
        return b * c / d * relative
