"""Energy flow in one tower: what its tracks account for, and what is neutral."""

from __future__ import annotations

import math

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.tables import tower_resolution_at


@compiled
def track_variance(energy, fraction, relative, resolution, abs_eta):  # type: ignore[no-untyped-def]
    """Return what a track adds to the squared uncertainty of a tower's charged energy, in GeV^2.

    Args:
        energy: Of the track in GeV.
        fraction: Part of it that belongs to this calorimeter.
        relative: Relative resolution of the track.
        resolution: Of the calorimeter.
        abs_eta: |eta| of the tower's centre.
    """
    # Where the calorimeter would measure a particle of this energy better than the track does,
    # only the part in this calorimeter counts.
    if tower_resolution_at(resolution, abs_eta, energy) < relative * energy:
        energy *= fraction
    return (relative * energy) ** 2


@compiled
def shared(  # type: ignore[no-untyped-def]
    measured, sigma, charged, variance, energy_min, significance_min
):
    """Share the energy of a tower with the tracks that point to it.

    Args:
        measured: Energy of the tower in GeV; 0 where it is not significant.
        sigma: Its uncertainty, before a tower that is not significant was set to 0.
        charged: Energy of the tracks in GeV.
        variance: Its squared uncertainty.
        energy_min: Least energy of a neutral object in GeV.
        significance_min: Least significance of one.

    Returns:
        The energy of the neutral object, 0 for none; the factor of the tracks' momenta.
    """
    excess = max(measured - charged, 0.0)
    if excess > energy_min and excess > significance_min * math.sqrt(variance + sigma * sigma):
        return excess, 1.0
    if charged <= 0.0:
        return 0.0, 1.0
    by_tracks = 1.0 / variance if variance > 0.0 else 0.0
    by_tower = 1.0 / (sigma * sigma) if sigma > 0.0 else 0.0
    if by_tracks + by_tower <= 0.0:
        return 0.0, 1.0
    best = by_tracks * charged + by_tower * measured
    return 0.0, best / ((by_tracks + by_tower) * charged)


@compiled
def rescale(factor, mass, momenta, of, scaled, to):  # type: ignore[no-untyped-def]
    """Write a four-momentum that is scaled at constant mass.

    Args:
        factor: Of the momentum.
        mass: In GeV.
        momenta: px, py, pz and energy of all tracks, in rows.
        of: Column of the track.
        scaled: Where the result goes, in rows.
        to: Column of the result.
    """
    if factor == 1.0:
        for part in range(4):
            scaled[part, to] = momenta[part, of]
        return
    square = mass * mass
    for part in range(3):
        value = factor * momenta[part, of]
        scaled[part, to] = value
        square += value * value
    scaled[3, to] = math.sqrt(square)
