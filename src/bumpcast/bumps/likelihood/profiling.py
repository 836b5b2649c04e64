"""The compiled scan for a background with modes, a histogram after the other; see profiled.py.

Newton's method starts for each bin from where the derivatives without a signal point. Where the
exact matrix of second derivatives is not positive definite, its expectation takes its place; a step
that lowers the likelihood, or leaves fewer than no events in a bin, is shortened.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.bumps.likelihood.newton import LEAST_PIVOT, maximise, slope_of
from bumpcast.bumps.linear_systems import solve_factorised, try_cholesky
from bumpcast.compiled import compiled

_OWN: Final = 0.3
"""Share of a signal's information that has to be its own for its estimate to be trusted."""
_LEAST: Final = 1e-300


@compiled
def scan_profiled(  # type: ignore[no-untyped-def]
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
