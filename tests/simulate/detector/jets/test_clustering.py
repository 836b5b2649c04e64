from __future__ import annotations

import math

import awkward as ak
import fastjet
import numpy as np
import pytest
from numpy.typing import NDArray

from bumpcast.simulate.detector.jets.clustering import find_clusters
from bumpcast.simulate.detector.jets.recombination import ANTI_KT, CAMBRIDGE_AACHEN, KT
from bumpcast.simulate.detector.momenta import Momenta


def random_events(sizes: list[int], seed: int = 1) -> Momenta:
    random = np.random.default_rng(seed)
    number = sum(sizes)
    pt = random.exponential(4.0, number) + 0.1
    eta = random.normal(0.0, 2.0, number)
    phi = random.uniform(-math.pi, math.pi, number)
    mass = random.choice([0.0, 0.14], number)
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + mass**2)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Momenta(offsets, px, py, pz, energy, np.full(number, -1, dtype=np.int64))


def plain(vectors: NDArray[np.float64], power: int, radius: float) -> list[tuple[int, ...]]:
    """Cluster by looking at all pairs in every step; return each jet's members."""
    active = [(vector.copy(), (i,)) for i, vector in enumerate(vectors)]
    jets = []
    while active:
        rapidity = [0.5 * math.log((v[3] + v[2]) / (v[3] - v[2])) for v, _ in active]
        phi = [math.atan2(v[1], v[0]) for v, _ in active]
        weight = [(v[0] ** 2 + v[1] ** 2) ** power for v, _ in active]
        least, pair = math.inf, (0, 0)
        for i in range(len(active)):
            if weight[i] < least:
                least, pair = weight[i], (i, i)
            for j in range(i):
                across = math.pi - abs(math.pi - abs(phi[i] - phi[j]))
                apart = (rapidity[i] - rapidity[j]) ** 2 + across**2
                measure = min(weight[i], weight[j]) * apart / radius**2
                if measure < least:
                    least, pair = measure, (i, j)
        i, j = pair
        if i == j:
            jets.append(active.pop(i)[1])
        else:
            merged = (active[i][0] + active[j][0], active[i][1] + active[j][1])
            del active[i], active[j]
            active.append(merged)
    return jets


@pytest.mark.parametrize("power", [ANTI_KT, CAMBRIDGE_AACHEN, KT])
@pytest.mark.parametrize("radius", [0.2, 0.4, 1.0, 3.5])
def test_same_jets_as_looking_at_all_pairs(power: int, radius: float) -> None:
    momenta = random_events([0, 1, 2, 40, 0, 55])
    found = find_clusters(momenta, power, radius, 0.0)
    vectors = np.stack([momenta.px, momenta.py, momenta.pz, momenta.energy], axis=1)
    first, members = found.members()
    for event in range(len(momenta)):
        begin, end = momenta.offsets[event : event + 2]
        expected = {
            tuple(sorted(begin + i for i in jet))
            for jet in plain(vectors[begin:end], power, radius)
        }
        jets = range(*found.momenta.offsets[event : event + 2])
        assert {tuple(sorted(members[first[jet] : first[jet + 1]])) for jet in jets} == expected
        pt = found.momenta.pt[jets.start : jets.stop]
        assert (np.diff(pt) <= 0).all()
    for jet in range(len(found.momenta.px)):
        total = vectors[members[first[jet] : first[jet + 1]]].sum(axis=0)
        assert found.momenta.energy[jet] == pytest.approx(total[3], rel=1e-12)
        assert found.momenta.px[jet] == pytest.approx(total[0], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", ["antikt", "cambridge", "kt"])
@pytest.mark.parametrize("radius", [0.4, 1.0])
def test_same_jets_as_fastjet(name: str, radius: float) -> None:
    power = {"antikt": ANTI_KT, "cambridge": CAMBRIDGE_AACHEN, "kt": KT}[name]
    momenta = random_events([300, 7, 120], seed=2)
    vectors = {"px": momenta.px, "py": momenta.py, "pz": momenta.pz, "E": momenta.energy}
    events = ak.unflatten(ak.zip(vectors, with_name="Momentum4D"), np.diff(momenta.offsets))
    definition = fastjet.JetDefinition(getattr(fastjet, f"{name}_algorithm"), radius)
    jets = fastjet.ClusterSequence(events, definition).inclusive_jets(5.0)
    jets = jets[ak.argsort(jets.px**2 + jets.py**2, axis=1, ascending=False)]

    found = find_clusters(momenta, power, radius, 5.0).momenta

    assert np.diff(found.offsets).tolist() == ak.num(jets).tolist()
    for ours, theirs in (("px", "px"), ("py", "py"), ("pz", "pz"), ("energy", "E")):
        expected = ak.to_numpy(ak.flatten(jets[theirs]))
        np.testing.assert_allclose(getattr(found, ours), expected, rtol=1e-9, atol=1e-9)


def test_jets_below_the_least_pt_leave_no_trace() -> None:
    momenta = random_events([80])
    found = find_clusters(momenta, ANTI_KT, 0.4, 10.0)
    every = find_clusters(momenta, ANTI_KT, 0.4, 0.0)
    hard = every.momenta.pt >= 10.0
    np.testing.assert_array_equal(found.momenta.px, every.momenta.px[hard])
    np.testing.assert_array_equal(found.jet_of >= 0, hard[every.jet_of])


def test_events_that_cannot_hold_a_jet_are_left_out_and_no_others() -> None:
    momenta = random_events([1, 2, 3, 5, 8, 13, 21, 0] * 40, seed=5)
    every = find_clusters(momenta, ANTI_KT, 1.0, 0.0)
    for pt_min in (1.0, 5.0, 10.0, 20.0):
        found = find_clusters(momenta, ANTI_KT, 1.0, pt_min)
        hard = every.momenta.pt >= pt_min
        np.testing.assert_array_equal(found.momenta.px, every.momenta.px[hard])
        np.testing.assert_array_equal(found.jet_of >= 0, hard[every.jet_of])
        before = np.concatenate([[0], np.cumsum(hard)])
        np.testing.assert_array_equal(found.momenta.offsets, before[every.momenta.offsets])


def test_one_object_of_just_the_least_pt_is_a_jet() -> None:
    phi = np.linspace(-math.pi, math.pi, 1001)
    px, py = 200.0 * np.cos(phi), 200.0 * np.sin(phi)
    offsets = np.arange(len(phi) + 1)
    nothing = np.full(len(phi), -1)
    momenta = Momenta(offsets, px, py, np.zeros_like(px), np.hypot(px, py), nothing)
    found = find_clusters(momenta, ANTI_KT, 1.0, 200.0 * (1.0 - 1e-12))
    assert found.jet_of.tolist() == list(range(len(phi)))


def test_particles_along_the_beam_do_not_break_it() -> None:
    momenta = random_events([5])
    momenta.px[0] = momenta.py[0] = 0.0
    momenta.energy[0] = abs(momenta.pz[0])
    found = find_clusters(momenta, ANTI_KT, 0.4, 0.0)
    assert found.jet_of.min() >= 0


def test_no_events() -> None:
    found = find_clusters(random_events([]), ANTI_KT, 0.4, 0.0)
    assert len(found.momenta) == 0
