from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter

from bumpcast.config.detector_jets import (
    EfficiencyTable,
    JetEfficiency,
    JetSettings,
    LinearEfficiency,
    TurnOnEfficiency,
)
from bumpcast.simulate.detector.jets.flavour import jet_flavours, tau_charges
from bumpcast.simulate.detector.jets.overlap import unique_objects
from bumpcast.simulate.detector.jets.tagging import DRAWS, b_tags, draw, efficiency, tau_tags
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.objects import DetectorObjects
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.events import Particles

CARDS = Path(__file__).parents[4] / "configs/simulate/detectors"


def settings(detector: str) -> JetSettings:
    return JetSettings.model_validate(
        tomllib.loads((CARDS / f"{detector}.toml").read_text())["jets"]
    )


def momenta(*vectors: tuple[float, float, float]) -> Momenta:
    """Return one event of massless vectors of given pT, eta, phi."""
    pt, eta, phi = np.array(vectors, dtype=float).reshape(-1, 3).T
    return Momenta(
        np.array([0, len(pt)]),
        pt * np.cos(phi),
        pt * np.sin(phi),
        pt * np.sinh(eta),
        pt * np.cosh(eta),
        np.full(len(pt), -1),
    )


def particles(
    pid: list[int], status: list[int], daughters: list[tuple[int, int]], where: Momenta
) -> Particles:
    number = len(pid)
    none = np.full(number, -1, dtype=np.int32)
    nothing = np.zeros(number)
    first, last = np.array(daughters, dtype=np.int32).T
    return Particles(
        where.offsets, np.array(pid, dtype=np.int32), np.array(status, dtype=np.int32), none, none,
        first, last, np.where(np.array(pid) > 0, -3, 3).astype(np.int32), where.px, where.py,
        where.pz, where.energy, nothing, nothing, nothing, nothing, nothing,
    )  # fmt: skip


def test_formulas() -> None:
    pt = np.array([20.0, 100.0, 500.0])
    eta = np.zeros(3)
    linear = LinearEfficiency(constant=0.002, slope_per_GeV=7.3e-6)
    np.testing.assert_allclose(efficiency(linear, pt, eta), 0.002 + 7.3e-6 * pt)
    rise = TurnOnEfficiency(plateau=0.8, rise_per_GeV=0.003, factor=30.0, fall_per_GeV=0.086)
    expected = 0.80 * np.tanh(0.003 * pt) * 30 / (1 + 0.086 * pt)
    np.testing.assert_allclose(efficiency(rise, pt, eta), expected)


def test_table_and_what_lies_outside() -> None:
    table = EfficiencyTable(
        pt_edges_GeV=[20, 50, 100], abs_eta_edges=[0, 1.5, 2.5], values=[[0.1, 0.2], [0.3, 0.4]]
    )
    pt = np.array([19.9, 20.0, 49.9, 50.0, 99.9, 100.0, 60.0])
    eta = np.array([0.0, -1.4, 1.5, -2.0, 0.0, 0.0, 2.5])
    assert efficiency(table, pt, eta).tolist() == [0.0, 0.1, 0.2, 0.4, 0.3, 0.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pt_edges_GeV": [50, 20]}, r"pt_edges_GeV must rise: \[50.0, 20.0\]"),
        ({"values": [[0.1, 0.2]]}, r"values must be 1 rows \(cells in pT\) of 1"),
    ],
)
def test_tables_that_do_not_fit(change: dict[str, object], message: str) -> None:
    table = {"form": "table", "pt_edges_GeV": [20, 50], "abs_eta_edges": [0, 2], "values": [[0.1]]}
    with pytest.raises(ValueError, match=message):
        TypeAdapter(JetEfficiency).validate_python(table | change)


