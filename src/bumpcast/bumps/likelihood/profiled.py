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

Newton's method starts for each bin from where the derivatives without a signal point. Where the
exact matrix of second derivatives is not positive definite, its expectation takes its place; a step
that lowers the likelihood, or leaves fewer than no events in a bin, is shortened.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood.columns import Columns, prepare_columns
from bumpcast.bumps.likelihood.newton import LEAST_PIVOT, maximise, slope_of
from bumpcast.bumps.likelihood.signal import gaussian_template
from bumpcast.bumps.linear_systems import solve_factorised, try_cholesky
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]

_EVERY: Final = math.inf
_MARGIN: Final = 0.3
"""An estimate that is this and a tenth of it below the largest significance is not computed."""
_OWN: Final = 0.3
"""Share of a signal's information that has to be its own for its estimate to be trusted."""
_LEAST: Final = 1e-300


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
    _scan_profiled(
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


@compiled
def _scan_profiled(  # type: ignore[no-untyped-def]
    first,
    counts,
    background,
    variance,
    share,
    relative,
    precision,
    centre,
    templates,
    of_width,
    skip,
    margin,
    z,
    width,
):
    """Fill z: in all bins, or with a finite margin in those that may have the largest."""
    n_modes = relative.shape[1]
    most = 0
    for histogram in range(len(first) - 1):
        most = max(most, first[histogram + 1] - first[histogram])
    # Columns of one histogram without the bins that are left out.
    n, b, v = np.empty(most), np.empty(most), np.empty(most)
    place = np.empty(most, np.int64)
    own = np.empty(n_modes, np.int64)
    for histogram in range(len(first) - 1):
        start, stop = first[histogram], first[histogram + 1]
        used = 0
        for bin_ in range(start, stop):
            if share[bin_] == 0.0:
                continue
            n[used], b[used], v[used] = counts[bin_], background[bin_], variance[bin_]
            place[used] = bin_
            used += 1
        # Modes that a histogram does not have are zero everywhere: they are left out.
        modes = free = 0
        for mode in range(n_modes):
            for bin_ in range(start, stop):
                if relative[bin_, mode] != 0.0:
                    own[modes] = mode
                    modes += 1
                    free += precision[histogram, mode] == 0.0
                    break
        if used <= free:
            continue
        a = np.empty((used, modes))
        for bin_ in range(used):
            for mode in range(modes):
                a[bin_, mode] = relative[place[bin_], own[mode]]
        prior = np.empty((2, modes))
        for mode in range(modes):
            prior[0, mode] = precision[histogram, own[mode]]
            prior[1, mode] = centre[histogram, own[mode]]
        begin = start + np.int64(np.floor(skip * (stop - start) + 1e-9))
        _scan_histogram(
            n[:used],
            b[:used],
            v[:used],
            a,
            prior,
            place[:used],
            share,
            templates,
            of_width,
            begin,
            margin,
            z,
            width,
        )


@compiled
def _scan_histogram(  # type: ignore[no-untyped-def]
    n, b, v, a, prior, place, share, templates, of_width, begin, margin, z, width
):
    """Fill z and the numbers of the widths of one histogram."""
    used, modes = a.shape
    widths = len(of_width) - 1
    null = np.zeros(modes + 1)
    found, without = maximise(n, b, v, a, prior, np.zeros(used), null, False)
    if not found:
        return
    # Derivatives of ln L without a signal, by each bin's expectation.
    there, slope, curvature = np.empty(used), np.empty(used), np.empty(used)
    factor = np.zeros((modes, modes))
    for bin_ in range(used):
        exponent = 0.0
        for mode in range(modes):
            exponent += a[bin_, mode] * null[mode]
        # A free shape may leave an empty tail with next to nothing.
        there[bin_] = max(b[bin_] * math.exp(exponent), _LEAST)
        slope[bin_] = slope_of(n[bin_], there[bin_], v[bin_])
        curvature[bin_] = 1.0 / (there[bin_] + v[bin_])
        weight = there[bin_] * there[bin_] * curvature[bin_]
        for row in range(modes):
            for column in range(row + 1):
                factor[row, column] += weight * a[bin_, row] * a[bin_, column]
    for mode in range(modes):
        factor[mode, mode] += prior[0, mode]
    if not try_cholesky(factor, modes, LEAST_PIVOT):
        return
    # A signal's number is its width's times the number of bins, plus that of its bin.
    estimate = np.full(widths * used, -math.inf)
    starts = np.empty((widths * used, modes + 1))
    mixed, shift = np.empty(modes), np.empty(modes)
    for signal_number in range(widths * used):
        middle = signal_number % used
        if place[middle] < begin:
            continue
        template = _template(templates, of_width, signal_number // used)
        reach = len(template) // 2
        up = information = 0.0
        mixed[:] = 0.0
        for bin_ in range(max(0, middle - reach), min(used, middle + reach + 1)):
            away = place[bin_] - place[middle] + reach
            if not 0 <= away < len(template):
                continue
            signal = template[away] * share[place[bin_]]
            up += signal * slope[bin_]
            information += signal * signal * curvature[bin_]
            for mode in range(modes):
                mixed[mode] += signal * curvature[bin_] * there[bin_] * a[bin_, mode]
        shift[:] = mixed
        solve_factorised(factor, modes, shift)
        left = information
        for mode in range(modes):
            left -= mixed[mode] * shift[mode]
        if left <= 1e-12 * information:
            # The modes can do all that the signal can.
            continue
        # Where the modes do most of what the signal does, the estimate is a poor one.
        estimate[signal_number] = math.inf if left < _OWN * information else up / math.sqrt(left)
        starts[signal_number, modes] = up / left
        for mode in range(modes):
            starts[signal_number, mode] = null[mode] - shift[mode] * up / left
    s = np.zeros(used)
    best = -math.inf
    for signal_number in np.argsort(-estimate):
        guess = estimate[signal_number]
        if guess == -math.inf or guess + margin + 0.1 * abs(best) < best:
            break
        middle = signal_number % used
        template = _template(templates, of_width, signal_number // used)
        reach = len(template) // 2
        for bin_ in range(used):
            away = place[bin_] - place[middle] + reach
            inside = 0 <= away < len(template)
            s[bin_] = template[away] * share[place[bin_]] if inside else 0.0
        parameters = starts[signal_number].copy()
        found, with_signal = maximise(n, b, v, a, prior, s, parameters, True)
        if not found or with_signal < without:
            parameters[:] = null
            found, with_signal = maximise(n, b, v, a, prior, s, parameters, True)
        if found:
            twice = 2.0 * (with_signal - without)
            value = math.copysign(math.sqrt(max(twice, 0.0)), parameters[modes])
            if not value <= z[place[middle]]:
                z[place[middle]] = value
                width[place[middle]] = signal_number // used
            best = max(best, value)


@compiled
def _template(templates, of_width, number):  # type: ignore[no-untyped-def]
    return templates[of_width[number] : of_width[number + 1]]
