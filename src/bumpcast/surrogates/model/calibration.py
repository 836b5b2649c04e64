"""From a model's margins to probabilities that are frequencies.

Margins m_k of held-out events become a_k m_k + b_k, whose softmax has the least cross-entropy:
vector scaling (C. Guo et al., arXiv:1706.04599, section 4.2). Factors stay above zero, so that the
order of a class's margins stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Floats


class CalibrationError(SurrogateError):
    """Events do not allow a calibration."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Factors and offsets of margins.

    Attributes:
        factor: (classes,)
        offset: (classes,)
    """

    factor: Floats
    offset: Floats

    @classmethod
    def none(cls, classes: int) -> Self:
        """Return the one that changes nothing."""
        return cls(np.ones(classes), np.zeros(classes))

    @classmethod
    def fitted(cls, margins: Floats, decision: npt.NDArray[np.int64], weights: Floats) -> Self:
        """Return the calibration of least cross-entropy.

        Args:
            margins: Of events that the model has not seen; (events, classes).
            decision: Their classes; (events,).
            weights: (events,).

        Raises:
            CalibrationError: A class has no events, or the fit fails.
        """
        classes = margins.shape[1]
        present = np.bincount(decision, weights, classes)
        if not np.all(present > 0):
            msg = f"class {int(np.argmin(present))} has no events to calibrate with"
            raise CalibrationError(msg)
        total = weights.sum()
        hit = np.zeros_like(margins)
        hit[np.arange(len(decision)), decision] = 1.0

        def cost(parameters: Floats) -> tuple[float, Floats]:
            factor, offset = np.exp(parameters[:classes]), parameters[classes:]
            scaled = factor * margins + offset
            logs = logsumexp(scaled, axis=1)
            value = float(weights @ (logs - scaled[np.arange(len(decision)), decision])) / total
            slope = (np.exp(scaled - logs[:, None]) - hit) * (weights / total)[:, None]
            gradient = np.concatenate([factor * (slope * margins).sum(axis=0), slope.sum(axis=0)])
            # Offsets are defined up to a constant; a touch of stiffness fixes it.
            middle = offset.mean()
            gradient[classes:] += 2e-6 * middle / classes
            return value + 1e-6 * middle**2, gradient

        found = minimize(cost, np.zeros(2 * classes), jac=True, method="L-BFGS-B")
        if not np.all(np.isfinite(found.x)):
            msg = f"the calibration does not converge: {found.message}"
            raise CalibrationError(msg)
        return cls(np.exp(found.x[:classes]), found.x[classes:])

    def probabilities(self, margins: Floats) -> Floats:
        """Return calibrated probabilities; (events, classes).

        Args:
            margins: (events, classes).
        """
        probabilities: Floats = softmax(self.factor * margins + self.offset, axis=1)
        return probabilities