def test_heaviest_parton_gives_the_flavour() -> None:
    jets = momenta((50, 0, 0), (50, 2, 0), (50, 0, 3.1), (50, -2, 0))
    where = momenta(
        (5, 0.1, 0.1), (5, 0.3, 0), (5, 2, 0.1), (5, 2, 0.2), (5, 0, -3.1), (5, -2, 0), (0.9, -2, 0)
    )
    #        c b (jet 1), g u (jet 2), g (jet 3), stable b and too soft b (jet 4)
    event = particles([4, -5, 21, 2, 21, 5, 5], [2, 2, 2, 2, 2, 1, 2], [(-1, -1)] * 7, where)
    assert jet_flavours(jets, event, settings("atlas").flavour).tolist() == [5, 2, 21, 0]


@pytest.mark.parametrize(("detector", "leptonic"), [("atlas", 0), ("cms", 1)])
def test_taus_by_their_visible_daughters(detector: str, leptonic: int) -> None:
    where = momenta(
        (40, 0, 1.0), (30, 0, 0), (10, 0, 2.0), (40, 2, 0), (20, 2, 0), (10, 2, 0.1), (10, 2, -0.1)
    )
    event = particles(
        [15, -211, 16, -15, -11, 12, -16],
        [2, 1, 1, 2, 1, 1, 1],
        [(1, 2), (-1, -1), (-1, -1), (4, 6), (-1, -1), (-1, -1), (-1, -1)],
        where,
    )
    jets = momenta((30, 0, 0), (30, 2, 0), (30, 0, 3))
    found = tau_charges(jets, event, settings(detector).tau_tag)
    assert found.tolist() == [-1, leptonic, 0]


def many(jets: int) -> Momenta:
    return momenta(*[(100.0, 0.5, 0.0)] * jets)


def test_b_tags_are_as_frequent_as_the_formula_says() -> None:
    jets = many(40_000)
    flavour = np.resize(np.array([5, 4, 21, 0], dtype=np.int32), 40_000)
    tags = b_tags(jets, flavour, settings("atlas").b_tag, draw(jets, key(3, 0))[:, 0])
    for kind, expected in (
        (5, 0.8 * np.tanh(0.3) * 30 / 9.6),
        (4, 0.2 * np.tanh(2.0) / 1.34),
        (21, 0.00273),
    ):
        rate = tags[flavour == kind].mean()
        assert abs(rate - expected) < 4 * np.sqrt(expected / 10_000)


def test_tau_tags_by_tracks() -> None:
    jets = many(30_000)
    near = momenta((5, 0.5, 0.1), (5, 0.5, 0.3), (0.5, 0.5, 0))
    tracks = DetectorObjects.labelled(near, np.array([-1, 1, 1], dtype=np.int32), near.origin)
    tau = np.resize(np.array([0, -1], dtype=np.int32), 30_000)
    tags = tau_tags(jets, tau, tracks, settings("atlas").tau_tag, draw(jets, key(3, 0))[:, 3:])
    assert (tags.charge == -1).all()
    assert abs(tags.tag[tau == 0].mean() - 0.02) < 0.005
    assert abs(tags.tag[tau != 0].mean() - 0.70) < 0.02


def test_random_numbers_belong_to_the_event() -> None:
    three = Momenta(np.array([0, 1, 3, 3]), *np.ones((4, 3)), np.full(3, -1))
    two = Momenta(np.array([0, 2, 4, 4]), *np.ones((4, 4)), np.full(4, -1))
    one, other = draw(three, key(1, 2)), draw(two, key(1, 2))
    assert one.shape == (3, DRAWS)
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1:], other[2:])


def test_who_comes_first_keeps_what_is_shared() -> None:
    photons, electrons = (
        DetectorObjects.labelled(
            Momenta(np.array([0, 2]), *np.ones((4, 2)), np.full(2, -1)),
            np.zeros(2, dtype=np.int32),
            np.array(label),
        )
        for label in ((3, 3), (3, 4))
    )
    taken = np.zeros(6, dtype=np.bool_)
    assert unique_objects(photons, taken).tolist() == [True, True]
    assert unique_objects(electrons, taken).tolist() == [False, True]
    assert np.flatnonzero(taken).tolist() == [3, 4]
