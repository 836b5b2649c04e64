"""Training on events whose true probabilities are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from llps_for_tests import some_pairs
from scipy.special import softmax

from bumpcast.config.surrogate import SearchConfig, SurrogateConfig, TreesConfig
from bumpcast.surrogates.closure.comparing import compare
from bumpcast.surrogates.features import PAIR, feature_matrix
from bumpcast.surrogates.labelled import LabelledEventsError, labelled
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.surrogate import load_surrogate
from bumpcast.surrogates.training import publishing
from bumpcast.surrogates.training import train as training_module
from bumpcast.surrogates.training.boosting import Table, cross_entropy, grow, margins
from bumpcast.surrogates.training.folds import folds_of
from bumpcast.surrogates.training.publishing import ExportError, publish
from bumpcast.surrogates.training.train import steps_of, train

CLASSES = ["not selected", "A", "B"]


def true_probabilities(pairs):
    near = np.exp(-(((pairs.lxy - 2) / 1.5) ** 2)).mean(axis=1)
    hard = 1 / (1 + np.exp(-(pairs.pt.mean(axis=1) - 150) / 50))
    return np.stack([1 - 0.8 * near, 0.8 * near * hard, 0.8 * near * (1 - hard)], axis=1)


def decided(events, seed, mass):
    pairs = some_pairs(events, seed, masses=(mass,))
    drawn = np.random.default_rng(seed).random(events)[:, None]
    return pairs, (drawn > true_probabilities(pairs).cumsum(axis=1)[:, :-1]).sum(axis=1)


def some_events(events=3000, masses=(40.0, 60.0, 80.0, 120.0)):
    return labelled([(f"m{m:g}", *decided(events, int(m), m), None) for m in masses])


def a_config(**more):
    given = {
        "name": "toy",
        "classes": CLASSES,
        "features": list(PAIR),
        "samples": {"all": {"files": ["x"]}},
        "folds": 2,
        "search": SearchConfig(trials=2, events=4000),
        "trees": TreesConfig(max_depth=4, rounds=60),
    }
    return SurrogateConfig(**{**given, **more})


@pytest.fixture(scope="module")
def trained():
    events, config, told = some_events(), a_config(), []
    training = train(events, config, threads=1, done=lambda: told.append(1))
    assert len(told) == steps_of(config) == 2 * 2 + 2 + 1
    return events, config, training


def test_left_out_masses_are_predicted(trained):
    events, config, training = trained
    table = compare(events, training.left_out, config.classes)
    pulls = table["difference"] / table["difference_error"]
    assert np.abs(pulls).max() < 4.5
    assert table["difference"].abs().max() < 0.2
    assert training.loss == pytest.approx(training.loss_before, rel=1e-3)


def test_trees_that_are_too_sure_are_calibrated(monkeypatch):
    monkeypatch.setattr(training_module, "BEYOND_BEST", 20)
    config = a_config(search=SearchConfig(trials=1), trees=TreesConfig(max_depth=4))
    training = train(some_events(), config, threads=1)
    assert training.loss < training.loss_before - 0.01


def test_what_calibrates_is_events_of_other_masses_that_trees_have_not_seen(monkeypatch):
    events = some_events()
    grown = []

    def growing(table, *arguments, held_out=None, **keywords):
        grown.append((table, held_out))
        return grow(table, *arguments, held_out=held_out, **keywords)

    monkeypatch.setattr(training_module, "grow", growing)
    fitted = []
    monkeypatch.setattr(
        training_module.Calibration,
        "fitted",
        classmethod(lambda _, *given: fitted.append(given) or Calibration.none(3)),
    )
    train(events, a_config(search=SearchConfig(trials=1), exchange_llps=False), threads=1)
    rows = feature_matrix(events.pairs, PAIR)
    place = {row.tobytes(): number for number, row in enumerate(rows)}
    numbers = [{place[row.tobytes()] for row in table.features} for table, _ in grown]
    folds = folds_of(events, 2)
    kept_back = []
    for fold in range(2):
        others = set(np.flatnonzero(folds != fold))
        assert numbers[fold] < others
        kept_back.append(others - numbers[fold])
        assert len(kept_back[fold]) == pytest.approx(0.25 * len(others), rel=0.1)
    assert numbers[2] == set(range(len(events)))
    assert len(fitted[0][0]) == len(kept_back[0]) + len(kept_back[1])
    decided_as = np.bincount(events.decision[sorted(kept_back[0] | kept_back[1])])
    assert np.bincount(fitted[0][1]).tolist() == decided_as.tolist()


def test_an_unseen_mass_is_predicted(trained, tmp_path):
    events, config, training = trained
    publish(tmp_path, training, events, config, {})
    pairs, _ = decided(20_000, 9, 100.0)
    found = load_surrogate(tmp_path).probabilities(pairs).mean(axis=0)
    np.testing.assert_allclose(found, true_probabilities(pairs).mean(axis=0), rtol=0.08)


def test_the_same_seed_gives_the_same_surrogate(trained):
    events, config, training = trained
    again = train(events, config, threads=1)
    again.booster.feature_names = training.booster.feature_names
    assert again.booster.save_raw("ubj") == training.booster.save_raw("ubj")
    assert again.left_out.tolist() == training.left_out.tolist()


def test_what_the_card_says(trained, tmp_path):
    events, config, training = trained
    card = publish(tmp_path, training, events, config, {"a.csv": "0" * 64})
    written = json.loads((tmp_path / "card.json").read_text())
    assert written["classes"] == CLASSES
    assert [one["name"] for one in written["features"]] == list(PAIR)
    assert written["training"]["mass_points"]["m40"]["not selected"] == int(
        np.sum(events.decision[:3000] == 0)
    )
    folds = [name for fold in written["training"]["folds"] for name in fold]
    assert sorted(folds) == ["m120", "m40", "m60", "m80"]
    assert len(written["training"]["search"]) == 2
    assert written["training"]["files"] == {"a.csv": "0" * 64}
    assert written["training"]["onnx_largest_difference"] < 1e-6
    assert {"xgboost-cpu", "onnx", "numpy", "python"} <= set(written["versions"])
    assert card.uncertainty["A"] < 0.2
    assert "left out" in card.uncertainty_source
    assert card.domain.children == [4, 5, 15]
    assert card.domain.ranges["llp1_mass"] == pytest.approx((40, 120), rel=1e-5)


def test_what_the_configuration_gives_the_card(trained, tmp_path):
    events, _, training = trained
    config = a_config(uncertainty={"A": 0.25, "B": 0.3}, mean_lxy_m=(0.25, 16.0))
    card = publish(tmp_path, training, events, config, {})
    assert card.uncertainty == {"A": 0.25, "B": 0.3}
    assert "configuration" in card.uncertainty_source
    assert card.domain.mean_lxy_m == (0.25, 16.0)


def test_nothing_is_written_where_onnx_says_something_else(trained, tmp_path, monkeypatch):
    events, config, training = trained
    monkeypatch.setattr(publishing, "LARGEST_DIFFERENCE", 0.0)
    with pytest.raises(ExportError, match=r"model\.onnx gives .* and model\.ubj"):
        publish(tmp_path / "new", training, events, config, {})
    assert not (tmp_path / "new").exists()


def test_folds_are_of_whole_mass_points():
    events = some_events(500, (10.0, 20.0, 30.0, 40.0, 50.0))
    folds = folds_of(events, 3)
    of_point = {int(p): set(folds[events.mass_point == p]) for p in range(5)}
    assert all(len(found) == 1 for found in of_point.values())
    assert set(folds) == {0, 1, 2}
    with pytest.raises(LabelledEventsError, match=r"5 mass points .* cannot make 6 folds"):
        folds_of(events, 6)


def test_classes_without_events():
    events = some_events(200)
    with pytest.raises(LabelledEventsError, match="class 'B' has 0 events"):
        train(replace(events, decision=np.minimum(events.decision, 1)), a_config(), threads=1)
    weight = np.where(np.arange(800) == 5, -1.0, 1.0)
    negative = replace(events, pairs=replace(events.pairs, weight=weight))
    with pytest.raises(LabelledEventsError, match="event 5 has a weight of -1"):
        train(negative, a_config(), threads=1)


def test_decisions_that_do_not_go_with_events():
    pairs, decision = decided(10, 1, 50.0)
    with pytest.raises(LabelledEventsError, match="m50: 10 events, but 9 decisions"):
        labelled([("m50", pairs, decision[:9], None)])
    with pytest.raises(LabelledEventsError, match="there are no events"):
        labelled([])


@pytest.mark.parametrize("one_tree", [True, False])
def test_growth_ends_where_held_out_events_get_no_better(one_tree):
    random = np.random.default_rng(4)
    x = random.normal(size=(3000, 3)).astype(np.float32)
    decision = (x[:, 0] + random.normal(0, 1, 3000) > 0).astype(np.int64)
    table = Table(x, decision, np.ones(3000))
    seen, held_out = table.select(np.arange(2000)), table.select(np.arange(2000, 3000))
    settings = TreesConfig(
        max_depth=5, learning_rate=0.3, rounds=200, one_tree_for_all_classes=one_tree
    )
    keywords = {"classes": 2, "seed": 1, "threads": 1}
    booster = grow(seen, settings, rounds=200, held_out=held_out, **keywords)
    rounds = booster.num_boosted_rounds()
    assert rounds < 60

    def loss(grown):
        found = softmax(margins(grown, held_out.features), axis=1)
        return cross_entropy(found, held_out.decision, held_out.weight)

    longer = grow(seen, settings, rounds=rounds + 20, **keywords)
    losses = [loss(longer[:number]) for number in range(1, rounds + 21)]
    assert np.argmin(losses) + 1 == rounds
    assert loss(booster) == pytest.approx(min(losses), abs=1e-6)


@pytest.mark.parametrize("beyond_best", [4 / 3, 5])
def test_growth_goes_on_beyond_the_best_round(beyond_best):
    random = np.random.default_rng(4)
    x = random.normal(size=(3000, 3)).astype(np.float32)
    decision = (x[:, 0] + random.normal(0, 1, 3000) > 0).astype(np.int64)
    table = Table(x, decision, np.ones(3000))
    keywords = {"classes": 2, "seed": 1, "threads": 1}
    settings = TreesConfig(max_depth=5)
    table, held_out = table.select(np.arange(1000, 3000)), table.select(np.arange(1000))
    best = grow(table, settings, rounds=200, held_out=held_out, **keywords).num_boosted_rounds()
    longer = grow(
        table, settings, rounds=200, held_out=held_out, beyond_best=beyond_best, **keywords
    )
    assert longer.num_boosted_rounds() == round(best * beyond_best)
    at_most = grow(
        table, settings, rounds=best + 1, held_out=held_out, beyond_best=beyond_best, **keywords
    )
    assert at_most.num_boosted_rounds() == best + 1
    as_many = grow(table, settings, rounds=round(best * beyond_best), **keywords)
    assert margins(longer, x) == pytest.approx(margins(as_many, x), abs=1e-5)
