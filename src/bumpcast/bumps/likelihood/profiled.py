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

Newton's method starts for each bin from the best background without a signal. Where the exact
matrix of second derivatives is not positive definite, its expectation takes its place; a step that
lowers the likelihood, or leaves fewer than no events in a bin, is shortened.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.likelihood.columns import prepare_columns
from bumpcast.bumps.likelihood.signal import gaussian_template
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]

_MOST_STEPS: Final = 60
_PRECISION: Final = 1e-7
"""Of ln L: a step that promises less ends the search."""
_LARGEST_EXPONENT: Final = 50.0
_MOST_HALVINGS: Final = 40


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
    z = np.full(len(columns.counts), np.nan)
    _scan_profiled(
        columns.offsets,
        columns.counts,
        columns.background,
        columns.variance,
        columns.share,
        relative,
        precision,
        centre,
        gaussian_template(width_bins),
        z,
    )
    return z


@compiled
def _scan_profiled(  # type: ignore[no-untyped-def]
    first, counts, background, variance, share, relative, precision, centre, template, z
):
    reach = len(template) // 2
    n_modes = relative.shape[1]
    most = 0
    for histogram in range(len(first) - 1):
        most = max(most, first[histogram + 1] - first[histogram])
    # Columns of one histogram without the bins that are left out.
    n, b, v, s = np.empty(most), np.empty(most), np.empty(most), np.empty(most)
    a = np.empty((most, n_modes))
    place = np.empty(most, np.int64)
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
        own = np.zeros(n_modes, np.int64)
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
        for bin_ in range(used):
            for mode in range(modes):
                a[bin_, mode] = relative[place[bin_], own[mode]]
        prior = np.empty((2, modes))
        for mode in range(modes):
            prior[0, mode] = precision[histogram, own[mode]]
            prior[1, mode] = centre[histogram, own[mode]]
        no_signal = np.zeros(used)
        null = np.zeros(modes + 1)
        found, without = _maximise(
            n[:used], b[:used], v[:used], a[:used, :modes], prior, no_signal, null, False
        )
        if not found:
            continue
        for middle in range(used):
            for bin_ in range(used):
                away = place[bin_] - place[middle] + reach
                inside = 0 <= away < len(template)
                s[bin_] = template[away] * share[place[bin_]] if inside else 0.0
            best = null.copy()
            found, with_signal = _maximise(
                n[:used], b[:used], v[:used], a[:used, :modes], prior, s[:used], best, True
            )
            if found:
                twice = 2.0 * (with_signal - without)
                z[place[middle]] = math.copysign(math.sqrt(max(twice, 0.0)), best[modes])


@compiled
def _maximise(n, b, v, a, prior, s, parameters, with_signal):  # type: ignore[no-untyped-def]
    """Move parameters (strengths of modes, then mu) to the largest ln L.

    Returns:
        Whether it was found, and ln L there up to what depends on the counts alone.
    """
    modes = a.shape[1]
    size = modes + 1 if with_signal else modes
    gradient, step = np.empty(size), np.empty(size)
    exact, expected = np.empty((size, size)), np.empty((size, size))
    trial = parameters.copy()
    value = _expand(n, b, v, a, prior, s, parameters, gradient, exact, expected)
    for _ in range(_MOST_STEPS):
        step[:] = gradient
        if not _solve(exact, step):
            step[:] = gradient
            if not _solve(expected, step):
                return False, value
        promised = 0.0
        for row in range(size):
            promised += step[row] * gradient[row]
        if promised <= _PRECISION:
            # What the last step would still gain is known to second order.
            return True, value + 0.5 * promised
        factor = 1.0
        better = False
        there = value
        for _ in range(_MOST_HALVINGS):
            for row in range(size):
                trial[row] = parameters[row] + factor * step[row]
            there = _expand(n, b, v, a, prior, s, trial, gradient, exact, expected)
            if there >= value:
                better = True
                break
            factor *= 0.5
        if not better:
            # Rounding hides what is left to gain, or a bin has reached zero.
            return True, value
        gained = there - value
        value = there
        parameters[:] = trial
        if gained <= _PRECISION:
            return True, value
    return True, value


