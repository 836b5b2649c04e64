"""What features are worth."""

from __future__ import annotations

import numpy as np

from bumpcast.surrogates.closure.importance import importances
from bumpcast.surrogates.features import feature_matrix
from tests.surrogates.closure.toys import toy_events

NAMES = ["llp1_Lxy", "llp1_pT", "llp1_eta", "llp2_Lxy", "llp2_pT", "llp2_eta"]


def of_toy(features):
    """Return what `Toy` would, of features."""
    mean = features[:, [0, 3]].astype(np.float64).mean(axis=1)
    near, far = 0.3 * np.exp(-mean), 0.1 * (1 - np.exp(-mean))
    return np.stack([1 - near - far, near, far], axis=1)


def found_with(seed=1, **more):
    events = toy_events(20_000)
    matrix = feature_matrix(events.pairs, NAMES)
    weight = events.pairs.weight
    return importances(of_toy, matrix, NAMES, events.decision, weight, seed=seed, **more)


def test_a_feature_that_is_not_read_is_worth_nothing():
    found = {one.quantity: one for one in found_with()}
    assert set(found) == {"Lxy", "pT", "eta"}
    assert found["Lxy"].features == ("llp1_Lxy", "llp2_Lxy")
    assert found["Lxy"].increase > 5 * found["Lxy"].deviation > 0
    for name in ("pT", "eta"):
        assert (found[name].increase, found[name].deviation) == (0.0, 0.0)


def test_the_seed_decides_what_is_shuffled():
    assert found_with() == found_with()
    assert found_with(seed=2)[0].increase != found_with()[0].increase
    assert found_with(events=1000)[0].increase != found_with()[0].increase


def test_a_column_of_the_events_own_stands_alone():
    features = np.random.default_rng(1).random((50, 3)).astype(np.float32)
    names = ["V_pt", "llp1_Lxy", "my_llp"]
    decision, weight = np.zeros(50, np.int64), np.ones(50)
    found = importances(
        lambda f: np.full((len(f), 2), 0.5), features, names, decision, weight, seed=1
    )
    assert {one.quantity for one in found} == {"V_pt", "Lxy", "my_llp"}
