from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.simulate import GeneratorFilter, SimulationCard
from bumpcast.simulate.generator import EventFileError, check, generate
from bumpcast.simulate.generator.lhe import count_events

CROSS_SECTION = 12.5
HEAD = f"""<LesHouchesEvents version="1.0">
<init>
2212 2212 6500. 6500. 0 0 247000 247000 3 1
{CROSS_SECTION} 0.1 {CROSS_SECTION} 7
</init>
"""


def event(number: int) -> str:
    """Return u ubar -> Z -> mu mu with a mass that tells the events apart."""
    mass, boost = 80.0 + number, 0.1 * (number - 5)
    half = mass / 2
    up, down = half * math.exp(boost), half * math.exp(-boost)
    angle = 0.3 + 0.2 * number
    px, pz = half * math.sin(angle), half * math.cos(angle)
    cosh, sinh = math.cosh(boost), math.sinh(boost)
    rows = [
        (2, -1, 0, 0, 501, 0, 0.0, 0.0, up, up, 0.0),
        (-2, -1, 0, 0, 0, 501, 0.0, 0.0, -down, down, 0.0),
        (23, 2, 1, 2, 0, 0, 0.0, 0.0, up - down, up + down, mass),
        (13, 1, 3, 3, 0, 0, px, 0.0, cosh * pz + sinh * half, cosh * half + sinh * pz, 0.0),
        (-13, 1, 3, 3, 0, 0, -px, 0.0, -cosh * pz + sinh * half, cosh * half - sinh * pz, 0.0),
    ]
    lines = [
        " ".join([*map(str, row[:6]), *(f"{value:.12e}" for value in row[6:]), "0. 9."])
        for row in rows
    ]
    return "\n".join(["<event>", f"5 7 1.0 {mass} 0.0078 0.118", *lines, "</event>", ""])


@pytest.fixture
def card(tmp_path: Path) -> SimulationCard:
    path = tmp_path / "with space.lhe"
    body = "".join(event(number) for number in range(10))
    path.write_text(HEAD + body + "</LesHouchesEvents>\n", encoding="utf-8")
    return SimulationCard(
        name="lhe", kind="background", lhe=str(path), pythia=["PartonLevel:MPI = off"]
    )


def masses(card: SimulationCard, events: int, first: int) -> list[float]:
    made = generate(card, seed=1, block=first, events=events, first=first)
    assert made.cross_section.value == pytest.approx(CROSS_SECTION)
    particles = made.particles
    return [
        float(particles.mass[start:end][particles.pid[start:end] == 23][0])
        for start, end in zip(particles.offsets[:-1], particles.offsets[1:], strict=True)
    ]


def test_block_showers_its_own_share_of_the_file(card: SimulationCard) -> None:
    assert check(card) == []
    assert masses(card, 4, 0) == pytest.approx([80, 81, 82, 83], abs=1e-6)
    assert masses(card, 3, 7) == pytest.approx([87, 88, 89], abs=1e-6)


def test_gzipped_file_gives_the_same(card: SimulationCard, tmp_path: Path) -> None:
    assert card.lhe is not None
    packed = tmp_path / "events.lhe.gz"
    packed.write_bytes(gzip.compress(Path(card.lhe).read_bytes()))
    assert count_events(packed) == count_events(Path(card.lhe)) == 10
    same = card.model_copy(update={"lhe": str(packed)})
    assert masses(same, 3, 2) == masses(card, 3, 2)


def test_filters_count_within_the_share(card: SimulationCard) -> None:
    made_all = generate(card, seed=1, block=0, events=6, first=0)
    central = GeneratorFilter(pid=[13], stage="hard", min_pt=30.0, at_least=2)
    some = card.model_copy(update={"filters": [central]})
    made = generate(some, seed=1, block=0, events=6, first=0)
    assert (made.cross_section.accepted, made.cross_section.kept) == (6, len(made))
    assert 0 < len(made) < 6
    assert set(made.info.x1.tolist()) < set(made_all.info.x1.tolist())
    assert np.all(made.info.process == made_all.info.process[0])


@pytest.mark.parametrize(("events", "first"), [(4, 8), (1, 10), (1, 30)])
def test_file_with_too_few_events(card: SimulationCard, events: int, first: int) -> None:
    with pytest.raises(EventFileError):
        generate(card, seed=1, block=0, events=events, first=first)


def test_file_that_is_damaged_or_something_else(card: SimulationCard, tmp_path: Path) -> None:
    assert card.lhe is not None
    other = tmp_path / "other.lhe"
    other.write_text("no events\n")
    cut = tmp_path / "cut.lhe.gz"
    cut.write_bytes(gzip.compress(Path(card.lhe).read_bytes())[:-40])
    for path in (other, cut, tmp_path / "missing.lhe"):
        (problem,) = check(card.model_copy(update={"lhe": str(path)}))
        assert problem.key == ("lhe",)
        assert path.name in problem.message
