from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from bumpcast.config.simulate import GeneratorFilter, SimulationCard
from bumpcast.simulate.events import GeneratorEvents, Particles
from bumpcast.simulate.generator import generate
from bumpcast.simulate.generator.filters import join_particles, passing, select_particles

CARD = SimulationCard(name="a", kind="background", pythia=["Top:all = on"])


@pytest.fixture(scope="module")
def made() -> GeneratorEvents:
    return generate(CARD, seed=1, block=0, events=15, first=0)


def passes_slowly(particles: Particles, event: int, one: GeneratorFilter) -> bool:
    found = 0
    for place in range(particles.offsets[event], particles.offsets[event + 1]):
        pid = int(particles.pid[place])
        named = pid in one.pid or (one.antiparticles and -pid in one.pid)
        stages = (1,) if one.stage == "final" else (22, 23)
        pt = math.hypot(particles.px[place], particles.py[place])
        good = named and particles.status[place] in stages and pt >= one.min_pt
        if good and one.max_abs_eta is not None:
            good = pt > 0 and abs(math.asinh(particles.pz[place] / pt)) <= one.max_abs_eta
        found += good
    return found >= one.at_least


@pytest.mark.parametrize(
    "one",
    [
        GeneratorFilter(pid=[11, 13], min_pt=10.0, max_abs_eta=2.5),
        GeneratorFilter(pid=[22], min_pt=5.0, at_least=3),
        GeneratorFilter(pid=[-11, -13], antiparticles=False, stage="hard"),
        GeneratorFilter(pid=[6], stage="hard", min_pt=100.0),
        GeneratorFilter(pid=[1, 2, 3, 4, 5], stage="hard", at_least=5, max_abs_eta=2.0),
    ],
)
def test_events_pass_as_when_particles_are_counted_one_by_one(
    made: GeneratorEvents, one: GeneratorFilter
) -> None:
    expected = [passes_slowly(made.particles, event, one) for event in range(len(made))]
    assert passing(made.particles, [one]).tolist() == expected
    assert any(expected)
    assert not all(expected)


def test_all_filters_must_be_passed(made: GeneratorEvents) -> None:
    first = GeneratorFilter(pid=[11], min_pt=10.0)
    second = GeneratorFilter(pid=[13], min_pt=10.0)
    both = passing(made.particles, [first]) & passing(made.particles, [second])
    assert np.array_equal(passing(made.particles, [first, second]), both)
    assert passing(made.particles, []).all()


def test_selected_and_the_other_events_are_all_there_are(made: GeneratorEvents) -> None:
    kept = np.arange(len(made)) % 3 == 0
    chosen = select_particles(made.particles, kept)
    start, end = made.particles.offsets[3:5]
    assert np.array_equal(chosen.px[slice(*chosen.offsets[1:3])], made.particles.px[start:end])
    parts = [select_particles(made.particles, np.arange(len(made)) == event) for event in range(15)]
    joined = join_particles(parts)
    for one in fields(Particles):
        assert np.array_equal(getattr(joined, one.name), getattr(made.particles, one.name))
