"""Fits of a likelihood by pyhf, with a free and with a given strength of the signal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyhf
from pyhf.infer import mle

from bumpcast.limits.errors import LimitError
from bumpcast.limits.likelihood import Likelihood

Floats = npt.NDArray[np.float64]

TOLERANCES: Final = (1e-10, 1e-6)
"""Of twice the logarithm of the likelihood, at which a fit ends; the next where it does not.

With pyhf's own, 1e-6, fits of regions without any events end too early: limits are wrong by 4 %.
"""

MOST_STEPS: Final = 300
"""Fits take some tens of steps; one that takes more goes round in circles."""


class FitError(LimitError):
    """A fit did not converge."""


def free_fit(
    likelihood: Likelihood, data: Any, begin: Floats | None = None
) -> tuple[Floats, float]:
    """Return the best parameters and twice the negative logarithm of the likelihood there.

    Args:
        likelihood: The likelihood.
        data: What is fitted, with its constraining measurements.
        begin: Parameters to begin with, but for the strength; absent: the model's own.

    Raises:
        FitError: The fit did not converge.
    """
    config = likelihood.model.config

    def fit(first: list[float], tolerance: float) -> Any:
        # A fit that begins without a signal may stay there if there is no background either.
        first[config.poi_index] = config.suggested_init()[config.poi_index]
        return mle.fit(
            data,
            likelihood.model,
            init_pars=first,
            return_fitted_val=True,
            tolerance=tolerance,
            maxiter=MOST_STEPS,
        )

    return _lowest(likelihood, fit, begin, "the fit of the signal's strength")


def fixed_fit(
    likelihood: Likelihood, data: Any, strength: float, begin: Floats | None = None
) -> tuple[Floats, float]:
    """Return the same for a given strength.

    Args:
        likelihood: The likelihood.
        data: What is fitted.
        strength: The strength.
        begin: Parameters to begin with; absent: the model's own.

    Returns:
        The parameters and twice the negative logarithm, infinite where what was counted cannot be
        without a signal.

    Raises:
        FitError: The fit did not converge.
    """

    def fit(first: list[float], tolerance: float) -> Any:
        return mle.fixed_poi_fit(
            strength,
            data,
            likelihood.model,
            init_pars=first,
            return_fitted_val=True,
            tolerance=tolerance,
            maxiter=MOST_STEPS,
            # The strength leaves the fit instead of being held by a constraint, which is faster;
            # but something has to stay.
            do_stitch=likelihood.model.config.npars > 1,
        )

    if strength == 0:
        # Where there is no background either, whatever was counted is impossible: there is nothing
        # to fit, and the parameters that nothing was learnt of stay as they are.
        own = list(likelihood.model.config.suggested_init())
        own[likelihood.model.config.poi_index] = 0.0
        if np.isinf(likelihood.model.logpdf(own, data)).all():
            return np.array(own), np.inf
    what = f"the fit with {strength * likelihood.signal:.4g} events of signal"
    return _lowest(likelihood, fit, begin, what)


def _lowest(
    likelihood: Likelihood,
    fit: Callable[[list[float], float], Any],
    begin: Floats | None,
    what: str,
) -> tuple[Floats, float]:
    """Return the lowest minimum that fits find which begin at different places."""
    begins = [likelihood.model.config.suggested_init()]
    if begin is not None:
        begins.insert(0, begin.tolist())
    best: Floats | None = None
    least = np.inf
    for first in begins:
        if best is not None and not likelihood.several_minima:
            break
        for tolerance in TOLERANCES:
            try:
                with _quiet():
                    found, value = fit([*first], tolerance)
            except pyhf.exceptions.FailedMinimization:
                continue
            if float(value) < least:
                best, least = np.asarray(found), float(value)
            break
    if best is None:
        msg = f"{what} did not converge: the signal and what was counted are at odds"
        raise FitError(msg)
    return best, least


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pyhf from printing a traceback of a fit that fails, which is tried again or told."""
    logger = logging.getLogger("pyhf.optimize.mixins")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before
