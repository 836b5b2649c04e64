from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyhepmc
import pytest

from bumpcast.config.simulate import GeneratorFilter, SimulationCard
from bumpcast.simulate.events import GeneratorEvents
from bumpcast.simulate.generator import EventFileError, GenerationError, check, generate

EVENTS = 6
ZZ = SimulationCard(
    name="zz",
    kind="background",
    pythia=["WeakDoubleBoson:ffbar2gmZgmZ = on", "PartonLevel:MPI = off"],
)


def as_hepmc(made: GeneratorEvents, number: int) -> Any:
    """Return an event with a vertex for every particle that has daughters."""
    particles = made.particles
    start, end = particles.offsets[number : number + 2]
    event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
    event.event_number = number
    rows = []
    for place in range(start, end):
        momentum = [float(getattr(particles, name)[place]) for name in ("px", "py", "pz", "energy")]
        row = pyhepmc.GenParticle(
            tuple(momentum), int(particles.pid[place]), int(particles.status[place])
        )
        row.generated_mass = float(particles.mass[place])
        rows.append(row)
    # As a tree: of several mothers the first, but the beams meet.
    mothers = np.maximum(particles.mother1[start:end], -1)
    vertices: dict[int, Any] = {}
    for place, mother in enumerate(np.where(mothers == 1, 0, mothers).tolist()):
        if mother < 0:
            continue
        if mother not in vertices:
            here = start + place
            where = [float(getattr(particles, name)[here]) for name in ("x", "y", "z", "time")]
            vertices[mother] = pyhepmc.GenVertex(tuple(where))
            for one in (0, 1) if mother == 0 else (mother,):
                vertices[mother].add_particle_in(rows[one])
        vertices[mother].add_particle_out(rows[place])
    event.add_tree(rows[:2])
    event.weights = [1.5 + number]
    section = pyhepmc.GenCrossSection()
    event.cross_section = section
    section.set_cross_section(9.25, 0.125, EVENTS, EVENTS)
    event.pdf_info = pyhepmc.GenPdfInfo()
    event.pdf_info.parton_id1, event.pdf_info.parton_id2 = 2, -2
    event.pdf_info.x1, event.pdf_info.x2, event.pdf_info.scale = 0.25, 0.5, 91.0
    return event


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = generate(ZZ, seed=1, block=0, events=EVENTS, first=0)
    path = tmp_path_factory.mktemp("hepmc") / "events.hepmc"
    with pyhepmc.open(str(path), "w") as file:
        for number in range(EVENTS):
            file.write(as_hepmc(made, number))
    return path


def card_of(path: Path) -> SimulationCard:
    return SimulationCard(name="hepmc", kind="background", hepmc=str(path))


def test_particles_are_those_that_pyhepmc_reads_one_by_one(path: Path) -> None:
    particles = generate(card_of(path), seed=1, block=0, events=EVENTS, first=0).particles
    row = 0
    with pyhepmc.open(str(path)) as file:
        for number, event in enumerate(file):
            start, end = particles.offsets[number : number + 2]
            assert end - start == len(event.particles)
            for one in event.particles:
                assert particles.pid[row] == one.pid
                assert particles.status[row] == one.status
                found = [getattr(particles, name)[row] for name in ("px", "py", "pz", "energy")]
                momentum = one.momentum
                assert found == [momentum.px, momentum.py, momentum.pz, momentum.e]
                parents = [parent.id - 1 for parent in one.parents]
                children = [child.id - 1 for child in one.children]
                links = [
                    int(getattr(particles, name)[row])
                    for name in ("mother1", "mother2", "daughter1", "daughter2")
                ]
                assert links == [
                    min(parents, default=-1),
                    max(parents, default=-1),
                    min(children, default=-1),
                    max(children, default=-1),
                ]
                if one.production_vertex is not None and parents:
                    place = one.production_vertex.position
                    found = [getattr(particles, name)[row] for name in ("x", "y", "z", "time")]
                    assert found == [place.x, place.y, place.z, place.t]
                row += 1
    assert row == particles.offsets[-1] > 200
    assert np.abs(particles.x).max() > 0
    assert {-3, 0, 3} <= set(particles.charge.tolist())


def test_block_reads_its_own_share_and_what_the_file_says_of_each_event(path: Path) -> None:
    made = generate(card_of(path), seed=1, block=1, events=2, first=3)
    assert made.info.weight.tolist() == [4.5, 5.5]
    assert made.info.parton2.tolist() == [-2, -2]
    assert made.info.x1.tolist() == [0.25, 0.25]
    assert made.info.scale_pdf.tolist() == [91.0, 91.0]
    assert (made.cross_section.value, made.cross_section.error) == (9.25, 0.125)


def test_gzipped_file_gives_the_same(path: Path, tmp_path: Path) -> None:
    packed = tmp_path / "events.hepmc.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    one = generate(card_of(path), seed=1, block=0, events=2, first=1)
    two = generate(card_of(packed), seed=1, block=0, events=2, first=1)
    assert np.array_equal(one.particles.px, two.particles.px)


def test_units_are_those_that_the_file_says(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "mev.hepmc"
    other.write_text(path.read_text().replace("U GEV MM", "U MEV CM"))
    one = generate(card_of(path), seed=1, block=0, events=2, first=0).particles
    two = generate(card_of(other), seed=1, block=0, events=2, first=0).particles
    assert two.energy == pytest.approx(one.energy / 1000)
    assert two.mass == pytest.approx(one.mass / 1000)
    assert two.z == pytest.approx(one.z * 10)
    assert two.time == pytest.approx(one.time * 10)


def test_filters_apply(path: Path) -> None:
    soft = GeneratorFilter(pid=[22], min_pt=5000.0)
    with pytest.raises(GenerationError, match="none of the 2 events"):
        generate(
            card_of(path).model_copy(update={"filters": [soft]}), seed=1, block=0, events=2, first=0
        )


def test_file_that_is_short_or_something_else(path: Path, tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match="asked for"):
        generate(card_of(path), seed=1, block=0, events=4, first=4)
    other = tmp_path / "old.hepmc"
    other.write_text("HepMC::Version 2.06.09\nHepMC::IO_GenEvent-START_EVENT_LISTING\nE 0\n")
    (problem,) = check(card_of(other))
    assert problem.key == ("hepmc",)
    assert "no HepMC3" in problem.message
    assert check(card_of(path)) == []
