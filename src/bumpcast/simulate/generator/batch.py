"""From Pythia's events to plain arrays."""

from __future__ import annotations

from typing import Any, Final

import awkward as ak
import numpy as np
from numpy.typing import NDArray

from bumpcast.simulate.events import EventInfo, Particles
from bumpcast.simulate.generator.errors import GenerationError

_TABLE: Final = 100_000
_UNKNOWN: Final = -100
_MUON, _TAU = 13, 15


class ParticleProperties:
    """Charge of particles, and whether they are hadrons, from Pythia's tables.

    Args:
        particle_data: Pythia's `particleData`.
    """

    def __init__(self, particle_data: Any) -> None:
        self._data = particle_data
        # Nearly all numbers are small: they are their own place in a table.
        self._charge = np.full(2 * _TABLE + 1, _UNKNOWN, np.int8)
        self._hadron = np.zeros(2 * _TABLE + 1, np.bool_)

    def charge(self, pid: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the charges in units of e/3.

        Args:
            pid: PDG numbers; of one that Pythia does not know the charge is 0.
        """
        return self._look_up(pid, self._charge, self._data.chargeType).astype(np.int32)

    def is_hadron(self, pid: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Tell which particles are hadrons.

        Args:
            pid: PDG numbers.
        """
        return self._look_up(pid, self._hadron, self._data.isHadron)

    def _look_up(self, pid: NDArray[np.int32], table: NDArray[Any], ask: Any) -> NDArray[Any]:
        small = np.abs(pid) <= _TABLE
        places = np.where(small, pid, 0) + _TABLE
        unknown = self._charge[places] == _UNKNOWN
        for number in np.unique(places[unknown]).tolist():
            self._charge[number] = self._data.chargeType(number - _TABLE)
            self._hadron[number] = self._data.isHadron(number - _TABLE)
        values: NDArray[Any] = table[places]
        if not small.all():
            large, inverse = np.unique(pid[~small], return_inverse=True)
            values[~small] = np.array([ask(number) for number in large.tolist()])[inverse]
        return values


def particles_from(batch: Any, properties: ParticleProperties) -> Particles:
    """Return the particles of Pythia's events.

    Args:
        batch: What Pythia's `nextBatch` gives.
        properties: Pythia's tables of particles.

    Raises:
        GenerationError: An event is empty.
    """
    records = batch["prt"]
    counts = ak.to_numpy(ak.num(records, axis=1)).astype(np.int64)
    if not counts.all():
        msg = "Pythia's events hold no particles: does the card switch the parton level off?"
        raise GenerationError(msg)
    flat = ak.flatten(records, axis=1)
    momentum, vertex = flat["p"], flat["vProd"]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
    real = np.ones(len(flat), np.bool_)
    real[starts] = False  # the line for the whole system

    def whole(name: str) -> NDArray[np.int32]:
        return np.asarray(ak.to_numpy(flat[name]), dtype=np.int32)

    def link(name: str) -> NDArray[np.int32]:
        return whole(name)[real] - np.int32(1)

    def real_number(column: Any) -> NDArray[np.float64]:
        # Pythia leaves the vertex out where it is the origin.
        filled = ak.to_numpy(ak.fill_none(column, 0.0))
        return np.asarray(filled, dtype=np.float64)[real]

    pid = whole("id")
    daughter = whole("daughter1").astype(np.int64) + np.repeat(starts, counts)
    return Particles(
        offsets=np.concatenate([[0], np.cumsum(counts - 1)]).astype(np.int64),
        pid=pid[real],
        status=hepmc_status(pid, whole("status"), daughter, properties)[real],
        mother1=link("mother1"),
        mother2=link("mother2"),
        daughter1=link("daughter1"),
        daughter2=link("daughter2"),
        charge=properties.charge(pid[real]),
        px=real_number(momentum["px"]),
        py=real_number(momentum["py"]),
        pz=real_number(momentum["pz"]),
        energy=real_number(momentum["e"]),
        mass=real_number(flat["m"]),
        x=real_number(vertex["px"]),
        y=real_number(vertex["py"]),
        z=real_number(vertex["pz"]),
        time=real_number(vertex["e"]),
    )


def hepmc_status(
    pid: NDArray[np.int32],
    status: NDArray[np.int32],
    daughter: NDArray[np.int64],
    properties: ParticleProperties,
) -> NDArray[np.int32]:
    """Return the status as HepMC defines it, from Pythia's own.

    What is stable is 1, hadrons, muons and taus that decay are 2, beams are 4, and of all others
    the number is Pythia's without its sign.

    Args:
        pid: PDG numbers.
        status: Pythia's status.
        daughter: Place of the first daughter in these arrays.
        properties: Pythia's tables of particles.
    """
    size = np.abs(status)
    absolute = np.abs(pid)
    decays = properties.is_hadron(pid) | (absolute == _MUON) | (absolute == _TAU)
    first = np.abs(status[daughter])
    # A particle with itself as daughter was only moved, by Bose-Einstein effects for example.
    decays &= (pid[daughter] != pid) & (first > 90) & (first < 95)
    result = np.where((size >= 11) & (size <= 200), size, 0)
    result[decays] = 2
    result[status == -12] = 4
    result[status > 0] = 1
    return result.astype(np.int32)


def info_from(batch: Any, notes: list[tuple[float, float, int, int]]) -> EventInfo:
    """Return what Pythia says of each event.

    Args:
        batch: What Pythia's `nextBatch` gives.
        notes: Of every event that Pythia ended, those too in which it failed: x1, x2, code of the
            process and number of interactions.
    """
    info = batch["info"]

    def column(name: str) -> NDArray[np.float64]:
        return np.asarray(ak.to_numpy(info[name]), dtype=np.float64)

    x1, x2 = column("x1"), column("x2")
    process, interactions = _matched(x1, x2, notes)
    weights = ak.to_numpy(ak.fill_none(ak.firsts(info["weights"]), 1.0))
    return EventInfo(
        process=process,
        weight=np.asarray(weights, dtype=np.float64),
        # what Pythia hands on as the event's scale, and Delphes stores
        scale=np.sqrt(column("Q2Fac")),
        alpha_qed=column("alphaEM"),
        alpha_qcd=column("alphaS"),
        parton1=column("id1").astype(np.int32),
        parton2=column("id2").astype(np.int32),
        x1=x1,
        x2=x2,
        scale_pdf=np.sqrt(column("Q2Fac")),
        pdf1=column("pdf1"),
        pdf2=column("pdf2"),
        interactions=interactions,
    )


def _matched(
    x1: NDArray[np.float64], x2: NDArray[np.float64], notes: list[tuple[float, float, int, int]]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Pick the notes of the events that are in the batch: their x1 and x2 are the same numbers."""
    process = np.zeros(len(x1), np.int32)
    interactions = np.zeros(len(x1), np.int32)
    place = 0
    for event, wanted in enumerate(zip(x1.tolist(), x2.tolist(), strict=True)):
        while place < len(notes) and notes[place][:2] != wanted:
            place += 1
        if place == len(notes):
            msg = "Pythia's notes of its events do not fit the events that it handed over"
            raise GenerationError(msg)
        process[event], interactions[event] = notes[place][2:]
        place += 1
    return process, interactions
