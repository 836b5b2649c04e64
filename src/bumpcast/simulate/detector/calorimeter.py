"""A calorimeter: towers, and energy flow, which takes charged energy from tracks where it can.

Each particle leaves a part of its energy in the tower that it hits; the tower's energy is smeared.
What a tower has in significant excess of its tracks is a neutral object. Without such an excess the
tracks are scaled to the mean of both measurements, weighted by their resolutions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.detector.deposits import Deposits, write_deposit
from bumpcast.simulate.detector.energy_sharing import rescale, shared, track_variance
from bumpcast.simulate.detector.propagation import Propagated
from bumpcast.simulate.detector.randomness import start, uniform
from bumpcast.simulate.detector.smearing import log_normal
from bumpcast.simulate.detector.tables import (
    CalorimeterTable,
    fraction_of,
    tower_at,
    tower_resolution_at,
)
from bumpcast.simulate.detector.tracks import FoundTracks
from bumpcast.simulate.events import Offsets, Particles

ECAL_STAGE, HCAL_STAGE = 1, 2
"""Numbers of these stages' random numbers."""

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class CalorimeterResult:
    """What one calorimeter makes of a block of events.

    Attributes:
        towers: All towers with energy.
        neutrals: Energy without tracks.
        tracks: Tracks that hit it, rescaled where it knows better.
        cells: Tower that each of these tracks hits.
    """

    towers: Deposits
    neutrals: Deposits
    tracks: FoundTracks
    cells: Offsets


def measure(
    particles: Particles,
    propagated: Propagated,
    tracks: FoundTracks,
    table: CalorimeterTable,
    stage: int,
    block_key: np.uint64,
) -> CalorimeterResult:
    """Let all particles and tracks of a block enter a calorimeter.

    Args:
        particles: The generated events.
        propagated: Where their particles arrive.
        tracks: Tracks, which arrive where their particles do.
        table: Towers, fractions and resolutions.
        stage: ECAL_STAGE or HCAL_STAGE, for the random numbers.
        block_key: Of the random numbers.
    """
    events = len(propagated.offsets) - 1
    most = len(propagated.origin)
    offsets = np.zeros((3, events + 1), dtype=np.int64)
    numbers = np.empty((2, 2, most), dtype=np.int64)
    columns = np.empty((2, 5, most))
    kept = np.empty(len(tracks.place), dtype=np.int64)
    cells = np.empty(len(tracks.place), dtype=np.int64)
    scaled = np.empty((4, len(tracks.place)))
    towers, neutrals, passed = _measure(
        propagated.offsets,
        propagated.origin,
        propagated.eta,
        propagated.phi,
        propagated.time,
        particles.pid,
        particles.energy,
        particles.mass,
        tracks.offsets,
        tracks.place,
        np.stack([tracks.px, tracks.py, tracks.pz, tracks.energy]),
        tracks.resolution,
        table,
        stage,
        block_key,
        offsets,
        numbers,
        columns,
        kept,
        cells,
        scaled,
    )
    kept = kept[:passed]
    return CalorimeterResult(
        Deposits(offsets[0], *numbers[0, :, :towers], *columns[0, :, :towers]),
        Deposits(offsets[1], *numbers[1, :, :neutrals], *columns[1, :, :neutrals]),
        replace(
            tracks,
            offsets=offsets[2],
            place=tracks.place[kept],
            px=scaled[0, :passed],
            py=scaled[1, :passed],
            pz=scaled[2, :passed],
            energy=scaled[3, :passed],
            resolution=tracks.resolution[kept],
        ),
        cells[:passed],
    )


