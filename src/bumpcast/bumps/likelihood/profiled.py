"""Signed significances of a signal at every bin, for a background that can change its shape.

The background of bin i is b_i exp(sum_m theta_m a_im): a mode m changes all bins together, as a
parameter of a fitted function does, and its strength theta_m has a normal prior of mean c_m and
precision p_m (0: none). With a signal of strength mu and template s the expectation is

    B_i = b_i exp(a_i theta) + mu s_i,

and the logarithm of the likelihood is that of Poisson counts (each bin's own uncertainty is
profiled as in `significance`), less p_m (theta_m - c_m)^2 / 2 for each mode. It is maximised over
the strengths of the modes without a signal, then over these and mu with one centred on each bin; z
is the signed root of twice the difference (G. Cowan et al., arXiv:1007.1727, eq. 12 without the
bound at mu = 0). The exponential keeps backgrounds positive, and is exact for the exponential of a
polynomial.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood.columns import Columns, prepare_columns
from bumpcast.bumps.likelihood.profiling import scan_profiled
from bumpcast.bumps.likelihood.signal import gaussian_template

Floats = npt.NDArray[np.float64]

_EVERY: Final = math.inf
_MARGIN: Final = 0.3
"""An estimate that is this and a tenth of it below the largest significance is not computed."""


def profiled_significances(
    offsets: npt.ArrayLike,
    counts: npt.ArrayLike,
    background: npt.ArrayLike,
    modes: npt.ArrayLike,
    precisions: npt.ArrayLike,
    centres: npt.ArrayLike,
    *,
    uncertainty: npt.ArrayLike | None = None,
    width_bins: float = 1.0,
    event_weight: npt.ArrayLike | None = None,
) -> Floats:
    """Return the signed significance of a signal at every bin of many histograms.

    Args:
        offsets: Histogram h has the bins offsets[h] to offsets[h + 1]; shape (histograms + 1,).
        counts: Observed, or sums of weights; shape (bins,).
        background: Expected without a signal, in the same unit; shape (bins,).
        modes: What the background changes by where the strength of a mode does by 1, to first
            order, in the same unit; shape (bins, modes). Zero for a mode that a histogram does not
            have.
        precisions: Of the strengths' priors, shape (histograms, modes); 0: the counts alone say.
        centres: Means of the strengths' priors, shape (histograms, modes).
        uncertainty: As in `signed_significances`; shape (bins,).
        width_bins: Standard deviation of the signal in bins.
        event_weight: As in `signed_significances`; shape (bins,).

    Returns:
        z of a signal centred on each bin. NaN where nothing can be said: in bins that
        `signed_significances` leaves out, in histograms with no more such bins than modes without
        a prior, and where a maximum is not found.

    Raises:
        ValueError: The arrays do not fit together, or the width is not positive.
    """
    z, _ = profiled_scan(
        offsets,
        counts,
        background,
        modes,
        precisions,
        centres,
        [width_bins],
        uncertainty=uncertainty,
        event_weight=event_weight,
    )
    return z


def profiled_scan(
    offsets: npt.ArrayLike,
    counts: npt.ArrayLike,
    background: npt.ArrayLike,
    modes: npt.ArrayLike,
    precisions: npt.ArrayLike,
    centres: npt.ArrayLike,
    widths_bins: Sequence[float],
    *,
    uncertainty: npt.ArrayLike | None = None,
    event_weight: npt.ArrayLike | None = None,
    skip: float | None = None,
) -> tuple[Floats, Floats]:
    """Return at every bin the largest of the significances of signals of several widths.

    Args:
        offsets: As in `profiled_significances`.
        counts: As in `profiled_significances`.
        background: As in `profiled_significances`.
        modes: As in `profiled_significances`.
        precisions: As in `profiled_significances`.
        centres: As in `profiled_significances`.
        widths_bins: Standard deviations of the signals in bins.
        uncertainty: As in `profiled_significances`.
        event_weight: As in `profiled_significances`.
        skip: Only the largest significance of each histogram is wanted, without this share of its
            first bins: all are estimated from the derivatives of the likelihood without a signal,
            and those are computed whose estimate is near the largest, in a tenth of the time. NaN
            stands for the others. Absent: all are computed.

    Returns:
        z of a signal centred on each bin and the width of that signal, shape (bins,) each.

    Raises:
        ValueError: As `profiled_significances`.
    """
    columns, relative, precision, centre = _prepare(
        offsets, counts, background, modes, precisions, centres, uncertainty, event_weight
    )
    templates = [gaussian_template(width) for width in widths_bins]
    z = np.full(len(columns.counts), np.nan)
    width = np.full(len(columns.counts), -1, np.int64)
    scan_profiled(
        columns.offsets,
        columns.counts,
        columns.background,
        columns.variance,
        columns.share,
        relative,
        precision,
        centre,
        np.concatenate([*templates, np.empty(0)]),
        np.cumsum([0, *(len(template) for template in templates)]),
        0.0 if skip is None else skip,
        _EVERY if skip is None else _MARGIN,
        z,
        width,
    )
    known = np.array([*widths_bins, np.nan])
    return z, known[width]


def _prepare(
    offsets: npt.ArrayLike,
    counts: npt.ArrayLike,
    background: npt.ArrayLike,
    modes: npt.ArrayLike,
    precisions: npt.ArrayLike,
    centres: npt.ArrayLike,
    uncertainty: npt.ArrayLike | None,
    event_weight: npt.ArrayLike | None,
) -> tuple[Columns, Floats, Floats, Floats]:
    """Return the columns in events, the modes' relative changes, precisions and centres."""
    columns = prepare_columns(offsets, counts, background, uncertainty, event_weight)
    change = np.asarray(modes, dtype=np.float64)
    precision = np.asarray(precisions, dtype=np.float64)
    centre = np.asarray(centres, dtype=np.float64)
    histograms = len(columns.offsets) - 1
    if change.ndim != 2 or len(change) != len(columns.counts):
        msg = f"modes of shape {change.shape} for {len(columns.counts)} bins"
        raise ValueError(msg)
    wanted = (histograms, change.shape[1])
    if precision.shape != wanted or centre.shape != wanted:
        msg = f"precisions {precision.shape} and centres {centre.shape} must be of shape {wanted}"
        raise ValueError(msg)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = change / np.asarray(background, dtype=np.float64)[:, None]
    relative[columns.share == 0.0] = 0.0
    return columns, relative, precision, centre
