"""CLs of a signal's strength by the asymptotic formulas.

The same numbers as pyhf's `hypotest`, whose formulas are used (G. Cowan, K. Cranmer, E. Gross,
O. Vitells, arXiv:1007.1727), for less than half of its fits: of the five that it makes for each
strength, three do not depend on the strength.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from pyhf.infer.calculators import AsymptoticCalculator

from bumpcast.limits.fits import FitError, fixed_fit, free_fit
from bumpcast.limits.likelihood import Likelihood

Floats = npt.NDArray[np.float64]


class AsymptoticCLs:
    """CLs of strengths, observed and expected."""

    def __init__(self, likelihood: Likelihood) -> None:
        """Make the fits that are the same at all strengths.

        Args:
            likelihood: The likelihood.

        Raises:
            FitError: A fit did not converge.
        """
        self._likelihood = likelihood
        self._calculator = AsymptoticCalculator(likelihood.data, likelihood.model)
        self._observed = TestStatistic(likelihood, likelihood.data)
        without, _ = fixed_fit(likelihood, likelihood.data, 0.0)
        self._asimov = TestStatistic(likelihood, likelihood.model.expected_data(without))

    def __call__(self, strength: float) -> Floats:
        """Return CLs of a strength above 0: observed, and expected for -2 ... 2 sigma; (6,).

        Raises:
            FitError: A fit did not converge, or cannot tell the strength from no signal.
        """
        root = math.sqrt(self._observed(strength))
        asimov = math.sqrt(self._asimov(strength))
        if asimov == 0:
            msg = (
                f"{strength * self._likelihood.signal:.4g} events of signal make no difference to "
                "the fit: they are too few beside the events that were counted"
            )
            raise FitError(msg)
        # As in pyhf's calculator; equations 61 to 66 of the paper.
        below = root - asimov if root <= asimov else (root**2 - asimov**2) / (2 * asimov)
        self._calculator.sqrtqmuA_v = asimov
        distributions = self._calculator.distributions(strength)
        observed = self._calculator.pvalues(below, *distributions)[2]
        expected = self._calculator.expected_pvalues(*distributions)[2]
        return np.array([float(observed), *map(float, expected)])


class TestStatistic:
    """q~_mu of a data set: equation 62 of the paper."""

    __test__ = False  # pytest takes what is called so for tests.

    def __init__(self, likelihood: Likelihood, data: Any, begin: Floats | None = None) -> None:
        """Make the fit with a free strength.

        Args:
            likelihood: The likelihood.
            data: What was counted, with the measurements that constrain the uncertainties.
            begin: Parameters to begin with; absent: the model's own.

        Raises:
            FitError: The fit did not converge.
        """
        self._likelihood = likelihood
        self._data = data
        self._best, self._least = free_fit(likelihood, data, begin)
        self._begin = self._best

    def __call__(self, strength: float) -> float:
        """Return it for a strength.

        Raises:
            FitError: The fit did not converge.
        """
        if self._best[self._likelihood.model.config.poi_index] > strength:
            return 0.0
        self._begin, value = fixed_fit(self._likelihood, self._data, strength, self._begin)
        if value < self._least:
            # The free fit had ended elsewhere than in the lowest minimum.
            best, least = free_fit(self._likelihood, self._data, self._begin)
            self._best, self._least = (best, least) if least < value else (self._begin, value)
        return max(value - self._least, 0.0)
