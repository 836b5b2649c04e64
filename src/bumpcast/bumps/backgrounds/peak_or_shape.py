"""Whether an excess that a fit left out is a peak, or a bend that was not free to be followed.

A background is fitted without the window of its largest excess, and describes what is left. The
excess may be a signal. It may as well be that the spectrum bends where the background cannot: with
half of a short spectrum left out, backgrounds that are far from it there are found easily, and the
excess over them has any significance. Both are descriptions of all bins: the background with a
Gaussian signal, which has a strength, a place and a width, or one that is free to bend. The one
with the less Akaike criterion, deviance + 2 x parameters, is the better one.

Where nothing bends like the spectrum, the first must still be a description: what its signal leaves
over may not be much more than fluctuations and, where the signal is a large one, a share of what it
explains, since no real peak is quite a Gaussian on the middle of a bin. A spectrum that breaks off
in its middle is no peak on a smooth background, although one makes it look better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.goodness import deviance_of_bins, goodness_of_fit
from bumpcast.bumps.likelihood import gaussian_template

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

SIGNAL_PARAMETERS: Final = 3
"""Strength, place and width."""

UNLIKE: Final = 0.2
"""Share of what a signal explains of the deviance that it may leave over."""

_STEPS: Final = 8
_LONGEST: Final = 1.0
"""Most that a step changes a logarithm of an expectation by."""
_LEAST: Final = 1e-9


def criterion(counts: Floats, expected: Floats, known: Bools, parameters: float) -> float:
    """Return Akaike's criterion of one spectrum, up to what depends on the counts alone.

    Args:
        counts: Effective counts, shape (bins,).
        expected: Effective counts that are expected, shape (bins,).
        known: In which bins both are compared, shape (bins,).
        parameters: That were fitted; where a prior holds some, how many they are worth.
    """
    seen, there = counts[known], np.maximum(expected[known], _LEAST)
    return float(np.sum(deviance_of_bins(seen, there))) + 2.0 * parameters


def with_signal(
    counts: Floats,
    expected: Floats,
    modes: Floats,
    known: Bools,
    widths: Sequence[float],
    centres: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return what a background expects together with the signal that fits best, and alone.

    Args:
        counts: Effective counts, shape (bins,).
        expected: Of the background, in the same unit, shape (bins,); positive.
        modes: What it changes by with each of its free parameters, shape (bins, modes).
        known: In which bins they are compared, shape (bins,).
        widths: Standard deviations of signals, in bins.
        centres: Means of the modes' strengths, where these have priors of precision 1, shape
            (modes,); absent: they are free.

    Returns:
        Shape (bins,) each, for the strengths of modes and signal that describe the counts best.
    """
    seen, there = counts[known], np.maximum(expected[known], _LEAST)
    relative = modes[known] / there[:, None]
    signals = _signals(len(counts), widths)[known]
    # The best place and width are those of weighted least squares around the background.
    root = np.sqrt(there)
    held = np.zeros((0, modes.shape[1])) if centres is None else np.eye(modes.shape[1])
    means = np.zeros(0) if centres is None else centres
    basis, _ = np.linalg.qr(np.vstack([relative * root[:, None], held]))
    scaled = np.vstack([signals / root[:, None], np.zeros((len(held), signals.shape[1]))])
    rest = np.concatenate([(seen - there) / root, means])
    scaled = scaled - basis @ (basis.T @ scaled)
    rest = rest - basis @ (basis.T @ rest)
    own = np.sum(scaled * scaled, axis=0)
    along = scaled.T @ rest
    gain = np.where((own > 1e-9 * own.max()) & (along > 0), along**2 / np.maximum(own, _LEAST), 0.0)
    signal = signals[:, int(np.argmax(gain))]
    both, alone = expected.copy(), expected.copy()
    both[known] = _best(seen, there, relative, signal, held, means)
    alone[known] = _best(seen, there, relative, np.zeros(len(seen)), held, means)
    return both, alone


def goodness_with_signal(
    counts: Floats, both: Floats, alone: Floats, known: Bools, parameters: float
) -> float:
    """Return the p-value of a background with a signal, where the signal may be a little unlike.

    Args:
        counts: Effective counts, shape (bins,).
        both: What `with_signal` expects of background and signal, shape (bins,).
        alone: What it expects of the background alone, shape (bins,).
        known: In which bins they are compared, shape (bins,).
        parameters: Of the background, as for `criterion`.
    """
    seen = counts[known]
    left, without = (
        float(np.sum(deviance_of_bins(seen, np.maximum(expected[known], _LEAST))))
        for expected in (both, alone)
    )
    freedom = known.sum() - parameters - SIGNAL_PARAMETERS
    if left - freedom <= UNLIKE * (without - left):
        return 1.0
    return float(
        goodness_of_fit(
            np.zeros(len(counts), np.int64),
            counts,
            np.maximum(both, _LEAST),
            known,
            np.array([parameters + SIGNAL_PARAMETERS], np.float64),
        )[0]
    )


def _signals(bins: int, widths: Sequence[float]) -> Floats:
    """Return the templates of signals of all widths centred on all bins, shape (bins, signals)."""
    away = np.arange(bins)[:, None] - np.arange(bins)[None]
    found = []
    for width in widths:
        template = gaussian_template(width)
        reach = len(template) // 2
        inside = np.abs(away) <= reach
        found.append(np.where(inside, template[np.clip(away + reach, 0, 2 * reach)], 0.0))
    return np.hstack(found)


def _best(
    counts: Floats,
    background: Floats,
    relative: Floats,
    signal: Floats,
    held: Floats,
    means: Floats,
) -> Floats:
    """Return what the best background and signal expect, by Fisher scoring."""
    strengths = np.zeros(relative.shape[1])
    height = 0.0
    best, least = background, np.inf
    none = np.zeros(len(held))
    for _ in range(_STEPS):
        below = background * np.exp(relative @ strengths)
        there = np.maximum(below + height * signal, _LEAST * background)
        off = means - held @ strengths
        worse = float(np.sum(deviance_of_bins(counts, there)) + off @ off)
        if worse < least:
            best, least = there, worse
        root = np.sqrt(there)
        columns = np.column_stack([below[:, None] * relative, signal]) / root[:, None]
        columns = np.vstack([columns, np.column_stack([held, none])])
        wanted = np.concatenate([(counts - there) / root, off])
        step = np.linalg.lstsq(columns, wanted, rcond=None)[0]
        longest = float(np.max(np.abs(relative @ step[:-1]), initial=0.0))
        shortened = step * min(1.0, _LONGEST / longest) if longest > 0 else step
        strengths, height = strengths + shortened[:-1], max(height + float(shortened[-1]), 0.0)
    return best
