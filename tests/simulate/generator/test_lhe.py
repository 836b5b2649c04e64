from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.simulate import GeneratorFilter, SimulationCard
from bumpcast.simulate.generator import EventFileError, check, generate
from bumpcast.simulate.generator.pythia import generator
from bumpcast.simulate.generator.seeds import block_seed

CROSS_SECTION = 12.5


@pytest.fixture
def card(tmp_path: Path, lhe_text: Callable[[int], str]) -> SimulationCard:
    path = tmp_path / "with space.lhe"
    path.write_text(lhe_text(10), encoding="utf-8")
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


def test_a_share_is_what_pythia_finds_when_it_skips_the_events_before(
    card: SimulationCard,
) -> None:
    made = generate(card, seed=3, block=2, events=3, first=4)
    assert card.lhe is not None
    with generator(card, block_seed(3, 2), Path(card.lhe)) as whole:
        assert whole.pythia.LHAeventSkip(4)
        batch, _ = whole.next_batch(3)
        px = [one["p"]["px"] for event in batch["prt"].to_list() for one in event[1:]]
    assert made.particles.px.tolist() == px


def test_gzipped_file_gives_the_same(card: SimulationCard, tmp_path: Path) -> None:
    assert card.lhe is not None
    packed = tmp_path / "events.lhe.gz"
    packed.write_bytes(gzip.compress(Path(card.lhe).read_bytes()))
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
    for path in (other, tmp_path / "missing.lhe"):
        (problem,) = check(card.model_copy(update={"lhe": str(path)}))
        assert problem.key == ("lhe",)
        assert path.name in problem.message
    cut = tmp_path / "cut.lhe.gz"
    cut.write_bytes(gzip.compress(Path(card.lhe).read_bytes())[:-40])
    with pytest.raises(EventFileError, match=r"cut\.lhe\.gz"):
        generate(card.model_copy(update={"lhe": str(cut)}), seed=1, block=0, events=2, first=0)


AMCATNLO = Path(__file__).parents[2] / "data" / "amcatnlo_wbj.lhe"


def test_weighted_events_of_another_generator() -> None:
    card = SimulationCard(name="wbj", kind="background", lhe=str(AMCATNLO), energy_tev=8.0)
    assert check(card) == []
    made = generate(card, seed=1, block=0, events=3, first=0)
    assert made.info.weight == pytest.approx([50.109093] * 3)
    assert made.info.scale == pytest.approx([28.775163, 88.604737, 154.93569])
    assert made.cross_section.value == pytest.approx(50.109093)
    particles = made.particles
    first = np.arange(len(particles.pid)) < particles.offsets[1]
    hard_top = first & (particles.pid == 6) & (particles.status == 22)
    assert particles.pz[hard_top] == pytest.approx([23.415573], rel=1e-6)


def test_energy_of_the_card_is_that_of_the_file() -> None:
    card = SimulationCard(name="wbj", kind="background", lhe=str(AMCATNLO))
    (problem,) = check(card)
    assert problem.key == ("energy_tev",)
    assert problem.message.endswith("amcatnlo_wbj.lhe are of 8 TeV: say energy_tev = 8")
