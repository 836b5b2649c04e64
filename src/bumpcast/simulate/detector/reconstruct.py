"""From generated particles to the collections of a Delphes file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bumpcast.simulate.detector import jets, kinematics
from bumpcast.simulate.detector.candidates import Candidates
from bumpcast.simulate.detector.members import Members, members_of_cells, single
from bumpcast.simulate.detector.missing import Missing
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.detector.observe import Observed, observe
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.events import Collection, Floats, Integers, Offsets, Particles

_S_PER_MM = 1e-3 / 299_792_458.0


def reconstruct(
    particles: Particles, tables: DetectorTables, block_key: np.uint64
) -> dict[str, Collection]:
    """Return what a detector makes of a block of events, by the names of Delphes's branches.

    Args:
        particles: The generated events.
        tables: Of the detector.
        block_key: Of the random numbers, from `randomness.key`.
    """
    observed = observe(particles, tables, block_key)
    found = jets.find_jets(
        _jet_inputs(observed, particles, tables), particles, tables.config.jets, block_key
    )
    return {
        "GenJet": found.generator,
        "GenMissingET": _missing(observed.generator_missing),
        "Jet": found.jets,
        "Electron": _leptons(observed.electrons.where(found.electrons)),
        "Photon": _photons(observed.photons.where(found.photons)),
        "Muon": _leptons(observed.muons.where(found.muons)),
        "FatJet": found.large,
        "MissingET": _missing(observed.missing),
        "ScalarHT": found.scalar_ht,
    }


def _jet_inputs(observed: Observed, particles: Particles, tables: DetectorTables) -> jets.Observed:
    """Return everything with the particles that it is made of."""
    towers, flow = observed.towers, observed.flow
    cells = int(tables.ecal.first[-1])
    at_towers = _members(observed, particles, tables, towers.momenta.offsets, towers.cell, cells)
    neutral = flow.charge == 0
    at_flow = _members(
        observed, particles, tables, flow.momenta.offsets, np.where(neutral, flow.cell, -1), cells
    )
    at_flow = _joined(at_flow, single(np.where(neutral, -1, flow.momenta.origin)))
    photons = observed.photons
    at_photons = _members(observed, particles, tables, photons.momenta.offsets, photons.cell, cells)
    return jets.Observed(
        towers=_objects(
            towers.momenta,
            np.zeros(len(towers.cell), np.int32),
            towers.electromagnetic,
            towers.hadronic,
            towers.time,
            at_towers,
        ),
        eflow=_objects(
            flow.momenta, flow.charge, flow.electromagnetic, flow.hadronic, flow.time, at_flow
        ),
        tracks=DetectorObjects.of_single_particles(
            observed.tracks.momenta, observed.tracks.charge, observed.tracks.time
        ),
        photons=_objects(
            photons.momenta,
            photons.charge,
            photons.momenta.energy,
            np.zeros(len(photons.cell)),
            photons.time,
            at_photons,
        ),
        electrons=DetectorObjects.of_single_particles(
            observed.electrons.momenta, observed.electrons.charge, observed.electrons.time
        ),
        muons=DetectorObjects.of_single_particles(
            observed.muons.momenta, observed.muons.charge, observed.muons.time
        ),
    )


def _members(
    observed: Observed,
    particles: Particles,
    tables: DetectorTables,
    offsets: Offsets,
    cell: Offsets,
    ecal_cells: int,
) -> Members:
    """Return the particles in the cells of both calorimeters; -1 is no cell."""
    in_ecal = np.where(cell < ecal_cells, cell, -1)
    in_hcal = np.where(cell >= ecal_cells, cell - ecal_cells, -1)
    both = [
        members_of_cells(observed.propagated, particles, table, offsets, cells)
        for table, cells in ((tables.ecal, in_ecal), (tables.hcal, in_hcal))
    ]
    return _joined(*both)


def _joined(first: Members, second: Members) -> Members:
    """Return the members of objects each of which has some in one of two lists."""
    counts = np.diff(first.first) + np.diff(second.first)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    particles = np.empty(starts[-1], dtype=np.int64)
    for part, shift in ((first, np.zeros_like(counts)), (second, np.diff(first.first))):
        each = np.diff(part.first)
        within = np.arange(part.first[-1]) - np.repeat(part.first[:-1], each)
        particles[np.repeat(starts[:-1] + shift, each) + within] = part.particles
    return Members(starts, particles)


def _objects(
    momenta: Momenta,
    charge: Integers,
    electromagnetic: Floats,
    hadronic: Floats,
    time: Floats,
    members: Members,
) -> DetectorObjects:
    return DetectorObjects(
        momenta, charge, electromagnetic, hadronic, time, members.first, members.particles
    )


def _leptons(found: Candidates) -> Collection:
    nothing = np.zeros(len(found.charge))
    return Collection(
        found.momenta.offsets,
        {
            **_directions(found.momenta),
            "T": found.time * _S_PER_MM,
            "Charge": found.charge,
            "EhadOverEem": nothing,
            **_isolation(found),
            "D0": found.d0,
            "DZ": found.dz,
            "ErrorD0": nothing,
            "ErrorDZ": nothing,
        },
    )


def _photons(found: Candidates) -> Collection:
    return Collection(
        found.momenta.offsets,
        {
            **_directions(found.momenta),
            "E": found.momenta.energy,
            "T": found.time * _S_PER_MM,
            "EhadOverEem": np.zeros(len(found.charge)),
            **_isolation(found),
            "Status": np.zeros(len(found.charge), np.int32),
        },
    )


def _directions(momenta: Momenta) -> dict[str, NDArray[Any]]:
    return {
        "PT": momenta.pt,
        "Eta": kinematics.eta(momenta),
        "Phi": kinematics.phi(momenta),
    }


def _isolation(found: Candidates) -> dict[str, NDArray[Any]]:
    isolation = found.isolation
    return {
        "IsolationVar": isolation.ratio,
        "IsolationVarRhoCorr": isolation.ratio,
        "SumPtCharged": isolation.charged,
        "SumPtNeutral": isolation.neutral,
        "SumPtChargedPU": np.zeros(len(isolation.ratio)),
        "SumPt": isolation.charged + isolation.neutral,
    }


def _missing(found: Missing) -> Collection:
    return Collection.one_each({"MET": found.pt, "Eta": found.eta, "Phi": found.phi})