@compiled
def _measure(  # type: ignore[no-untyped-def]
    first,
    origin,
    eta,
    phi,
    time,
    pid,
    energy,
    mass,
    first_track,
    place,
    momenta,
    track_resolution,
    table,
    stage,
    block_key,
    offsets,
    numbers,
    columns,
    kept,
    cells,
    scaled,
):
    most = 0
    for event in range(len(first) - 1):
        hits = first[event + 1] - first[event] + first_track[event + 1] - first_track[event]
        most = max(most, hits)
    eta_edges, phi_counts, first_cell = table.eta_edges, table.phi_counts, table.first
    pids, fractions, other_fraction = table.pids, table.fractions, table.other_fraction
    resolution = table.resolution
    energy_min, significance_min = table.energy_min, table.significance_min
    slot_of = np.full(first_cell[-1], -1, dtype=np.int32)
    slot_cell = np.empty(most, dtype=np.int64)
    slot_origin = np.empty(most, dtype=np.int64)
    slots = np.empty((6, most))  # energy, largest deposit, time sums, tracks' energy and variance
    scale = np.empty(most)
    n_towers = n_neutrals = n_passed = 0
    for event in range(len(first) - 1):
        used = 0
        for i in range(first[event], first[event + 1]):
            which = origin[i]
            fraction = fraction_of(pids, fractions, other_fraction, abs(pid[which]))
            if fraction < _NOTHING:
                continue
            cell = tower_at(eta_edges, phi_counts, first_cell, eta[i], phi[i])
            if cell < 0:
                continue
            slot = slot_of[cell]
            if slot < 0:
                slot = used
                slot_of[cell] = slot
                slot_cell[slot] = cell
                slot_origin[slot] = -1
                for part in range(6):
                    slots[part, slot] = 0.0
                used += 1
            left = fraction * energy[which]
            slots[0, slot] += left
            if left > slots[1, slot]:
                slots[1, slot] = left
                slot_origin[slot] = which
            slots[2, slot] += left * left * time[i]
            slots[3, slot] += left * left

        begin = n_passed
        for j in range(first_track[event], first_track[event + 1]):
            at = place[j]
            cell = tower_at(eta_edges, phi_counts, first_cell, eta[at], phi[at])
            if cell < 0:
                continue
            kept[n_passed] = j
            cells[n_passed] = cell
            n_passed += 1
            fraction = fraction_of(pids, fractions, other_fraction, abs(pid[origin[at]]))
            if fraction < _NOTHING:
                continue
            slot = slot_of[cell]  # there is one: the particle itself has been here
            track_energy = momenta[3, j]
            slots[4, slot] += fraction * track_energy
            ring = _ring(first_cell, cell)
            slots[5, slot] += track_variance(
                track_energy,
                fraction,
                track_resolution[j],
                resolution,
                abs(0.5 * (eta_edges[ring] + eta_edges[ring + 1])),
            )

        state = start(block_key, event, stage)
        for slot in range(used):
            cell = slot_cell[slot]
            ring = _ring(first_cell, cell)
            low, high = eta_edges[ring], eta_edges[ring + 1]
            abs_centre = abs(0.5 * (low + high))
            width = 2.0 * math.pi / phi_counts[ring]
            left_edge = -math.pi + (cell - first_cell[ring]) * width
            true_energy = slots[0, slot]
            sigma = tower_resolution_at(resolution, abs_centre, true_energy)
            state, measured = log_normal(state, true_energy, sigma)
            sigma = tower_resolution_at(resolution, abs_centre, measured)
            if measured < energy_min or measured < significance_min * sigma:
                measured = 0.0
            state, first_number = uniform(state)
            state, second_number = uniform(state)
            if not table.smear_centre:
                first_number, second_number = 0.5, 0.5
            tower_eta = low + first_number * (high - low)
            tower_phi = left_edge + second_number * width
            arrival = slots[2, slot] / slots[3, slot] if slots[3, slot] > 0.0 else 0.0
            track_energy, variance = slots[4, slot], slots[5, slot]
            if measured > 0.0:
                write_deposit(
                    numbers[0],
                    columns[0],
                    n_towers,
                    cell,
                    slot_origin[slot],
                    measured,
                    tower_eta,
                    tower_phi,
                    arrival,
                    track_energy,
                )
                n_towers += 1
            excess, scale[slot] = shared(
                measured, sigma, track_energy, variance, energy_min, significance_min
            )
            if excess > 0.0:
                write_deposit(
                    numbers[1],
                    columns[1],
                    n_neutrals,
                    cell,
                    slot_origin[slot],
                    excess,
                    tower_eta,
                    tower_phi,
                    arrival,
                    track_energy,
                )
                n_neutrals += 1

        for passed in range(begin, n_passed):
            j = kept[passed]
            which = origin[place[j]]
            slot = slot_of[cells[passed]]
            factor = 1.0
            if (
                slot >= 0
                and fraction_of(pids, fractions, other_fraction, abs(pid[which])) >= _NOTHING
            ):
                factor = scale[slot]
            rescale(factor, mass[which], momenta, j, scaled, passed)
        for slot in range(used):
            slot_of[slot_cell[slot]] = -1
        offsets[0, event + 1] = n_towers
        offsets[1, event + 1] = n_neutrals
        offsets[2, event + 1] = n_passed
    return n_towers, n_neutrals, n_passed


@compiled
def _ring(first, cell):  # type: ignore[no-untyped-def]
    low, high = 0, len(first) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if first[middle] <= cell:
            low = middle
        else:
            high = middle
    return low
