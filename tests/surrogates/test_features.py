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


def test_a_feature_that_is_not_known():
    with pytest.raises(FeatureError, match=r"x\.csv: there is no feature 'llp1_pt'.*'llp1_pT'"):
        feature_matrix(some_pairs(2), ["llp1_pt"], "x.csv")


def test_what_the_events_do_not_know():
    stable = replace(some_pairs(2), lxy=None, lz=None)
    with pytest.raises(FeatureError, match=r"llp1_Lxy .* is not known of them; give the lifetimes"):
        feature_matrix(stable, PAIR)
    with pytest.raises(FeatureError, match=r"V_pt .* W or Z"):
        feature_matrix(some_pairs(2), WITH_BOSON)
