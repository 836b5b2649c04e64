"""From generated particles to the collections of a Delphes file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bumpcast.simulate.detector import kinematics
from bumpcast.simulate.detector.candidates import Candidates
from bumpcast.simulate.detector.jets.finding import find_jets
from bumpcast.simulate.detector.jets.sources import jet_sources
from bumpcast.simulate.detector.missing import Missing
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.observe import observe
from bumpcast.simulate.detector.tables import DetectorTables
from bumpcast.simulate.events import Collection, Particles

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
    sources = jet_sources(observed, particles)
    found = find_jets(sources, particles, tables.config.jets, block_key)
    return {
        "GenJet": found.generator,
        "GenMissingET": _missing(observed.generator_missing),
        "Jet": found.jets,
        "Electron": _leptons(observed.electrons.where(found.electrons), "EhadOverEem"),
        "Photon": _photons(observed.photons.where(found.photons)),
        "Muon": _leptons(observed.muons.where(found.muons)),
        "FatJet": found.large,
        "MissingET": _missing(observed.missing),
        "ScalarHT": found.scalar_ht,
    }


def _leptons(found: Candidates, *empty: str) -> Collection:
    """Return tracks that are leptons, with columns that Delphes leaves empty here."""
    nothing = np.zeros(len(found.charge))
    return Collection(
        found.momenta.offsets,
        {
            **_directions(found.momenta),
            "T": found.time * _S_PER_MM,
            "Charge": found.charge,
            **dict.fromkeys(empty, nothing),
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
