from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_objects import FIELDS, as_events, as_lists, pair_leptons

from bumpcast.config.objects import LeptonicZ
from bumpcast.objects.leptonic_z import find_leptonic_z

DEFAULT = LeptonicZ()


def lepton(pt: float, phi: float, charge: float, eta: float = 0.0) -> dict[str, float]:
    return {"pt": pt, "eta": eta, "phi": phi, "mass": 0.0, "charge": charge}


def random_leptons(random: np.random.Generator, mass: float) -> list[dict[str, float]]:
    return [
        {
            "pt": float(random.uniform(20, 70)),
            "eta": float(random.uniform(-1.5, 1.5)),
            "phi": float(random.uniform(-math.pi, math.pi)),
            "mass": mass,
            "charge": float(random.choice([-1, 1])),
        }
        for _ in range(random.integers(0, 6))
    ]


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), window=st.sampled_from([5.0, 15.0, 60.0]))
def test_equals_nested_loops_with_vector(seed: int, window: float) -> None:
    random = np.random.default_rng(seed)
    electrons = [random_leptons(random, 0.000511) for _ in range(5)]
    muons = [random_leptons(random, 0.10566) for _ in range(5)]
    config = LeptonicZ(window_GeV=window)
    found = find_leptonic_z(as_lists(electrons, "charge"), as_lists(muons, "charge"), config)
    free_electrons, free_muons, bosons = (as_events(lists) for lists in found)
    for event in range(5):
        left_e, left_m, expected = pair_leptons(electrons[event], muons[event], config)
        assert free_electrons[event] == [electrons[event][place] for place in left_e]
        assert free_muons[event] == [muons[event][place] for place in left_m]
        assert len(bosons[event]) == len(expected)
        for boson, total in zip(bosons[event], expected, strict=True):
            values = [getattr(total, field) for field in FIELDS]
            assert [boson[field] for field in FIELDS] == pytest.approx(values, rel=1e-9, abs=1e-9)


def test_the_nearest_pair_of_both_flavours_is_first() -> None:
    # masses of back-to-back massless leptons are 2 sqrt(pt pt')
    electrons = [lepton(45.0, 0.0, 1), lepton(45.0, math.pi, -1), lepton(45.59, math.pi, -1)]
    muons = [lepton(46.0, 1.0, -1), lepton(46.0, 1.0 - math.pi, 1)]
    free_e, free_m, bosons = find_leptonic_z(
        as_lists([electrons], "charge"), as_lists([muons], "charge"), DEFAULT
    )
    assert as_events(free_e) == [[electrons[1]]]
    assert as_events(free_m) == [[]]
    masses = [boson["mass"] for boson in as_events(bosons)[0]]
    assert masses == pytest.approx([2 * math.sqrt(45.0 * 45.59), 92.0])
    assert bosons["pt"][0] > bosons["pt"][1]


@pytest.mark.parametrize(
    ("electrons", "muons"),
    [
        pytest.param([lepton(45.6, 0, 1), lepton(45.6, math.pi, 1)], [], id="same sign"),
        pytest.param([lepton(45.6, 0, 1)], [lepton(45.6, math.pi, -1)], id="two flavours"),
        pytest.param([lepton(45.6, 0, 1), lepton(45.6, 1, -1)], [], id="other mass"),
        pytest.param([], [], id="no leptons"),
        pytest.param([lepton(45.6, 0, 0), lepton(45.6, math.pi, 0)], [], id="neutral"),
    ],
)
def test_no_pair(electrons: list[dict[str, float]], muons: list[dict[str, float]]) -> None:
    found = find_leptonic_z(as_lists([electrons], "charge"), as_lists([muons], "charge"), DEFAULT)
    assert [as_events(lists) for lists in found] == [[electrons], [muons], [[]]]


@pytest.mark.parametrize(("window", "pairs"), [(10.0, 0), (10.001, 1)])
def test_the_window_is_open(window: float, pairs: int) -> None:
    electrons = as_lists([[lepton(50.0, 0.0, 1), lepton(50.0, math.pi, -1)]], "charge")
    config = LeptonicZ(mass_GeV=90.0, window_GeV=window)
    assert len(find_leptonic_z(electrons, as_lists([[]], "charge"), config)[2]["pt"]) == pairs


def test_a_boson_along_the_beam_keeps_its_momentum() -> None:
    """Transverse momenta that cancel to the last bit leave a pt of 0 and no finite eta."""
    phi = next(
        angle
        for angle in np.linspace(0.0, 3.0, 2001)
        if math.cos(angle) == -math.cos(angle - math.pi)
        and math.sin(angle) == -math.sin(angle - math.pi)
    )
    pair = [lepton(40.0, phi, 1, eta=1.0), lepton(40.0, phi - math.pi, -1, eta=1.0)]
    config = LeptonicZ(mass_GeV=80.0)
    _, _, bosons = find_leptonic_z(as_lists([pair], "charge"), as_lists([[]], "charge"), config)
    (boson,) = as_events(bosons)[0]
    assert boson["pt"] < 1e-6
    assert boson["pt"] * math.sinh(boson["eta"]) == pytest.approx(80.0 * math.sinh(1.0))
    assert boson["mass"] == pytest.approx(80.0)
