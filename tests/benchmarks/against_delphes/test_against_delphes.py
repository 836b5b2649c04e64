"""Our detector and Delphes on the same generated events, those of the quickstart's files."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pytest

from benchmarks.against_delphes.compared import (
    Comparison,
    DifferentEventsError,
    check_same_events,
    compare_sample,
)
from benchmarks.against_delphes.efficiencies import near
from benchmarks.against_delphes.reading import Events, event_numbers, flat
from benchmarks.against_delphes.samples import Sample, read_samples
from benchmarks.against_delphes.scans import compare, scan
from benchmarks.against_delphes.simulated import simulated
from benchmarks.against_delphes.statistics import apart, shapes

QUICKSTART = Path(__file__).parents[3] / "data" / "quickstart"
EVENTS = 400


def sample_of(name: str) -> Sample:
    return next(sample for sample in read_samples([QUICKSTART]) if sample.name == name)


@pytest.fixture(scope="module", params=["ttbar", "zprime_ll_400"])
def observed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Sample, list[Path]]:
    sample = sample_of(request.param)
    return sample, simulated(sample, EVENTS, (1, 2), tmp_path_factory.mktemp("ours"))


@pytest.fixture(scope="module")
def both(observed: tuple[Sample, list[Path]]) -> tuple[list[Events], Events]:
    sample, files = observed
    return [Events(path) for path in files], Events(sample.file, EVENTS)


@pytest.fixture(scope="module")
def comparison(
    observed: tuple[Sample, list[Path]], both: tuple[list[Events], Events]
) -> Comparison:
    return compare_sample(observed[0], *both)


def test_pythia_makes_the_events_of_the_file(both: tuple[list[Events], Events]) -> None:
    ours, delphes = both
    for name in ("Scale", "ScalePDF", "X1", "X2", "AlphaQCD"):
        mine, theirs = (events.one_each("Event", name) for events in (ours[0], delphes))
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_other_events_are_refused(both: tuple[list[Events], Events]) -> None:
    sample = sample_of("dy_m100")
    with pytest.raises(DifferentEventsError, match="dy_m100"):
        check_same_events(sample, both[0][0], Events(sample.file, EVENTS))


def test_as_many_objects(comparison: Comparison) -> None:
    largest_error = {"jet": 0.03, "large jet": 0.1, "muon": 0.1, "electron": 0.15}
    if comparison.sample.name == "ttbar":
        largest_error["b jet"] = 0.1
    for name, largest in largest_error.items():
        ratio = comparison.yields[name]
        assert ratio.error < largest
        assert abs(ratio.value - 1) < 4 * ratio.error, name


def test_distributions_differ_by_chance_alone(comparison: Comparison) -> None:
    compared = {one.distribution.name: one for one in comparison.distributions}
    assert {"MET", "HT", "jet pT", "jet eta", "jet mass", "muon pT", "large jet mass"} <= set(
        compared
    )
    # of forty, which depend on each other, 2 are below 0.05 by chance
    assert sum(one.apart.probability < 0.05 for one in compared.values()) < 8
    for name, one in compared.items():
        # 200 exchanges: the least that there can be is 0.005
        assert one.apart.probability > 0.005 or one.apart.distance < 2.5 * one.apart.expected, name
        if one.ratio.error < 0.3:  # of a few objects, or none, the ratio says nothing
            assert abs(one.ratio.value - 1) < 4 * one.ratio.error + 1e-9, name


def test_the_same_jets(both: tuple[list[Events], Events]) -> None:
    ours, delphes = (events.objects("jet") for events in (both[0][0], both[1]))
    # A lepton or a photon that only one of the two identifies is a jet for the other.
    particles = both[0][0].objects("Particle")
    kinds = (abs(particles.PID) == 11) | (abs(particles.PID) == 13) | (particles.PID == 22)
    single = particles[(particles.Status == 1) & kinds & (particles.PT > 10)]
    for these, others in ((ours, delphes), (delphes, ours)):
        hard = these[these.PT > 40]
        hard = hard[~near(hard, single, 0.3)]
        assert ak.sum(ak.num(hard)) > 20
        assert np.mean(flat(near(hard, others, 0.2))) > 0.95


def test_the_same_missing_energy_and_sum(both: tuple[list[Events], Events]) -> None:
    # Fluctuations of the detector are much smaller than those from event to event.
    for collection, name, least in (("MissingET", "MET", 0.6), ("ScalarHT", "HT", 0.95)):
        mine, theirs = (events.one_each(collection, name) for events in (both[0][0], both[1]))
        assert np.corrcoef(mine, theirs)[0, 1] > least


def test_efficiencies(comparison: Comparison) -> None:
    found = {(one.name, one.part): one for one in comparison.efficiencies}
    for one in found.values():
        if one.ratio.error > 0:
            assert abs(one.ratio.value - 1) < 4 * one.ratio.error, one
    jets = found["jet", "above 30 GeV"]
    assert jets.ratio.value == pytest.approx(1, abs=0.02)


def test_responses(comparison: Comparison) -> None:
    compared = 0
    for ours, delphes in comparison.responses:
        if len(delphes.values) < 100:
            continue
        found = shapes(
            (ours.values, ours.events), (delphes.values, delphes.events), comparison.events
        )
        for ratio in (found.middle, found.width):
            assert abs(ratio.value - 1) < 4 * ratio.error, (ours.name, ours.part, found)
        compared += 1
    assert compared >= 2


def test_scans_are_compatible(observed: tuple[Sample, list[Path]], tmp_path: Path) -> None:
    sample, files = observed
    ours = scan({"first": files[0], "second": files[1]}, True, EVENTS, tmp_path / "ours")
    delphes = scan({"delphes": sample.file}, False, EVENTS, tmp_path / "delphes")["delphes"]
    same = compare(ours["first"], ours["second"])
    for one in ours.values():
        found = compare(one, delphes)
        assert found.histograms > 100
        assert found.histograms == pytest.approx(same.histograms, rel=0.2)
        # Independent counts would have 1 on average, those of the same events have less. An event
        # is in one final state, but in many histograms, whose sum spreads more.
        assert found.yields_chi2 < 1.9
        assert found.chi2 < 2.2
        assert np.mean(np.abs(found.pulls) > 4) == 0


def test_a_worse_energy_scale_is_noticed(both: tuple[list[Events], Events]) -> None:
    ours, delphes = (events.objects("jet") for events in (both[0][0], both[1]))
    theirs = flat(delphes.PT), event_numbers(delphes.PT)
    scaled = 1.1 * ours.PT
    scaled = scaled[scaled > 20]
    assert apart(flat(scaled), event_numbers(scaled), *theirs).probability < 0.02
    assert apart(flat(ours.PT), event_numbers(ours.PT), *theirs).probability > 0.02