@compiled
def _expand(n, b, v, a, prior, s, parameters, gradient, exact, expected):  # type: ignore[no-untyped-def]
    """Fill the gradient of ln L, minus its second derivatives, and the expectation of these.

    Returns:
        ln L less what it is at the backgrounds b; minus infinity, with nothing filled, where a bin
        would be negative.
    """
    modes = a.shape[1]
    size = len(gradient)
    mu = parameters[modes]
    gradient[:] = 0.0
    exact[:] = 0.0
    expected[:] = 0.0
    by = np.empty(size)
    total = 0.0
    for bin_ in range(len(n)):
        exponent = 0.0
        for mode in range(modes):
            exponent += a[bin_, mode] * parameters[mode]
        if exponent > _LARGEST_EXPONENT:
            return -math.inf
        seen, known, uncertain, signal = n[bin_], b[bin_], v[bin_], s[bin_]
        there = known * math.exp(exponent)
        full = there + mu * signal
        total -= full - known
        if uncertain == 0.0:
            if full <= 0.0:
                if full < 0.0 or seen > 0.0:
                    return -math.inf
                # An empty bin at its limit: it pulls downward, and nothing more can come of that.
                slope, curvature, mean_curvature = -1.0, 0.0, 0.0
            else:
                if seen > 0.0:
                    # Far from a signal the exponent is the logarithm of the ratio already.
                    total += seen * (exponent if mu * signal == 0.0 else math.log(full / known))
                slope = seen / full - 1.0
                curvature = seen / full / full
                mean_curvature = 1.0 / full
        else:
            slope = _slope(seen, full, uncertain)
            without = _slope(seen, known, uncertain)
            total -= uncertain * (slope - without)
            total -= 0.5 * uncertain * (slope * slope - without * without)
            if seen > 0.0:
                best, best_without = full + uncertain * slope, known + uncertain * without
                total += seen * math.log(best / best_without)
            root = math.sqrt((full - uncertain) * (full - uncertain) + 4.0 * seen * uncertain)
            curvature = (1.0 - (full - uncertain) / root) / (2.0 * uncertain) if root > 0.0 else 0.0
            mean_curvature = 1.0 / (full + uncertain)
        for row in range(modes):
            by[row] = there * a[bin_, row]
        last = modes
        if size > modes and signal != 0.0:
            by[modes] = signal
            last = size
        for row in range(last):
            gradient[row] += slope * by[row]
            for column in range(row + 1):
                product = by[row] * by[column]
                expected[row, column] += mean_curvature * product
                exact[row, column] += curvature * product
        for row in range(modes):
            for column in range(row + 1):
                exact[row, column] -= slope * a[bin_, row] * by[column]
    for mode in range(modes):
        away, centre = parameters[mode] - prior[1, mode], prior[1, mode]
        total -= 0.5 * prior[0, mode] * (away * away - centre * centre)
        gradient[mode] -= prior[0, mode] * away
        exact[mode, mode] += prior[0, mode]
        expected[mode, mode] += prior[0, mode]
    return total


@compiled
def _slope(n, expected, v):  # type: ignore[no-untyped-def]
    """Return the derivative of a bin's profiled ln L by its expectation; see `significance`."""
    root = math.sqrt((expected - v) * (expected - v) + 4.0 * n * v)
    return 2.0 * (n - expected) / (root + expected + v)


@compiled
def _solve(matrix, vector):  # type: ignore[no-untyped-def]
    """Replace a vector by the solution of matrix x = vector; False: not positive definite.

    Only the lower half of the matrix is read; it is overwritten by its Cholesky factor.
    """
    size = len(vector)
    for row in range(size):
        for column in range(row + 1):
            total = matrix[row, column]
            for k in range(column):
                total -= matrix[row, k] * matrix[column, k]
            if row == column:
                if total <= 1e-12 * abs(matrix[row, row]) or not math.isfinite(total):
                    return False
                matrix[row, row] = math.sqrt(total)
            else:
                matrix[row, column] = total / matrix[column, column]
    for row in range(size):
        for k in range(row):
            vector[row] -= matrix[row, k] * vector[k]
        vector[row] /= matrix[row, row]
    for row in range(size - 1, -1, -1):
        for k in range(row + 1, size):
            vector[row] -= matrix[k, row] * vector[k]
        vector[row] /= matrix[row, row]
    return True
