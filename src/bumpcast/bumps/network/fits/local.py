"""Significances with a background of the neighbourhood alone.

What a global fit leaves is smooth where the fit is not right: residuals in units of their standard
deviations are described by a polynomial of the bin number in a window around each bin, and a signal
in its middle is what sticks out of it (least squares with all coefficients free). So a spectrum
that no function describes as a whole has no excess for that reason alone.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled_in_any_order

WINDOWS: Final = ((6, 2), (10, 3), (16, 4))
"""Bins on either side, and the order of the polynomial."""

_FARTHEST: Final = 100.0
_LEAST_LEFT: Final = 0.02
"""Of a signal's information: less is not known of it at all."""


@cache
def window_bases(reach: int, order: int) -> npt.NDArray[np.float64]:
    """Return polynomials of the bin number that are orthonormal over windows of every length.

    By their recurrence (G. E. Forsythe, J. SIAM 5 (1957) 74).

    Args:
        reach: Bins of the longest window on either side.
        order: The highest of the polynomials.

    Returns:
        Shape (2 reach + 2, order + 1, 2 reach + 1): by length, order, and bin of the window; 0
        where a window has no bin, or no polynomial of that order of its own.
    """
    longest = 2 * reach + 1
    bases = np.zeros((longest + 1, order + 1, longest))
    for length in range(1, longest + 1):
        basis = bases[length, :, :length]
        place = np.linspace(-1.0, 1.0, length) if length > 1 else np.zeros(1)
        basis[0] = 1.0 / np.sqrt(length)
        for p in range(1, min(order, length - 1) + 1):
            basis[p] = place * basis[p - 1]
            # Twice, so that rounding does not add up.
            for _ in range(2):
                for q in range(max(p - 2, 0), p):
                    basis[p] -= (basis[p] @ basis[q]) * basis[q]
            basis[p] /= np.linalg.norm(basis[p])
    return bases


@compiled_in_any_order
def local_z(n, s, expected, template, bases, z):  # type: ignore[no-untyped-def]
    """Fill z of a signal at every bin over a polynomial in the window around it.

    Args:
        n: Counts, shape (bins,).
        s: Events that one unit of them stands for; 0: left out.
        expected: A global fit, shape (bins,).
        template: Shares of a signal in bins.
        bases: From `window_bases`.
        z: Filled, shape (bins,).
    """
    bins, reach, orders = len(n), bases.shape[2] // 2, bases.shape[1]
    near = len(template) // 2
    scale, residual = np.zeros(bins), np.zeros(bins)
    for i in range(bins):
        scale[i] = math.sqrt(s[i] / expected[i])
        residual[i] = (n[i] - expected[i]) * scale[i]
    for i in range(bins):
        begin, end = max(0, i - reach), min(bins, i + reach + 1)
        basis = bases[end - begin]
        first, last = max(begin, i - near), min(end, i + near + 1)
        signal_squared, product = 0.0, 0.0
        for k in range(first, last):
            g = template[k - i + near] * scale[k]
            signal_squared += g * g
            product += g * residual[k]
        z[i] = 0.0
        if signal_squared == 0.0 or s[i] == 0.0:
            continue
        left = signal_squared
        for p in range(orders):
            of_signal, of_residual = 0.0, 0.0
            for k in range(first, last):
                of_signal += basis[p, k - begin] * template[k - i + near] * scale[k]
            for k in range(end - begin):
                of_residual += basis[p, k] * residual[begin + k]
            left -= of_signal * of_signal
            product -= of_signal * of_residual
        left = max(left, _LEAST_LEFT * signal_squared)
        z[i] = min(max(product / math.sqrt(left), -_FARTHEST), _FARTHEST)
