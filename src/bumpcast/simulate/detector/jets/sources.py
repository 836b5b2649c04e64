"""What jets are made from, out of what the tracker and the calorimeters saw.

What shares a particle shares a number: that of the tower of the electromagnetic calorimeter for
towers, photons and electrons (which leave all their energy in one), that of the particle for muons.
Charged hadrons share nothing with isolated leptons and photons, nor do hadronic towers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bumpcast.config.detector_jets import JetInputKind
from bumpcast.simulate.detector.grouping import joined, momenta_where
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.detector.observe import Observed
from bumpcast.simulate.events import Offsets, Particles


@dataclass(frozen=True, slots=True)
class JetSources:
    """What jets, their tags and the removal of overlaps need of a block of events.

    Attributes:
        inputs: What jets can be made of, by its name in the configuration.
        tracks: All tracks.
        photons: Isolated ones.
        electrons: Isolated ones.
        muons: Isolated ones.
    """

    inputs: Mapping[JetInputKind, DetectorObjects]
    tracks: DetectorObjects
    photons: DetectorObjects
    electrons: DetectorObjects
    muons: DetectorObjects


def jet_sources(observed: Observed, particles: Particles) -> JetSources:
    """Collect what jets are made from.

    Args:
        observed: What the detector saw.
        particles: The generated particles.
    """
    tracks, towers, flow = observed.tracks, observed.towers, observed.flow
    collections = (tracks, towers, flow, observed.photons, observed.electrons, observed.muons)
    most = 1 + max(int(one.cell.max(initial=0)) for one in collections)

    def tower(momenta: Momenta, cell: Offsets) -> Offsets:
        event = np.repeat(np.arange(len(momenta)), np.diff(momenta.offsets))
        number = len(particles.pid) + event * most + cell
        return np.where(cell >= 0, number, momenta.origin)

    kind = np.abs(flow.pid)
    in_flow = tower(flow.momenta, flow.cell)
    in_flow = np.where(kind == 13, flow.momenta.origin, in_flow)
    in_flow = np.where((flow.charge != 0) & (kind != 11) & (kind != 13), -1, in_flow)
    in_towers = tower(towers.momenta, towers.cell)
    tracked = DetectorObjects.labelled(
        tracks.momenta, tracks.charge, tracks.momenta.origin, time=tracks.time
    )
    return JetSources(
        inputs={
            "towers": _with_muons(observed, in_towers, np.zeros(len(tracks.pid), dtype=np.bool_)),
            "towers_and_muons": _with_muons(observed, in_towers, np.abs(tracks.pid) == 13),
            "energy_flow": DetectorObjects.labelled(
                flow.momenta,
                flow.charge,
                in_flow,
                electromagnetic=flow.electromagnetic,
                hadronic=flow.hadronic,
                time=flow.time,
            ),
        },
        tracks=tracked,
        photons=DetectorObjects.labelled(
            observed.photons.momenta,
            observed.photons.charge,
            tower(observed.photons.momenta, observed.photons.cell),
        ),
        electrons=DetectorObjects.labelled(
            observed.electrons.momenta,
            observed.electrons.charge,
            tower(observed.electrons.momenta, observed.electrons.cell),
        ),
        muons=DetectorObjects.labelled(
            observed.muons.momenta, observed.muons.charge, observed.muons.momenta.origin
        ),
    )


def _with_muons(observed: Observed, labels: Offsets, muons: NDArray[np.bool_]) -> DetectorObjects:
    """Return the towers and some of the tracks, event by event."""
    tracks, towers = observed.tracks, observed.towers
    found = momenta_where(tracks.momenta, muons)
    offsets, order = joined([towers.momenta.offsets, found.offsets])

    def both(of_towers: NDArray[Any], of_muons: NDArray[Any] | None = None) -> NDArray[Any]:
        added = np.zeros(len(found.px)) if of_muons is None else of_muons
        return np.concatenate([of_towers, added])[order]

    seen = towers.momenta
    momenta = Momenta(
        offsets,
        both(seen.px, found.px),
        both(seen.py, found.py),
        both(seen.pz, found.pz),
        both(seen.energy, found.energy),
        both(seen.origin, found.origin),
    )
    return DetectorObjects.labelled(
        momenta,
        both(np.zeros(len(labels), dtype=np.int32), tracks.charge[muons]),
        both(labels, found.origin),
        electromagnetic=both(towers.electromagnetic),
        hadronic=both(towers.hadronic),
        time=both(towers.time, tracks.time[muons]),
    )
