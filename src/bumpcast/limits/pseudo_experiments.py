"""CLs of a signal's strength by pseudo-experiments, and the limits that follow.

Data are drawn with and without the signal, with what is uncertain at the values that fit the data
best, as ATLAS and CMS do (ATL-PHYS-PUB-2011-11); the measurements that constrain the uncertainties
are drawn, too.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.stats

from bumpcast.limits.asymptotic import TestStatistic
from bumpcast.limits.crossings import LARGEST
from bumpcast.limits.errors import LimitError
from bumpcast.limits.fits import fixed_fit
from bumpcast.limits.likelihood import Likelihood
from bumpcast.limits.upper_limit import SIGMAS, UpperLimit, limit_of, upper_limit

Floats = npt.NDArray[np.float64]

FEWEST: Final = 100
"""With fewer pseudo-experiments, a limit is little more than a guess."""

_STRENGTHS: Final = 7
_MARGIN: Final = 1.5
_STEP: Final = 1.4


class ToysError(LimitError):
    """Pseudo-experiments cannot be made as asked."""


def upper_limit_by_toys(
    likelihood: Likelihood, toys: int, seed: int, *, level: float = 0.95
) -> UpperLimit:
    """Return the upper limits on a signal by pseudo-experiments.

    CLs is computed at strengths around the asymptotic limits, and more where it crosses outside;
    it is made to fall steadily, and read off on the lines between.

    Args:
        likelihood: Of a `CountingResult` or an `AbcdResult`.
        toys: Pseudo-experiments with, and as many without a signal, for each strength.
        seed: Of the random numbers.
        level: Confidence level.

    Raises:
        ToysError: There are too few.
        LevelError: The level is not between 0 and 1.
        FitError: A fit did not converge.
    """
    if toys < FEWEST:
        msg = f"{toys} pseudo-experiments are too few for a limit; make at least {FEWEST}"
        raise ToysError(msg)
    formula = upper_limit(likelihood, level=level).all / likelihood.signal
    formula = formula[np.isfinite(formula)]
    if not len(formula):
        formula = np.ones(1)
    low, high = formula.min() / _MARGIN, min(formula.max() * _MARGIN, LARGEST)
    tail = ToyTails(likelihood, toys, seed)
    strengths = np.geomspace(low, high, _STRENGTHS).tolist()
    tried = [tail(strength) for strength in strengths]
    wanted = float(scipy.stats.norm.isf(1 - level))
    while np.any(tried[-1].deviations < wanted) and strengths[-1] < LARGEST:
        strengths.append(min(strengths[-1] * _STEP, LARGEST))
        tried.append(tail(strengths[-1]))
    while np.any(tried[0].deviations >= wanted) and strengths[0] > 1 / LARGEST:
        strengths.insert(0, strengths[0] / _STEP)
        tried.insert(0, tail(strengths[0]))
    steady = np.array(
        [
            scipy.optimize.isotonic_regression([each.deviations[quantity] for each in tried]).x
            for quantity in range(1 + len(SIGMAS))
        ]
    )
    found = np.array([_crossing(np.array(strengths), line, wanted) for line in steady])
    error = None
    if math.isfinite(found[0]):
        nearest = int(np.argmin(np.abs(np.array(strengths) - found[0])))
        slope = float(np.gradient(steady[0], strengths)[nearest])
        error = tried[nearest].error / slope / float(found[0]) if slope > 0 else None
    method = f"{toys} pseudo-experiments with seed {seed}"
    limit = limit_of(likelihood, found, level, method, ())
    return replace(limit, statistical_error=error)


def _crossing(strengths: Floats, deviations: Floats, wanted: float) -> float:
    allowed = np.flatnonzero(deviations < wanted)
    if not len(allowed):
        return float(strengths[0])
    last = int(allowed[-1])
    if last + 1 == len(strengths):
        return math.inf
    (low, high), (begin, end) = strengths[last : last + 2], deviations[last : last + 2]
    return float(low + (high - low) * (wanted - begin) / (end - begin))


class ToyTail:
    """What pseudo-experiments say of one strength.

    Attributes:
        deviations: CLs in standard deviations: observed, and expected in the order of `SIGMAS`;
            (6,).
        error: Statistical error of the observed one.
    """

    def __init__(self, observed: float, with_signal: Floats, without: Floats) -> None:
        """Compare test statistics.

        Args:
            observed: The data's.
            with_signal: Of pseudo-experiments with the signal; (toys,).
            without: Of those without; (toys,).
        """
        toys = len(with_signal)
        values = np.concatenate([[observed], without])
        both = _above(with_signal, values)
        alone = np.maximum(_above(without, values), 1 / toys)
        cls = both / alone
        share = scipy.stats.norm.cdf(SIGMAS)
        # CLs of pseudo-experiments without signal, from the most signal-poor on.
        expected = np.quantile(cls[1:], share)
        # Where no pseudo-experiment is as extreme, half of one is a fair guess.
        tails = np.clip([cls[0], *expected], 0.5 / toys, 1 - 0.5 / toys)
        self.deviations: Floats = scipy.stats.norm.isf(tails)
        relative = math.sqrt(
            sum((1 - p) / (toys * p) for p in (max(both[0], 0.5 / toys), alone[0]))
        )
        self.error = float(tails[0] * relative / scipy.stats.norm.pdf(self.deviations[0]))


class ToyTails:
    """`ToyTail` of strengths."""

    def __init__(self, likelihood: Likelihood, toys: int, seed: int) -> None:
        """Draw and fit what is the same for all strengths.

        Args:
            likelihood: The likelihood.
            toys: Pseudo-experiments of each kind.
            seed: Of the random numbers.

        Raises:
            FitError: A fit did not converge.
        """
        self._likelihood = likelihood
        self._toys = toys
        self._seed = seed
        self._observed = TestStatistic(likelihood, likelihood.data)
        # What follows from a strength of zero is the same for all.
        without, _ = fixed_fit(likelihood, likelihood.data, 0.0)
        self._without = _Toys(likelihood, draw(likelihood, without, toys, [seed, 0]), without)

    def __call__(self, strength: float) -> ToyTail:
        """Return the tails of one strength.

        Raises:
            FitError: A fit did not converge.
        """
        best, _ = fixed_fit(self._likelihood, self._likelihood.data, strength)
        # The same random numbers for every strength: CLs falls more steadily.
        drawn = draw(self._likelihood, best, self._toys, [self._seed, 1])
        with_signal = _Toys(self._likelihood, drawn, best)
        return ToyTail(self._observed(strength), with_signal(strength), self._without(strength))


class _Toys:
    """Test statistics of many data sets; those that are the same are fitted once."""

    def __init__(self, likelihood: Likelihood, drawn: Floats, begin: Floats) -> None:
        distinct, self._which = np.unique(drawn, axis=0, return_inverse=True)
        self._statistics = [TestStatistic(likelihood, row.tolist(), begin) for row in distinct]

    def __call__(self, strength: float) -> Floats:
        values = np.array([statistic(strength) for statistic in self._statistics])
        return values[self._which]


def draw(likelihood: Likelihood, parameters: Floats, toys: int, seed: Any) -> Floats:
    """Return pseudo-data, with the measurements that constrain the uncertainties.

    Args:
        likelihood: The likelihood.
        parameters: Of the model that they are drawn from.
        toys: How many.
        seed: As numpy's random generators take it.

    Returns:
        Numbers of shape (toys, data).
    """
    random = np.random.default_rng(seed)
    config = likelihood.model.config
    means = np.asarray(likelihood.model.expected_data(parameters), np.float64)
    drawn = np.empty((toys, len(means)))
    counted = config.nmaindata
    drawn[:, :counted] = random.poisson(means[:counted], (toys, counted))
    for name in config.auxdata_order:
        parameter = config.param_set(name)
        here = slice(counted, counted + parameter.n_parameters)
        shape = (toys, parameter.n_parameters)
        if parameter.pdf_type == "poisson":
            drawn[:, here] = random.poisson(means[here], shape)
        else:
            # The uncertainties are made so that the measurements have a width of one.
            drawn[:, here] = random.normal(means[here], 1.0, shape)
        counted = here.stop
    return drawn


def _above(samples: Floats, values: Floats) -> Floats:
    """Return which part of the samples is as large as each value, or larger."""
    below = np.searchsorted(np.sort(samples), values, side="left")
    return 1.0 - below / len(samples)
