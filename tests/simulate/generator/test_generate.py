from __future__ import annotations

import json
import re
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.cards import load_card
from bumpcast.config.simulate import GeneratorFilter, SimulationCard
from bumpcast.simulate.events import CrossSection, EventInfo, GeneratorEvents, Particles
from bumpcast.simulate.generator import GenerationError, check, generate

ROOT = Path(__file__).parents[3]
CARDS = ROOT / "configs" / "simulate"
SAMPLES = json.loads((ROOT / "tests" / "data" / "delphes_samples.json").read_text())
CARD_OF = {
    "ttbar": ("ttbar", []),
    "zjets_ll": ("zjets_ll", []),
    "wjets_lnu": ("wjets_lnu", []),
    "gammajet_pt100": ("gammajet", []),
    "zz": ("zz", []),
    "zprime_tt_1000": ("zprime_tt", []),
    "zprime_ll_2000": ("zprime_ll", []),
    "hss_125_55_ct1500": ("higgs_to_llps", []),
    "lq_bmu_1000": ("lq_bmu", []),
    "qstar_3000": ("excited_quark", []),
}
FAST = ["PartonLevel:MPI = off", "PartonLevel:ISR = off"]
ZZ = SimulationCard(
    name="zz", kind="background", pythia=["WeakDoubleBoson:ffbar2gmZgmZ = on", *FAST]
)


def assert_same(one: GeneratorEvents, two: GeneratorEvents) -> None:
    for part, model in (("particles", Particles), ("info", EventInfo)):
        for column in fields(model):
            values = [getattr(getattr(events, part), column.name) for events in (one, two)]
            assert np.array_equal(*values), column.name


def plain(settings: list[str]) -> list[tuple[str, ...]]:
    """Return settings with numbers as numbers, without what is the run's and not the card's."""
    kept = []
    for setting in settings:
        name, value = (part.strip() for part in setting.split("=", 1))
        words = [
            str(float(word)) if re.fullmatch(r"-?[\d.e-]+", word) else word
            for word in value.split()
        ]
        if not name.startswith(("Random:", "Print:")):
            kept.append((name, *words))
    return kept


@pytest.mark.parametrize("sample", CARD_OF)
def test_cards_have_the_settings_of_the_samples_that_they_stand_for(sample: str) -> None:
    name, overrides = CARD_OF[sample]
    card = load_card(CARDS / f"{name}.toml", overrides)
    settings = [f"Beams:eCM = {card.energy_tev * 1000}", *card.common, *card.pythia]
    assert sorted(plain(settings)) == sorted(plain(SAMPLES[sample]["pythia"]))
    # Order matters for the settings of particles.
    assert [one for one in plain(settings) if one[0][0].isdigit()] == [
        one for one in plain(SAMPLES[sample]["pythia"]) if one[0][0].isdigit()
    ]


def test_every_sample_has_its_card() -> None:
    assert set(CARD_OF) == set(SAMPLES)


@pytest.mark.parametrize("sample", ["zz", "lq_bmu_1000"])
def test_cross_section_is_that_of_the_sample(sample: str) -> None:
    name, overrides = CARD_OF[sample]
    card = load_card(CARDS / f"{name}.toml", overrides)
    card = card.model_copy(update={"pythia": [*card.pythia, *FAST]})
    blocks = [generate(card, seed=3, block=block, events=60, first=0) for block in range(2)]
    both = CrossSection.of_all([block.cross_section for block in blocks])
    expected = SAMPLES[sample]["sigma_pb"]
    error = np.hypot(both.error, SAMPLES[sample]["sigma_err_pb"])
    assert abs(both.value - expected) < 3.5 * error
    assert error < 0.15 * expected
    assert (both.kept, both.accepted) == (120, 120)


@pytest.mark.parametrize(
    "name", ["rpv_stop_bl", "higgsinos", "vlq_tt", "wprime_wz_3l", "wh_to_llps", "gamma_gamma"]
)
def test_cards_make_events(name: str) -> None:
    """Those that differ most from each other."""
    made = generate(load_card(CARDS / f"{name}.toml"), seed=1, block=0, events=3, first=0)
    assert len(made) == len(made.info.process) == 3
    assert made.cross_section.value > 0


def test_long_lived_scalars_decay_where_their_lifetime_says() -> None:
    card = load_card(CARDS / "higgs_to_llps.toml", ["parameters.lifetime_mm=100"])
    card = card.model_copy(update={"pythia": [*card.pythia, *FAST]})
    made = generate(card, seed=1, block=0, events=60, first=0)
    particles = made.particles
    starts = np.repeat(particles.offsets[:-1], np.diff(particles.offsets))
    decayed = np.flatnonzero((particles.pid == 35) & (particles.daughter1 >= 0))
    first = starts[decayed] + particles.daughter1[decayed]
    last = decayed[particles.pid[first] != 35]
    child = starts[last] + particles.daughter1[last]
    assert len(last) == 120
    assert set(np.abs(particles.pid[child]).tolist()) == {5}
    # Proper time from the flight in the laboratory.
    flight = particles.time[child] - particles.time[last]
    proper = flight * particles.mass[last] / particles.energy[last]
    assert np.mean(proper) == pytest.approx(100, rel=0.35)


def test_same_seed_and_block_give_the_same_events_and_others_do_not() -> None:
    one = generate(ZZ, seed=5, block=2, events=4, first=8)
    assert_same(one, generate(ZZ, seed=5, block=2, events=4, first=8))
    other = generate(ZZ, seed=5, block=3, events=4, first=12)
    assert not np.array_equal(one.info.x1, other.info.x1)


def test_filtered_events_are_those_that_pass_and_are_counted() -> None:
    muons = GeneratorFilter(pid=[13], stage="hard", at_least=2)
    card = ZZ.model_copy(update={"filters": [muons]})
    made = generate(card, seed=1, block=0, events=5, first=0)
    assert len(made) == made.cross_section.kept == 5
    assert made.cross_section.accepted > 20
    everything = generate(ZZ, seed=1, block=0, events=made.cross_section.accepted, first=0)
    passed = np.isin(everything.info.x1, made.info.x1)
    assert passed.sum() == 5
    assert passed[-1]  # events are tried until enough have passed, and none is counted behind


def test_filter_that_nothing_passes_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[generate.__module__], "MOST_WITHOUT_ONE", 10)
    card = ZZ.model_copy(update={"filters": [GeneratorFilter(pid=[32])]})
    with pytest.raises(GenerationError, match="passes the card's filters"):
        generate(card, seed=1, block=0, events=2, first=0)


def test_events_without_particles_are_no_events() -> None:
    card = ZZ.model_copy(update={"pythia": [*ZZ.pythia, "PartonLevel:all = off"]})
    with pytest.raises(GenerationError, match="parton level"):
        generate(card, seed=1, block=0, events=2, first=0)


def test_check_finds_nothing_against_a_right_card() -> None:
    assert check(ZZ) == []
