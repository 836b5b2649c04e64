from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bumpcast.config.simulate import SimulationCard
from bumpcast.simulate.events import EventInfo, Particles
from bumpcast.simulate.generator.batch import ParticleProperties, info_from, particles_from
from bumpcast.simulate.generator.pythia import generator

EVENTS = 12
CARD = SimulationCard(
    name="zz", kind="background", pythia=["WeakDoubleBoson:ffbar2gmZgmZ = on", "Top:all = on"]
)


@pytest.fixture(scope="module")
def events() -> tuple[Particles, EventInfo]:
    with generator(CARD, 41) as made:
        batch, notes = made.next_batch(EVENTS)
        properties = ParticleProperties(made.pythia.particleData)
        return particles_from(batch, properties), info_from(batch, notes)


def one_by_one() -> Iterator[Any]:
    """Generate the same events again, to be read particle by particle."""
    with generator(CARD, 41) as made:
        for _ in range(EVENTS):
            assert made.pythia.next()
            yield made.pythia


def test_particles_are_those_that_pythia_itself_tells_one_by_one(
    events: tuple[Particles, EventInfo],
) -> None:
    particles, _ = events
    wholes: list[list[int]] = []
    reals: list[list[float]] = []
    sizes: list[int] = []
    for pythia in one_by_one():
        sizes.append(pythia.event.size() - 1)
        for place in range(1, pythia.event.size()):
            one = pythia.event[place]
            links = [one.mother1(), one.mother2(), one.daughter1(), one.daughter2()]
            wholes.append(
                [one.id(), one.statusHepMC(), one.chargeType()]
                + [link - 1 if link else -1 for link in links]
            )
            place_and_time = [one.xProd(), one.yProd(), one.zProd(), one.tProd()]
            reals.append([one.px(), one.py(), one.pz(), one.e(), one.m(), *place_and_time])
    assert np.diff(particles.offsets).tolist() == sizes
    names = ("pid", "status", "charge", "mother1", "mother2", "daughter1", "daughter2")
    for column, name in zip(np.array(wholes).T, names, strict=True):
        assert np.array_equal(getattr(particles, name), column), name
    names = ("px", "py", "pz", "energy", "mass", "x", "y", "z", "time")
    for column, name in zip(np.array(reals).T, names, strict=True):
        assert np.array_equal(getattr(particles, name), column), name
    assert {1, 2, 4} <= set(particles.status.tolist())


def test_links_stay_in_their_event(events: tuple[Particles, EventInfo]) -> None:
    particles, _ = events
    sizes = np.repeat(np.diff(particles.offsets), np.diff(particles.offsets))
    for name in ("mother1", "mother2", "daughter1", "daughter2"):
        links = getattr(particles, name)
        assert links.min() >= -1
        assert np.all(links < sizes)


def test_info_is_what_pythia_itself_tells(events: tuple[Particles, EventInfo]) -> None:
    _, info = events
    expected = []
    for pythia in one_by_one():
        told = pythia.infoPython()
        partons = [told.id1(), told.id2(), told.x1(), told.x2(), told.pdf1(), told.pdf2()]
        couplings = [told.alphaS(), told.alphaEM(), pythia.event.scale(), told.QFac()]
        expected.append([told.code(), told.nMPI(), told.weight(), *partons, *couplings])
    names = ["process", "interactions", "weight", "parton1", "parton2", "x1", "x2"]
    names += ["pdf1", "pdf2", "alpha_qcd", "alpha_qed", "scale", "scale_pdf"]
    for column, name in zip(np.array(expected).T, names, strict=True):
        assert getattr(info, name) == pytest.approx(column, rel=1e-14), name
    assert len(set(info.process.tolist())) > 1


def test_particles_with_large_numbers_are_looked_up_too() -> None:
    with generator(CARD, 1) as made:
        data = made.pythia.particleData
        properties = ParticleProperties(data)
        pid = np.array([1000024, -1000024, 211, -211, 2, 9900012, 1000993, 1000024], np.int32)
        assert properties.charge(pid).tolist() == [data.chargeType(int(one)) for one in pid]
        assert properties.is_hadron(pid).tolist() == [data.isHadron(int(one)) for one in pid]


def test_notes_of_failed_events_are_passed_over(events: tuple[Particles, EventInfo]) -> None:
    with generator(CARD, 41) as made:
        batch, notes = made.next_batch(EVENTS)
        failed = (0.5, 0.5, 999, 99)
        mixed = [failed, *notes[:5], failed, failed, *notes[5:], failed]
        assert np.array_equal(info_from(batch, mixed).process, events[1].process)
        assert np.array_equal(info_from(batch, mixed).interactions, events[1].interactions)
