"""Upper limits on a signal by CLs: observed, and expected without a signal, with their bands.

CLs is the probability of data at least as signal-poor as those observed with the signal, over that
without it (A. L. Read, J. Phys. G 28 (2002) 2693); the test statistic is q~_mu, and its
distribution is that of the asymptotic formulas or of pseudo-experiments (G. Cowan, K. Cranmer,
E. Gross, O. Vitells, arXiv:1007.1727). A strength is excluded where CLs is below 1 - level.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.limits.asymptotic import AsymptoticCLs
from bumpcast.limits.crossings import LARGEST, crossings
from bumpcast.limits.likelihood import Likelihood

Floats = npt.NDArray[np.float64]

SIGMAS: Final = (-2, -1, 0, 1, 2)
"""Which fluctuations of the background the expected limits belong to."""

_FIRST: Final = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class UpperLimit:
    """Upper limits on a signal, in events.

    Attributes:
        observed: What the data exclude everything above of; infinite where they exclude nothing.
        expected: The same for data without a signal: the median and what fluctuations by -2, -1, 1
            and 2 standard deviations would give, in the order of `SIGMAS`.
        level: Confidence level, such as 0.95.
        method: How it was computed, in words.
        notes: What has to be known of it, a line each.
        statistical_error: Relative error of the observed limit that pseudo-experiments leave; None:
            there were none, or there is no limit.
    """

    observed: float
    expected: tuple[float, ...]
    level: float
    method: str
    notes: tuple[str, ...] = ()
    statistical_error: float | None = None

    @property
    def all(self) -> Floats:
        """The observed limit and the expected ones; (6,)."""
        return np.array([self.observed, *self.expected])


def upper_limit(likelihood: Likelihood, *, level: float = 0.95) -> UpperLimit:
    """Return the upper limits on a signal by the asymptotic formulas.

    Args:
        likelihood: Of a `CountingResult` or an `AbcdResult`.
        level: Confidence level.

    Raises:
        LevelError: The level is not between 0 and 1.
        FitError: A fit did not converge.
        CrossingError: No limit can be read off what the fits gave.
    """
    strengths = crossings(AsymptoticCLs(likelihood), level, _FIRST)
    return limit_of(likelihood, strengths, level, "asymptotic", likelihood.doubts)


def limit_of(
    likelihood: Likelihood,
    strengths: Floats,
    level: float,
    method: str,
    notes: tuple[str, ...],
) -> UpperLimit:
    """Return limits in events.

    Args:
        likelihood: The likelihood.
        strengths: Observed and expected, infinite where there is none; (6,).
        level: Confidence level.
        method: How they were computed, in words.
        notes: What has to be known; that there is no limit is added.
    """
    words = ("observed", *(f"expected at {sigma:+d} sigma" for sigma in SIGMAS))
    missing = [word for word, value in zip(words, strengths, strict=True) if math.isinf(value)]
    if missing:
        none = (
            f"no limit ({', '.join(missing)}): {LARGEST * likelihood.signal:.3g} events of signal "
            f"are not excluded at {level:.0%}; the fit takes them for background"
        )
        notes = (*notes, none)
    observed, *expected = (strengths * likelihood.signal).tolist()
    return UpperLimit(observed, tuple(expected), level, method, notes)
