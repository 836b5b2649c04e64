from __future__ import annotations

import math

import awkward as ak
import fastjet
import numpy as np
import pytest
from numpy.typing import NDArray

from bumpcast.config.detector_jets import LargeJets, NSubjettiness, Pruning, SoftDrop
from bumpcast.simulate.detector.jets.clustering import find_clusters
from bumpcast.simulate.detector.jets.large_jets import Substructure, substructure
from bumpcast.simulate.detector.jets.recombination import ANTI_KT
from bumpcast.simulate.detector.momenta import Momenta

SETTINGS = LargeJets(radius=1.0, pt_min_GeV=20.0, inputs="towers")


def prongs(centres: list[tuple[float, float, float]], each: int, seed: int) -> Momenta:
    """Return one event: particles around some (pT, rapidity, phi)."""
    random = np.random.default_rng(seed)
    pt, eta, phi = (
        np.concatenate(values)
        for values in zip(
            *(
                (
                    random.dirichlet(np.ones(each)) * hardness,
                    random.normal(at, 0.04, each),
                    random.normal(around, 0.04, each),
                )
                for hardness, at, around in centres
            ),
            strict=True,
        )
    )
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    offsets = np.array([0, len(pt)])
    return Momenta(offsets, px, py, pz, pt * np.cosh(eta), np.full(len(pt), -1))


def groomed(event: Momenta, settings: LargeJets = SETTINGS) -> tuple[Momenta, Substructure]:
    jets = find_clusters(event, ANTI_KT, settings.radius, settings.pt_min_GeV)
    return jets.momenta, substructure(jets, event, settings)


def place(event: Momenta) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rapidity = 0.5 * np.log((event.energy + event.pz) / (event.energy - event.pz))
    return rapidity, np.arctan2(event.py, event.px)


def test_two_prongs_and_soft_radiation() -> None:
    event = prongs([(200.0, 0.0, 0.0), (150.0, 0.5, 0.0), (8.0, -0.4, 0.6)], 12, seed=3)
    whole, found = groomed(event)
    assert len(whole.px) == 1
    hard = slice(0, 24)
    for momenta in (found.trimmed, found.soft_dropped):
        assert momenta.energy[0] == pytest.approx(event.energy[hard].sum(), rel=0.05)
        assert momenta.energy[0] < whole.energy[0]
    assert found.pruned.pt[0] < whole.pt[0]
    assert found.subjets[0, 1:].tolist() == [2, 2]
    assert found.tau[0, 1] < 0.35 * found.tau[0, 0]
    assert (np.diff(found.tau[0]) < 0).all()


def test_first_axis_minimises_tau() -> None:
    event = prongs([(200.0, 0.0, 3.1), (100.0, 0.4, -3.1)], 20, seed=4)
    _, refined = groomed(event)
    _, kt_axes = groomed(
        event, SETTINGS.model_copy(update={"n_subjettiness": NSubjettiness(refine_axes=False)})
    )
    rapidity, phi = place(event)

    def tau(at: float, around: float) -> float:
        across = np.abs((phi - around + math.pi) % (2 * math.pi) - math.pi)
        return float((event.pt * np.hypot(rapidity - at, across)).sum() / event.pt.sum())

    least = min(
        tau(at, around)
        for at in np.linspace(-0.2, 0.6, 81)
        for around in math.pi + np.linspace(-0.3, 0.3, 61)
    )
    assert refined.tau[0, 0] == pytest.approx(least, rel=0.02)
    total = event.px.sum(), event.py.sum(), event.pz.sum(), event.energy.sum()
    axis = 0.5 * math.log((total[3] + total[2]) / (total[3] - total[2]))
    assert kt_axes.tau[0, 0] == pytest.approx(tau(axis, math.atan2(total[1], total[0])), rel=1e-9)


def test_pruning_keeps_what_the_jet_reaches() -> None:
    event = prongs([(200.0, 0.0, 0.0), (150.0, 0.9, 0.0)], 1, seed=2)
    whole, found = groomed(event)
    assert found.pruned.energy.tolist() == whole.energy.tolist()
    narrow = SETTINGS.model_copy(update={"pruning": Pruning(radius=0.8)})
    assert groomed(event, narrow)[1].pruned.pt.tolist() == pytest.approx([200.0])


def test_single_member() -> None:
    event = Momenta(
        np.array([0, 1]),
        np.array([50.0]),
        np.array([0.0]),
        np.array([10.0]),
        np.array([51.0]),
        np.array([-1]),
    )
    _, found = groomed(event)
    assert found.tau.tolist() == [[0.0] * 5]
    assert found.subjets.tolist() == [[1, 0, 0]]
    for momenta in (found.trimmed, found.pruned, found.soft_dropped):
        assert momenta.energy.tolist() == [51.0]


def test_no_jets() -> None:
    event = prongs([(1.0, 0.0, 0.0)], 3, seed=1)
    _, found = groomed(event)
    assert found.tau.shape == (0, 5)


def test_soft_drop_agrees_with_fastjet() -> None:
    event = prongs([(200.0, 0.0, 0.0), (90.0, 0.5, 0.3), (9.0, -0.3, 0.3)], 15, seed=6)
    drop = SoftDrop(beta=1.0, symmetry_cut=0.1, radius=1.0)
    _, found = groomed(event, SETTINGS.model_copy(update={"soft_drop": drop}))
    vectors = {"px": event.px, "py": event.py, "pz": event.pz, "E": event.energy}
    sequence = fastjet.ClusterSequence(
        ak.unflatten(ak.zip(vectors, with_name="Momentum4D"), np.diff(event.offsets)),
        fastjet.JetDefinition(fastjet.cambridge_algorithm, 1000.0),
    )
    expected = sequence.exclusive_jets_softdrop_grooming(1, beta=1.0, symmetry_cut=0.1, R0=1.0)
    assert found.soft_dropped.energy[0] == pytest.approx(float(expected.Esoftdrop[0]), rel=1e-9)
