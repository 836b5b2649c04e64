from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.detector_jets import JetSettings
from bumpcast.simulate.detector.jets.finding import find_jets
from bumpcast.simulate.detector.jets.sources import jet_sources
from bumpcast.simulate.detector.observe import Observed, observe
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.events import Particles

FOLDER = Path(__file__).parents[4] / "configs/simulate/detectors"


@pytest.fixture(scope="module")
def observed(drawn: Particles, atlas: DetectorConfig) -> Observed:
    return observe(drawn, atlas, key(1, 0))


def test_muons_join_the_towers(drawn: Particles, observed: Observed) -> None:
    sources = jet_sources(observed, drawn)
    towers, both = sources.inputs["towers"], sources.inputs["towers_and_muons"]
    muons = np.abs(observed.tracks.pid) == 13
    assert muons.any()
    assert len(both.charge) == len(towers.charge) + muons.sum()
    np.testing.assert_array_equal(both.charge[both.charge != 0], observed.tracks.charge[muons])
    for event in range(len(drawn)):
        begin, end = both.momenta.offsets[event : event + 2]
        first, last = observed.tracks.momenta.offsets[event : event + 2]
        energy = observed.tracks.momenta.energy[first:last][muons[first:last]].sum()
        first, last = towers.momenta.offsets[event : event + 2]
        energy += towers.momenta.energy[first:last].sum()
        assert both.momenta.energy[begin:end].sum() == pytest.approx(energy)


@pytest.mark.parametrize("detector", ["atlas", "cms"])
def test_every_isolated_object_is_among_what_jets_are_made_of(
    detector: str, drawn: Particles, request: pytest.FixtureRequest
) -> None:
    seen = observe(drawn, request.getfixturevalue(detector), key(1, 0))
    sources = jet_sources(seen, drawn)
    inputs = {"atlas": "towers_and_muons", "cms": "energy_flow"}[detector]
    known = sources.inputs[inputs].particles  # type: ignore[index]
    found = 0
    for objects in (sources.photons, sources.electrons, sources.muons):
        found += len(objects.particles)
        assert np.isin(objects.particles, known).mean() > 0.9 if len(objects.particles) else True
    assert found > 5


@pytest.mark.parametrize("detector", ["atlas", "cms"])
def test_jets_point_to_no_isolated_object(
    detector: str, drawn: Particles, request: pytest.FixtureRequest
) -> None:
    seen = observe(drawn, request.getfixturevalue(detector), key(1, 0))
    card = tomllib.loads((FOLDER / f"{detector}.toml").read_text())["jets"]
    settings = JetSettings.model_validate(card)
    sources = jet_sources(seen, drawn)
    found = find_jets(sources, drawn, settings, key(1, 0))
    apart = find_jets(
        sources, drawn, settings.model_copy(update={"remove_overlap": False}), key(1, 0)
    )
    assert 0 < found.jets.offsets[-1] <= apart.jets.offsets[-1]
    assert len(found.muons) == len(seen.muons.charge)
    assert (found.scalar_ht.columns["HT"] <= apart.scalar_ht.columns["HT"] + 1e-3).all()
