"""The fit of a Gaussian process to one spectrum; see gaussian_process.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.backgrounds.fitted_functions import FunctionSettings
from bumpcast.bumps.backgrounds.function_choice import fit_and_choose
from bumpcast.bumps.backgrounds.goodness import goodness_of_fit
from bumpcast.bumps.backgrounds.laplace import find_best_rate
from bumpcast.bumps.backgrounds.peak_or_shape import (
    SIGNAL_PARAMETERS,
    criterion,
    goodness_with_signal,
    with_signal,
)
from bumpcast.bumps.backgrounds.process_kernel import places_of, process_columns
from bumpcast.bumps.backgrounds.window import window_of_excess
from bumpcast.bumps.likelihood import WIDTHS
from bumpcast.bumps.spectra import Spectra

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEAST_LENGTH: Final = 10.0
"""In bins. A signal of a bin's width is ten times shorter, one of three bins still three times."""

LENGTHS: Final = (LEAST_LENGTH, 15.0, 25.0, 40.0, 60.0)
"""In bins, that are tried."""

HEIGHTS: Final = (0.03, 0.1, 0.3, 1.0)
"""Standard deviations of the logarithm of the rate around the function, that are tried."""

LEAST_GOODNESS: Final = 0.01
MASK_ABOVE: Final = 3.0
MOST_MODES: Final = 12
"""More are not handed on; those that are dropped are those of which the counts say least."""

_MATTERS: Final = 1e-3
"""A mode of which the counts say less, in units of what was known before, is left out."""

_FREE: Final = 30.0
"""Standard deviation of the function's parameters before the counts are looked at, in units of the
one after: they are as good as free."""

_SHARPNESS: Final = 0.2
"""nu in units of the statistical error of the logarithm of a bin's count: the edge between falling
and rising is sharper than anything that the counts could say of one step."""

_MEAN: Final = FunctionSettings(most_order=3, signals=())


@dataclass(frozen=True, slots=True)
class ProcessSettings:
    """How a Gaussian process is fitted.

    Attributes:
        lengths: Lengths of the kernel in bins that are tried.
        heights: Standard deviations of the log-rate around the function that are tried.
        mask_above: Significance of the largest excess above which its window is left out.
        mask_widths: Standard deviations in bins of the signals that may be that excess.
        least_goodness: No background where the p-value is less.
    """

    lengths: Sequence[float] = LENGTHS
    heights: Sequence[float] = HEIGHTS
    mask_above: float = MASK_ABOVE
    mask_widths: tuple[float, ...] = WIDTHS
    least_goodness: float = LEAST_GOODNESS


@dataclass(frozen=True, slots=True, eq=False)
class ProcessFit:
    """A Gaussian process that was fitted to one spectrum.

    Attributes:
        expected: Shape (bins,).
        modes: Shape (bins, modes), of prior precision 1.
        centres: Prior means of the modes' strengths, shape (modes,).
        length: Of the kernel, in bins.
        height: Of the kernel.
        evidence: Logarithm of the marginal likelihood, up to what depends on the counts alone.
        freedom: How many free parameters it is worth.
        goodness: p-value of the fit in the bins that were fitted.
        fitted: Which these were.
        rival: What another function of about the same likelihood expects, shape (bins,).
    """

    expected: Floats
    modes: Floats
    centres: Floats
    length: float
    height: float
    evidence: float
    freedom: float
    goodness: float
    fitted: Bools
    rival: Floats

    def as_estimate(self) -> BackgroundEstimate:
        """Return it as a background."""
        return BackgroundEstimate(
            self.expected,
            np.zeros(len(self.expected)),
            self.modes,
            np.ones((1, len(self.centres))),
            self.centres[None],
            [""],
            [""],
            np.full(1, np.nan),
        )


def fit_process(spectrum: Spectra, settings: ProcessSettings) -> ProcessFit | None:
    """Fit one spectrum, once more without the window of its largest excess where it has one.

    Args:
        spectrum: One spectrum whose counts are not negative; bins whose count is NaN are left out.
        settings: How.

    Returns:
        None where no rate was found.
    """
    known = np.isfinite(spectrum.counts)
    fit = _fit_once(spectrum, settings, known)
    if fit is None:
        return None
    window = window_of_excess(
        spectrum, fit.as_estimate(), settings.mask_widths, above=settings.mask_above
    )
    if not window.any():
        return fit
    again = _fit_once(spectrum, settings, known & ~window)
    return fit if again is None else _the_better(spectrum, again, fit, known, settings)


