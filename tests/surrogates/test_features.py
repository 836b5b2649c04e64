"""Features by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from llps_for_tests import some_pairs

from bumpcast.surrogates.features import (
    FEATURES,
    PAIR,
    SYNONYMS,
    WITH_BOSON,
    FeatureError,
    feature_matrix,
    unit_of,
)

QUANTITIES = ("Lxy", "pT", "abs_eta", "child_pdgId")


def test_the_published_order():
    assert PAIR[:6] == (
        "llp1_Lxy", "llp1_Lz", "llp1_eta", "llp1_pT", "llp1_ET", "llp1_child_pdgId",
    )  # fmt: skip
    assert [name.replace("llp2", "llp1") for name in PAIR[6:]] == list(PAIR[:6])
    assert WITH_BOSON[12:] == ("V_pt", "V_eta")
    assert set(SYNONYMS.values()) <= set(FEATURES)
    assert [unit_of(name) for name in PAIR[:6]] == ["m", "m", "", "GeV", "GeV", ""]
    assert unit_of("met") == ""


def test_columns_are_what_they_are_called():
    pairs = replace(some_pairs(5), more={"met": np.arange(5.0)})
    names = ["llp2_ET", "met", "llp1_child_pdgId", "llp1_boost"]
    matrix = feature_matrix(pairs, names)
    assert matrix.dtype == np.float32
    for event in range(5):
        energy = (pairs.pt[event, 1] ** 2 + pairs.mass[event, 1] ** 2) ** 0.5
        boost = pairs.pt[event, 0] / pairs.mass[event, 0]
        expected = [energy, event, pairs.child[event, 0], boost]
        assert matrix[event].tolist() == pytest.approx(expected, rel=1e-6)


def test_leading_is_the_llp_of_higher_momentum_whichever_comes_first():
    pairs = some_pairs(20)
    names = [f"{rank}_{word}" for rank in ("leading", "subleading") for word in QUANTITIES]
    matrix = feature_matrix(pairs, names)
    for event in range(20):
        first, second = sorted((0, 1), key=lambda llp: -pairs.pt[event, llp])
        for start, llp in ((0, first), (len(QUANTITIES), second)):
            assert matrix[event, start : start + len(QUANTITIES)].tolist() == pytest.approx(
                [
                    pairs.lxy[event, llp],
                    pairs.pt[event, llp],
                    abs(pairs.eta[event, llp]),
                    pairs.child[event, llp],
                ],
                rel=1e-6,
            )
    exchanged = pairs.exchanged(np.arange(20) % 2 == 0)
    assert np.array_equal(feature_matrix(exchanged, names), matrix)


def test_leading_of_two_alike_is_the_first():
    pairs = replace(some_pairs(3), pt=np.full((3, 2), 70.0))
    matrix = feature_matrix(pairs, ["leading_mass", "subleading_mass"])
    assert matrix.tolist() == pairs.mass.astype(np.float32).tolist()


def test_a_feature_that_is_not_known():
    with pytest.raises(FeatureError, match=r"x\.csv: there is no feature 'llp1_pt'.*'llp1_pT'"):
        feature_matrix(some_pairs(2), ["llp1_pt"], "x.csv")


def test_what_the_events_do_not_know():
    stable = replace(some_pairs(2), lxy=None, lz=None)
    with pytest.raises(FeatureError, match=r"llp1_Lxy .* is not known of them; give the lifetimes"):
        feature_matrix(stable, PAIR)
    with pytest.raises(FeatureError, match=r"leading_Lz .* is not known of them; give the life"):
        feature_matrix(stable, ["leading_Lz"])
    with pytest.raises(FeatureError, match=r"V_pt .* W or Z"):
        feature_matrix(some_pairs(2), WITH_BOSON)
