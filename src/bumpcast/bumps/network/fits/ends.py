"""Signals in the first and the last bins, which a model takes for a steeper end."""

from __future__ import annotations

import math

from bumpcast.bumps.linear_systems import cholesky, solve_lower, solve_upper
from bumpcast.bumps.network.fits.profiling import gain, strength
from bumpcast.bumps.network.fits.weighing import (
    END,
    LARGEST_GAIN,
    SUSPICIOUS,
    SUSPICIOUS_PROFILED,
    WINDOW_BINS,
)
from bumpcast.compiled import compiled


@compiled
def look_at_end(side, size, n, s, template, work, theta, begin):  # type: ignore[no-untyped-def]
    """Find where the first or the last bins stick out of a fit that has not seen them.

    That fit is one step of Newton's method away from the one to all bins (as with deleted
    residuals, R. D. Cook, Technometrics 19 (1977) 15).

    Args:
        side: 0: the first bins, 1: the last ones.
        size: Number of parameters.
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        template: Shares of a signal in bins.
        work: As a fit to all bins left it, with slopes from `uncorrelate`.
        theta: Its parameters.
        begin: Filled with parameters to begin with, the signal's strength last.

    Returns:
        The bin in which a signal would be; -1: they do not stick out.
    """
    _, expected, slopes, parameters, root, lines, left = work
    step, beyond = parameters[0], lines[0]
    bins = len(n)
    first, last = (0, END) if side == 0 else (bins - END, bins)
    # In the parameters that are uncorrelated in the fit to all bins.
    for j in range(size):
        step[j] = 0.0
        left[j, : j + 1] = 0.0
        left[j, j] = 1.0
    for i in range(first, last):
        w = s[i] / expected[i]
        pull = w * (n[i] - expected[i])
        for j in range(size):
            step[j] -= pull * slopes[j, i]
            for k in range(j + 1):
                left[j, k] -= w * slopes[j, i] * slopes[k, i]
    cholesky(left, size)
    solve_lower(left, size, step)
    solve_upper(left, size, step)
    for i in range(max(0, first - len(template)), min(bins, last + len(template))):
        change = 0.0
        for k in range(size):
            change += slopes[k, i] * step[k]
        # Never below nothing, and not more than a model may grow in one step.
        beyond[i] = expected[i] * math.exp(min(max(change / expected[i], -3.0), 3.0))
    at, room = -1, 0.0
    for i in range(first, last):
        here = gain(i, n, s, template, beyond) if s[i] > 0.0 else 0.0
        if here > room:
            at, room = i, here
    if at < 0:
        return -1
    variance = 0.0
    for k in range(size):
        begin[k] = step[k]
        step[k] = slopes[k, at]
    solve_lower(left, size, step)
    for k in range(size):
        variance += step[k] ** 2
    profiled = room / math.sqrt(1.0 + WINDOW_BINS * s[at] / beyond[at] * variance)
    if room < SUSPICIOUS or profiled < SUSPICIOUS_PROFILED:
        return -1
    solve_upper(root, size, begin)
    for k in range(size):
        begin[k] = theta[k] + min(max(begin[k], -1.0), 1.0)
    begin[size] = strength(min(room, LARGEST_GAIN), at, s, template, beyond)
    return at
