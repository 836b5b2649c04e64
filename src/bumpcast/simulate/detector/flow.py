"""Tracks, towers and energy flow of a block of events, as jets, candidates and files take them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bumpcast.simulate.detector.calorimeter import CalorimeterResult
from bumpcast.simulate.detector.deposits import Deposits
from bumpcast.simulate.detector.grouping import joined
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.propagation import Propagated
from bumpcast.simulate.detector.tracks import FoundTracks
from bumpcast.simulate.events import Floats, Integers, Offsets, Particles


@dataclass(frozen=True, slots=True)
class Tracks:
    """All tracks of a block, before the calorimeters.

    Attributes:
        momenta: Measured; the direction is that at the point nearest to the z axis.
        pid: PDG numbers of the particles.
        charge: In units of e.
        resolution: Relative resolution of pT.
        time: Where the particle leaves the field, in mm/c.
        eta_outer: Of that point.
        x_closest: Point nearest to the z axis, in mm.
        y_closest: In mm.
        z_closest: In mm.
        d0: Signed distance there in mm.
        cell: Tower of the electromagnetic calorimeter that is hit; -1 for none.
    """

    momenta: Momenta
    pid: Integers
    charge: Integers
    resolution: Floats
    time: Floats
    eta_outer: Floats
    x_closest: Floats
    y_closest: Floats
    z_closest: Floats
    d0: Floats
    cell: Offsets


@dataclass(frozen=True, slots=True)
class Towers:
    """Towers of both calorimeters; in each event first the electromagnetic ones.

    Attributes:
        momenta: Massless; `origin` is the particle that left most.
        electromagnetic: Energy in GeV in the electromagnetic calorimeter.
        hadronic: Energy in GeV in the hadronic one.
        time: Mean time of arrival in mm/c.
        cell: Number of the tower; those of the hadronic calorimeter follow the other ones.
    """

    momenta: Momenta
    electromagnetic: Floats
    hadronic: Floats
    time: Floats
    cell: Offsets


@dataclass(frozen=True, slots=True)
class EnergyFlow:
    """Energy flow: in each event tracks, then photons, then neutral hadrons.

    Attributes:
        momenta: Four-momenta.
        pid: Of a track's particle; 22 for photons, 0 for neutral hadrons.
        charge: In units of e.
        electromagnetic: Energy in GeV of photons; 0 for others.
        hadronic: Energy in GeV of neutral hadrons; 0 for others.
        eta: Where it enters the calorimeters.
        time: There, in mm/c.
        d0: Of tracks, in mm; 0 for others.
        dz: Of tracks, in mm; 0 for others.
        cell: Tower of the electromagnetic calorimeter that is hit; for neutral hadrons that of
            the hadronic one, whose numbers follow the other ones.
    """

    momenta: Momenta
    pid: Integers
    charge: Integers
    electromagnetic: Floats
    hadronic: Floats
    eta: Floats
    time: Floats
    d0: Floats
    dz: Floats
    cell: Offsets

    def of_particle(self, origin: Offsets) -> Offsets:
        """Return the places of the tracks of some particles; -1 for those that are not there."""
        tracks = np.flatnonzero(self.charge)
        known = self.momenta.origin[tracks]  # rises through the block
        if len(known) == 0:
            return np.full(len(origin), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(known, origin), len(known) - 1)
        return np.where(known[at] == origin, tracks[at], -1)


def build_tracks(
    particles: Particles, propagated: Propagated, found: FoundTracks, ecal: CalorimeterResult
) -> Tracks:
    """Collect what is known of the tracks.

    Args:
        particles: The generated events.
        propagated: Where their particles leave the field.
        found: The tracks.
        ecal: The electromagnetic calorimeter, which knows what they hit.
    """
    place = found.place
    origin = propagated.origin[place]
    cell = np.full(len(place), -1, dtype=np.int64)
    cell[np.searchsorted(place, ecal.tracks.place)] = ecal.cells  # places rise through the block
    return Tracks(
        momenta=Momenta(found.offsets, found.px, found.py, found.pz, found.energy, origin),
        pid=particles.pid[origin],
        charge=particles.charge[origin] // 3,
        resolution=found.resolution,
        time=propagated.time[place],
        eta_outer=propagated.eta[place],
        x_closest=propagated.x_closest[place],
        y_closest=propagated.y_closest[place],
        z_closest=propagated.z_closest[place],
        d0=propagated.d0[place],
        cell=cell,
    )


def build_towers(ecal: CalorimeterResult, hcal: CalorimeterResult, ecal_cells: int) -> Towers:
    """Join the towers of both calorimeters.

    Args:
        ecal: The electromagnetic calorimeter.
        hcal: The hadronic one.
        ecal_cells: Number of towers that the electromagnetic one has.
    """
    first, second = ecal.towers, hcal.towers
    offsets, order = joined([first.offsets, second.offsets])
    light = _massless([first, second])
    energy = light.energy[order]
    is_ecal = order < len(first.energy)
    return Towers(
        momenta=Momenta(
            offsets, light.px[order], light.py[order], light.pz[order], energy, light.origin[order]
        ),
        electromagnetic=np.where(is_ecal, energy, 0.0),
        hadronic=np.where(is_ecal, 0.0, energy),
        time=np.concatenate([first.time, second.time])[order],
        cell=np.concatenate([first.cell, second.cell + ecal_cells])[order],
    )


def build_flow(
    tracks: Tracks,
    found: FoundTracks,
    ecal: CalorimeterResult,
    hcal: CalorimeterResult,
    ecal_cells: int,
) -> EnergyFlow:
    """Join tracks and neutral objects.

    Args:
        tracks: All tracks, for what does not change in the calorimeters.
        found: The same tracks as they were found.
        ecal: The electromagnetic calorimeter.
        hcal: The hadronic one, with the tracks that hit both.
        ecal_cells: Number of towers that the electromagnetic one has.
    """
    charged, photons, neutrals = hcal.tracks, ecal.neutrals, hcal.neutrals
    offsets, order = joined([charged.offsets, photons.offsets, neutrals.offsets])
    at = np.searchsorted(found.place, charged.place)  # places rise through the block
    light = _massless([photons, neutrals])
    nothing = np.zeros(len(light.energy))
    n_photons = len(photons.energy)
    pid = np.zeros(len(light.energy), dtype=np.int32)
    pid[:n_photons] = 22

    def column(of_tracks: Floats, of_neutrals: Floats) -> Floats:
        values: Floats = np.concatenate([of_tracks, of_neutrals])[order]
        return values

    no_track = np.zeros(len(at))
    return EnergyFlow(
        momenta=Momenta(
            offsets,
            column(charged.px, light.px),
            column(charged.py, light.py),
            column(charged.pz, light.pz),
            column(charged.energy, light.energy),
            np.concatenate([tracks.momenta.origin[at], light.origin])[order],
        ),
        pid=np.concatenate([tracks.pid[at], pid])[order],
        charge=np.concatenate([tracks.charge[at], np.zeros_like(pid)])[order],
        electromagnetic=column(no_track, np.where(pid == 22, light.energy, 0.0)),
        hadronic=column(no_track, np.where(pid == 22, 0.0, light.energy)),
        eta=column(tracks.eta_outer[at], np.concatenate([photons.eta, neutrals.eta])),
        time=column(tracks.time[at], np.concatenate([photons.time, neutrals.time])),
        d0=column(tracks.d0[at], nothing),
        dz=column(tracks.z_closest[at], nothing),
        cell=np.concatenate([tracks.cell[at], photons.cell, neutrals.cell + ecal_cells])[order],
    )


@dataclass(frozen=True, slots=True)
class _Massless:
    px: Floats
    py: Floats
    pz: Floats
    energy: Floats
    origin: Offsets


def _massless(parts: list[Deposits]) -> _Massless:
    eta = np.concatenate([part.eta for part in parts])
    phi = np.concatenate([part.phi for part in parts])
    energy = np.concatenate([part.energy for part in parts])
    pt = energy / np.cosh(eta)
    origin = np.concatenate([part.origin for part in parts])
    return _Massless(pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta), energy, origin)
