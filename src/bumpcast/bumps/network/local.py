"""Significances with a background of the neighbourhood alone.

What a global fit leaves is smooth where the fit is not right: residuals in units of their standard
deviations are described by a polynomial of the bin number in a window around each bin, and a signal
in its middle is what sticks out of it (least squares with all coefficients free). So a spectrum
that no function describes as a whole has no excess for that reason alone.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bumpcast.compiled import compiled

WINDOWS: Final = ((6, 2), (10, 3), (16, 4))
"""Bins on either side, and the order of the polynomial."""

_FARTHEST: Final = 100.0
_LEAST_LEFT: Final = 0.02
"""Of a signal's information: less is not known of it at all."""


@compiled
def local_z(n, s, expected, template, reach, order, basis, z):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin over a polynomial in the window around it.

    Args:
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        expected: A global fit, shape (bins,).
        template: Shares of a signal in bins.
        reach: Bins of the window on either side.
        order: Of the polynomial.
        basis: Space, shape (at least order + 1, at least 2 reach + 1).
        z: Filled, shape (bins,).
    """
    bins = len(n)
    near = len(template) // 2
    scale, residual = np.zeros(bins), np.zeros(bins)
    for i in range(bins):
        if s[i] > 0.0:
            scale[i] = math.sqrt(s[i] / expected[i])
            residual[i] = (n[i] - expected[i]) * scale[i]
    before = -1
    for i in range(bins):
        begin, end = max(0, i - reach), min(bins, i + reach + 1)
        # Windows that are whole have the same polynomials, the others each their own.
        if end - begin != before or begin == 0 or end == bins:
            _orthonormal(end - begin, order, basis)
            before = end - begin
        signal_squared, product = 0.0, 0.0
        first, last = max(begin, i - near), min(end, i + near + 1)
        for k in range(first, last):
            g = template[k - i + near] * scale[k]
            signal_squared += g * g
            product += g * residual[k]
        z[i] = 0.0
        if signal_squared == 0.0 or s[i] == 0.0:
            continue
        left = signal_squared
        for p in range(min(order, end - begin - 1) + 1):
            of_signal, of_residual = 0.0, 0.0
            for k in range(first, last):
                of_signal += basis[p, k - begin] * template[k - i + near] * scale[k]
            for k in range(begin, end):
                of_residual += basis[p, k - begin] * residual[k]
            left -= of_signal * of_signal
            product -= of_signal * of_residual
        left = max(left, _LEAST_LEFT * signal_squared)
        z[i] = min(max(product / math.sqrt(left), -_FARTHEST), _FARTHEST)


@compiled
def _orthonormal(bins, order, basis):  # type: ignore[no-untyped-def]
    """Fill polynomials of the bin number that are orthonormal over a window.

    By their recurrence (G. E. Forsythe, J. SIAM 5 (1957) 74).
    """
    middle, half = 0.5 * (bins - 1), max(0.5 * (bins - 1), 1.0)
    for i in range(bins):
        basis[0, i] = 1.0 / math.sqrt(bins)
    for p in range(1, min(order, bins - 1) + 1):
        for i in range(bins):
            basis[p, i] = (i - middle) / half * basis[p - 1, i]
        # Twice, so that rounding does not add up.
        for _ in range(2):
            for q in range(max(p - 2, 0), p):
                overlap = 0.0
                for i in range(bins):
                    overlap += basis[p, i] * basis[q, i]
                for i in range(bins):
                    basis[p, i] -= overlap * basis[q, i]
        norm = 0.0
        for i in range(bins):
            norm += basis[p, i] * basis[p, i]
        norm = 1.0 / math.sqrt(norm)
        for i in range(bins):
            basis[p, i] *= norm
