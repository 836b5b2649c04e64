"""Significances in the limit of many events, where the likelihood is a parabola.

They are those of weighted least squares, in which the modes of the background are projected out:
close to the exact ones wherever the counts are close to the background, and quick.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bumpcast.bumps.backgrounds.estimate import BackgroundEstimate
from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.linear_systems import solve_lower, try_cholesky
from bumpcast.bumps.spectra import Spectra
from bumpcast.compiled import compiled

Floats = npt.NDArray[np.float64]


def linear_significances(
    spectra: Spectra, background: BackgroundEstimate, *, width_bins: float = 1.0
) -> Floats:
    """Return signed significances in the limit of many events, with the background profiled.

    Args:
        spectra: What was observed.
        background: Its background.
        width_bins: Standard deviation of the signal in bins.

    Returns:
        Shape (bins,); NaN where there is no background, or no signal can be told from it.
    """
    usable = np.isfinite(spectra.counts) & (background.expected > 0)
    weight = spectra.event_weight
    expected = np.where(usable, background.expected, 1.0)
    own = np.where(usable, background.uncertainty, 0.0)
    variance = expected * weight + own**2
    z = np.full(len(expected), np.nan)
    _scan(
        spectra.offsets,
        usable,
        np.where(usable, spectra.counts - expected, 0.0),
        np.sqrt(variance),
        background.modes,
        background.precisions,
        background.centres,
        gaussian_template(width_bins),
        z,
    )
    return z


@compiled
def _scan(offsets, usable, rest, sigma, modes, precisions, centres, template, z):  # type: ignore[no-untyped-def]
    reach = len(template) // 2
    size = modes.shape[1]
    most = 0
    for histogram in range(len(offsets) - 1):
        most = max(most, offsets[histogram + 1] - offsets[histogram])
    free = np.empty((most, size))
    left_over = np.empty(most)
    for histogram in range(len(offsets) - 1):
        start, stop = offsets[histogram], offsets[histogram + 1]
        used = np.zeros(size, np.int64)
        number = 0
        for m in range(size):
            for i in range(start, stop):
                if usable[i] and modes[i, m] != 0.0:
                    used[number] = m
                    number += 1
                    break
        information = np.zeros((size, size))
        slope = np.zeros(size)
        for a in range(number):
            slope[a] = precisions[histogram, used[a]] * centres[histogram, used[a]]
            information[a, a] = precisions[histogram, used[a]] + 1e-9
        for i in range(start, stop):
            if not usable[i]:
                continue
            for a in range(number):
                scaled = modes[i, used[a]] / sigma[i]
                slope[a] += scaled * rest[i] / sigma[i]
                for b in range(a + 1):
                    information[a, b] += scaled * modes[i, used[b]] / sigma[i]
        if not try_cholesky(information, number, 0.0):
            continue
        # Modes as columns that are orthonormal in what the counts say of them and the prior.
        solve_lower(information, number, slope)
        for i in range(start, stop):
            if not usable[i]:
                continue
            own = free[i - start]
            for a in range(number):
                own[a] = modes[i, used[a]] / sigma[i]
            solve_lower(information, number, own)
            pull = rest[i] / sigma[i]
            for a in range(number):
                pull -= own[a] * slope[a]
            left_over[i - start] = pull
        overlap = np.zeros(size)
        for centre in range(start, stop):
            if not usable[centre]:
                continue
            seen = 0.0
            known = 0.0
            overlap[:] = 0.0
            for i in range(max(start, centre - reach), min(stop, centre + reach + 1)):
                if not usable[i]:
                    continue
                signal = template[i - centre + reach] / sigma[i]
                seen += signal * left_over[i - start]
                known += signal * signal
                for a in range(number):
                    overlap[a] += signal * free[i - start, a]
            left = known
            for a in range(number):
                left -= overlap[a] * overlap[a]
            if left > 1e-6 * known:
                z[centre] = seen / math.sqrt(left)
