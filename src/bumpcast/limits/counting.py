"""What a search counted in one region, and its likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from bumpcast.errors import did_you_mean
from bumpcast.limits.errors import ResultError
from bumpcast.limits.likelihood import (
    Likelihood,
    Modifier,
    channel,
    check_count,
    check_number,
    few_events,
    log_normal,
    make_likelihood,
)

Constraint = Literal["log-normal", "gamma"]
"""How the background may differ from what is expected.

* log-normal: by (1 + error / background)^theta, theta of a normal distribution: for an uncertainty
  of many causes, as searches quote one in all. pyhf's 'normsys'.
* gamma: as if (background / error)^2 events of a control region had been counted: for an
  uncertainty that is the statistics of such a region or of a simulation. pyhf's 'shapesys'.
"""

CONSTRAINTS: Final[tuple[str, ...]] = get_args(Constraint)


@dataclass(frozen=True)
class CountingResult:
    """A number of events in one region, and what is expected without a signal.

    Attributes:
        observed: Events observed.
        background: Events expected without a signal.
        background_error: Its uncertainty in events.
        luminosity: Integrated luminosity in fb^-1.
        constraint: How the background varies within its uncertainty; see `Constraint`.

    Raises:
        ResultError: A number cannot be; the message says which.
    """

    observed: int
    background: float
    background_error: float
    luminosity: float
    constraint: Constraint = "log-normal"

    def __post_init__(self) -> None:
        check_count(self.observed, "the observed number of events")
        check_number(self.background, "the expected background")
        check_number(self.background_error, "the background's uncertainty")
        check_number(self.luminosity, "the luminosity in fb^-1", above=0.0)
        if self.constraint not in CONSTRAINTS:
            known = did_you_mean(str(self.constraint), CONSTRAINTS)
            msg = f"the background's constraint is {self.constraint!r}, which is not known. {known}"
            raise ResultError(msg)
        if self.background == 0 and self.background_error > 0:
            msg = (
                f"a background of 0 +- {self.background_error:g} events: its uncertainty is "
                "relative to it. Give the mean of what it can be (such as half of the "
                "uncertainty), or an uncertainty of 0"
            )
            raise ResultError(msg)

    def __str__(self) -> str:
        varied = f" ({self.constraint})" if self.background_error else ""
        return (
            f"{self.observed} events observed, {self.background:g} +- {self.background_error:g} "
            f"expected{varied}"
        )

    def likelihood(self, signal_error: float) -> Likelihood:
        """Return the likelihood of a signal's selected events.

        Args:
            signal_error: Relative uncertainty of the signal, such as 0.25.

        Raises:
            ResultError: The uncertainty is negative or not finite.
        """
        check_number(signal_error, "the signal's relative uncertainty")
        signal = expected_size(self.observed, self.background, self.background_error, signal_error)
        region = channel(
            "A",
            signal,
            self.background,
            of_signal=log_normal("signal_uncertainty", signal_error),
            of_background=self._of_background(),
        )
        few = few_events({"observed": self.observed, "expected": self.background})
        return make_likelihood([region], [self.observed], signal, doubts=few)

    def _of_background(self) -> list[Modifier]:
        if self.background_error == 0:
            return []
        if self.constraint == "log-normal":
            return log_normal("background_uncertainty", self.background_error / self.background)
        return [
            {
                "name": "background_uncertainty",
                "type": "shapesys",
                "data": [float(self.background_error)],
            }
        ]


def expected_size(
    observed: float, background: float, background_error: float, signal_error: float
) -> float:
    """Return about how many events a limit will be, so that strengths are of the size of one.

    Args:
        observed: Events observed.
        background: Events expected without a signal.
        background_error: Its uncertainty in events.
        signal_error: Relative uncertainty of the signal.
    """
    spread = math.sqrt(max(observed, background) + background_error**2)
    return (max(observed - background, 0.0) + 2 * spread + 3) * (1 + signal_error)