def _the_better(
    spectrum: Spectra, again: ProcessFit, fit: ProcessFit, known: Bools, settings: ProcessSettings
) -> ProcessFit:
    """Return the process of all bins, or the one without the window where a signal goes with it."""
    weight = spectrum.event_weight
    counts = np.where(known, spectrum.counts, 0.0) / weight
    both, alone = with_signal(
        counts,
        again.expected / weight,
        again.modes / weight[:, None],
        known,
        settings.mask_widths,
        again.centres,
    )
    if fit.goodness >= settings.least_goodness and (
        criterion(counts, fit.expected / weight, known, fit.freedom)
        < criterion(counts, both, known, again.freedom + SIGNAL_PARAMETERS)
    ):
        return fit
    goodness = goodness_with_signal(counts, both, alone, known, again.freedom)
    return replace(again, goodness=min(again.goodness, goodness))


def _fit_once(spectrum: Spectra, settings: ProcessSettings, fitted: Bools) -> ProcessFit | None:
    counts = np.where(np.isfinite(spectrum.counts), spectrum.counts, 0.0)
    weight = spectrum.event_weight
    share = np.where(fitted, 1.0 / weight, 0.0)
    width = spectrum.high - spectrum.low
    width = width / width.mean()
    place = places_of(spectrum)
    falls_from = _largest(counts)
    effective = counts / weight
    function = fit_and_choose(spectrum, _MEAN, fitted)
    if function.family[0] < 0:
        return None
    mean = np.log(function.expected / width)
    own = np.any(function.modes != 0, axis=0)
    free = _FREE * function.modes[:, own] / function.expected[:, None]
    sharpness = _SHARPNESS / np.sqrt(
        0.5 * (effective + np.append(effective[1:], effective[-1])) + 1
    )
    best: tuple[float, float, float, Floats, tuple[Floats, ...]] | None = None
    for length in settings.lengths:
        shape = process_columns(place, length)
        start = _first_guess(counts, share, width, mean, np.hstack([free, shape]))
        for height in settings.heights:
            basis = np.hstack([free, height * shape])
            begin = start.copy()
            begin[free.shape[1] :] /= height
            found, s, evidence, *rest = find_best_rate(
                counts, share, width, mean, basis, falls_from, sharpness, begin
            )
            if found and (best is None or evidence > best[0]):
                best = evidence, length, height, basis, tuple(rest)
                start = s.copy()
                start[free.shape[1] :] *= height
    if best is None:
        return None
    evidence, length, height, basis, (expected, held, said, slope) = best
    modes, centres, freedom = _modes(expected, basis, held, said, slope)
    goodness = goodness_of_fit(
        np.zeros(len(counts), np.int64), effective, expected / weight, fitted, np.array([freedom])
    )
    return ProcessFit(
        expected,
        modes,
        centres,
        length,
        height,
        evidence,
        freedom,
        float(goodness[0]),
        fitted,
        function.rival,
    )


def _modes(
    expected: Floats, basis: Floats, held: Floats, said: Floats, slope: Floats
) -> tuple[Floats, Floats, float]:
    """Return modes, the prior means of their strengths, and how many parameters they are worth."""
    held = np.tril(held) + np.tril(held, -1).T
    said = np.tril(said) + np.tril(said, -1).T
    # In t = L^T (s - best) the prior and the slopes are a standard normal distribution around the
    # point from where their gradient at the best rate, less the counts' own, leads here.
    to_standard = np.linalg.inv(np.linalg.cholesky(held))
    known, turn = np.linalg.eigh(to_standard @ said @ to_standard.T)
    order = np.argsort(known)[::-1]
    turn = turn[:, order]
    known = np.maximum(known[order], 0.0)
    freedom = float(np.sum(known / (1.0 + known)))
    kept = turn[:, : min(MOST_MODES, max(1, int(np.sum(known > _MATTERS))))]
    modes: Floats = expected[:, None] * (basis @ to_standard.T @ kept)
    centres: Floats = -(kept.T @ to_standard @ slope)
    return modes, centres, freedom


def _largest(counts: Floats) -> int:
    """Return the largest bin, of means of three neighbours."""
    padded: Floats = np.concatenate([counts[:1], counts, counts[-1:]])
    return int(np.argmax(padded[:-2] + padded[1:-1] + padded[2:]))


def _first_guess(
    counts: Floats, share: Floats, width: Floats, mean: Floats, basis: Floats
) -> Floats:
    """Return the coordinates of a least-squares fit to the logarithms of the counts."""
    used = share > 0
    log: Floats = np.log((counts[used] + 0.5 / share[used]) / width[used]) - mean[used]
    weight: Floats = counts[used] * share[used] + 0.5
    scaled = basis[used] * weight[:, None]
    information = basis[used].T @ scaled + np.eye(basis.shape[1])
    return np.asarray(np.linalg.solve(information, scaled.T @ log), np.float64)
