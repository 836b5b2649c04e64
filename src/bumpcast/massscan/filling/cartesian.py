"""Transverse momentum and angles to Cartesian components, in vector instructions."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled

HALF_PI_PARTS: Final = (1.5707963267341256, 6.077100506506192e-11)
"""Pi / 2 as a number of 33 bits, whose small multiples are exact, and the rest."""

LARGEST_ANGLE: Final = 1.0e5
"""Up to this angle (radians) the reduction by multiples of pi / 2 is good to a rounding."""


@compiled
def _rotate(radius, angle, x, y):  # type: ignore[no-untyped-def]
    """Write radius * (cos, sin) of angles.

    The library's sine is a call an angle; this loop has no branch and becomes vector code. The
    polynomials are those of fdlibm's __kernel_sin and __kernel_cos (Sun Microsystems, 1993), good
    to below one unit in the last place on [-pi/4, pi/4].
    """
    first, rest = HALF_PI_PARTS
    for item in range(len(angle)):
        quarters = np.floor(angle[item] * 0.6366197723675814 + 0.5)
        r = (angle[item] - quarters * first) - quarters * rest
        z = r * r
        sine = r + r * z * (
            -1.66666666666666324348e-01
            + z
            * (
                8.33333333332248946124e-03
                + z
                * (
                    -1.98412698298579493134e-04
                    + z
                    * (
                        2.75573137070700676789e-06
                        + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)
                    )
                )
            )
        )
        cosine = (
            1.0
            - 0.5 * z
            + z
            * z
            * (
                4.16666666666666019037e-02
                + z
                * (
                    -1.38888888888741095749e-03
                    + z
                    * (
                        2.48015872894767294178e-05
                        + z
                        * (
                            -2.75573143513906633035e-07
                            + z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11)
                        )
                    )
                )
            )
        )
        quarter = np.int64(quarters) & 3
        swap = (quarter & 1) == 1
        c = sine if swap else cosine
        s = cosine if swap else sine
        x[item] = radius[item] * (-c if quarter == 1 or quarter == 2 else c)
        y[item] = radius[item] * (-s if quarter >= 2 else s)


@compiled
def _rows(pt, px, py, sinh_eta, mass):  # type: ignore[no-untyped-def]
    rows = np.empty((len(pt), 4), np.float64)
    for item in range(len(pt)):
        pz = pt[item] * sinh_eta[item]
        rows[item, 0] = px[item]
        rows[item, 1] = py[item]
        rows[item, 2] = pz
        rows[item, 3] = math.sqrt(pt[item] * pt[item] + pz * pz + mass[item] * mass[item])
    return rows


def transverse(
    radius: npt.NDArray[np.float64], angle: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the x and y components of transverse vectors.

    Args:
        radius: Lengths, in any unit.
        angle: Azimuths in radians.
    """
    x, y = np.empty_like(radius), np.empty_like(radius)
    if angle.size and max(angle.max(), -angle.min()) > LARGEST_ANGLE:
        np.multiply(radius, np.cos(angle), out=x)
        np.multiply(radius, np.sin(angle), out=y)
    else:
        _rotate(radius, angle, x, y)
    return x, y


def four_vectors(
    pt: npt.NDArray[np.float64],
    eta: npt.NDArray[np.float64],
    phi: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return px, py, pz and energy in GeV, side by side for each object: shape (objects, 4).

    Args:
        pt: Transverse momenta in GeV.
        eta: Pseudorapidities.
        phi: Azimuths in radians.
        mass: Masses in GeV.
    """
    rows: npt.NDArray[np.float64] = _rows(pt, *transverse(pt, phi), np.sinh(eta), mass)
    return rows
