"""The search over the settings of the trees."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from bumpcast.config.surrogate import SearchConfig, TreesConfig
from bumpcast.surrogates.training import search
from bumpcast.surrogates.training.boosting import Table, cross_entropy, grow, margins
from bumpcast.surrogates.training.search import drawn_settings, search_settings, survivors


def test_drawn_settings_are_within_their_ranges():
    tried = drawn_settings(TreesConfig(), SearchConfig(trials=40), seed=1)
    assert tried[0] == TreesConfig()
    assert len(tried) == 40
    assert {one.max_depth for one in tried} == {6, 7, 8, 9, 10, 11}
    assert all(0.1 <= one.learning_rate <= 0.2 for one in tried)
    assert tried == drawn_settings(TreesConfig(), SearchConfig(trials=40), seed=1)
    assert tried[1] != drawn_settings(TreesConfig(), SearchConfig(trials=40), seed=2)[1]


@pytest.mark.parametrize(
    ("trials", "folds", "left"),
    [
        (8, 4, [8, 4, 2, 2]),
        (9, 3, [9, 5, 3]),
        (2, 3, [2, 2, 2]),
        (1, 2, [1, 1]),
        (30, 2, [30, 15]),
    ],
)
def test_the_better_half_goes_on(trials, folds, left):
    assert survivors(trials, folds) == left


def test_those_that_go_on_are_as_good_as_all_folds_say():
    random = np.random.default_rng(4)
    x = random.normal(size=(1500, 3)).astype(np.float32)
    decision = (x[:, 0] * x[:, 1] + random.normal(0, 1, 1500) > 0).astype(np.int64)
    table = Table(x, decision, random.uniform(0.5, 2, 1500))
    folds = np.digitize(random.random(1500), (0.2, 0.5))
    # A tree without a split says nothing: those settings end first.
    poor = TreesConfig(max_depth=1, learning_rate=0.001, rounds=5)
    good = [TreesConfig(max_depth=n, learning_rate=0.2) for n in (3, 4, 5)]
    tried = [good[0], poor, *good[1:]]
    keywords = {"classes": 2, "seed": 1, "threads": 1}
    told = []
    found = search_settings(
        table, folds, tried, events=1500, done=lambda: told.append(1), **keywords
    )
    assert len(told) == sum(survivors(4, 3)) == 4 + 2 + 2
    assert [len(trial.rounds) for trial in found] == [3, 3, 1, 1]
    assert found[-1].settings == poor
    for trial in found:
        losses, weights = [], []
        for fold in range(len(trial.rounds)):
            out = table.select(folds == fold)
            booster = grow(
                table.select(folds != fold),
                trial.settings,
                rounds=trial.settings.rounds,
                held_out=out,
                **keywords,
            )
            probabilities = softmax(margins(booster, out.features), axis=1)
            losses.append(cross_entropy(probabilities, out.decision, out.weight))
            weights.append(out.weight.sum())
        assert trial.loss == pytest.approx(np.average(losses, weights=weights), rel=1e-12)
    assert found[0].loss <= found[1].loss
    assert found[2].loss <= found[3].loss


def test_the_users_own_settings_are_tried_to_the_end_with_more_events_each_time(monkeypatch):
    random = np.random.default_rng(4)
    x = random.normal(size=(1600, 3)).astype(np.float32)
    decision = (x[:, 0] + random.normal(0, 1, 1600) > 0).astype(np.int64)
    table = Table(x, decision, np.ones(1600))
    folds = np.arange(1600) % 3
    own = TreesConfig(max_depth=1, learning_rate=0.001, rounds=2)
    tried = [own, *(TreesConfig(max_depth=n, learning_rate=0.2) for n in (2, 3, 4))]
    seen = []

    def grown(kept, settings, *, held_out, **keywords):
        seen.append((settings, len(kept.decision) + len(held_out.decision)))
        return grow(kept, settings, held_out=held_out, **keywords)

    monkeypatch.setattr(search, "grow", grown)
    found = search_settings(table, folds, tried, events=500, classes=2, seed=1, threads=1)
    assert [number for _, number in seen] == [500] * 4 + [1000] * 2 + [1600] * 2
    assert sum(settings is own for settings, _ in seen) == 3
    assert [len(trial.rounds) for trial in found] == [3, 3, 1, 1]
    assert found[0].settings is not own
    assert found[1].settings is own
