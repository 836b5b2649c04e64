"""The trees of XGBoost models, and their ONNX files, give what XGBoost gives."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
import xgboost

from bumpcast.surrogates.model.booster_trees import trees_of_booster
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.engines import OnnxEngine
from bumpcast.surrogates.model.onnx_file import OnnxFileError, onnx_of
from bumpcast.surrogates.model.trees import TreesError

FEATURES = [f"x{number}" for number in range(6)]
CLASSES = ["not selected", "A", "B", "C", "D"]
FIVE = {"objective": "multi:softprob", "num_class": 5}
TWO = {"objective": "multi:softprob", "num_class": 2}

SETTINGS = {
    "deep": {**FIVE, "max_depth": 6, "eta": 0.1, "rounds": 60},
    "by leaves": {**FIVE, "max_depth": 0, "max_leaves": 20, "grow_policy": "lossguide"},
    "pruned": {**FIVE, "gamma": 5.0, "tree_method": "exact"},
    "roots alone": {**FIVE, "gamma": 1e9},
    "forests": {**FIVE, "num_parallel_tree": 3, "subsample": 0.5, "max_depth": 4},
    "a base": {**FIVE, "base_score": 0.2},
    "one tree for all": {**FIVE, "max_depth": 5, "multi_strategy": "multi_output_tree"},
    "leaves that say nothing": {**FIVE, "multi_strategy": "multi_output_tree", "rounds": 1},
    "two classes": {**TWO, "max_depth": 3},
    "one margin": {"objective": "binary:logistic", "max_depth": 3},
    "one margin, a base": {"objective": "binary:logistic", "base_score": 0.1},
}


@pytest.fixture(scope="module")
def events():
    random = np.random.default_rng(5)
    x = random.normal(size=(4000, 6)).astype(np.float32)
    x[:, 5] = random.integers(0, 5, len(x))
    classes = np.where(x[:, 0] + x[:, 5] > 1, 1, 0) + 2 * (x[:, 1] * x[:, 2] > 0.3)
    classes[random.random(len(x)) < 0.05] = 4
    x[random.random(x.shape) < 0.02] = np.nan
    return x, classes


def train(events, *, rounds=15, **settings):
    x, classes = events
    if settings.get("num_class") != 5:
        classes = classes > 0
    settings |= {"nthread": 1, "seed": 1}
    return xgboost.train(settings, xgboost.DMatrix(x, classes), rounds)


def on_thresholds(trees, x):
    """Return events each of which has one feature exactly on a threshold of the trees."""
    inner = np.flatnonzero(~trees.leaf)
    x = x[:1000].copy()
    if len(inner):
        node = np.random.default_rng(2).choice(inner, len(x))
        x[np.arange(len(x)), trees.feature[node]] = trees.threshold[node]
    return x


def both(margins):
    """Return a column for each of two classes where XGBoost gives one."""
    return margins if margins.ndim == 2 else np.stack([np.zeros_like(margins), margins], axis=1)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_margins_and_probabilities(events, settings) -> None:
    booster = train(events, **settings)
    trees = trees_of_booster(booster)
    classes = CLASSES[: trees.outputs]
    data = onnx_of(trees, features=FEATURES, classes=classes, softmax=True)
    engine = OnnxEngine(data, "here", len(classes), FEATURES, 1)
    for x in (events[0], on_thresholds(trees, events[0])):
        margins = both(booster.inplace_predict(x, predict_type="margin"))
        assert np.allclose(trees.evaluate(x), margins, rtol=1e-5, atol=1e-5)
        probabilities = booster.inplace_predict(x)
        if probabilities.ndim == 1:
            probabilities = np.stack([1 - probabilities, probabilities], axis=1)
        assert np.abs(engine.probabilities(x) - probabilities).max() < 1e-6


def test_rounds(events) -> None:
    x, classes = events
    matrices = [
        xgboost.DMatrix(x[part], classes[part]) for part in (slice(3000), slice(3000, None))
    ]
    booster = xgboost.train(
        {**FIVE, "eta": 1.0, "max_depth": 6, "nthread": 1, "eval_metric": "mlogloss"},
        matrices[0],
        60,
        evals=[(matrices[1], "test")],
        early_stopping_rounds=4,
        verbose_eval=False,
    )
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    for rounds in ((0, booster.best_iteration + 1), (1, 3), None):
        margins = booster.inplace_predict(
            x, predict_type="margin", iteration_range=rounds or (0, 0)
        )
        assert np.allclose(trees_of_booster(booster, rounds).evaluate(x), margins, atol=1e-5)
    with pytest.raises(TreesError, match="rounds 0 to 99 are not among"):
        trees_of_booster(booster, (0, 99))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"objective": "reg:squarederror"}, "trained for 'reg:squarederror'"),
        ({**TWO, "booster": "gblinear"}, "a 'gblinear'"),
        ({**TWO, "booster": "dart"}, "a 'dart'"),
        ({**TWO, "rounds": 0}, "has no trees"),
    ],
)
def test_what_is_not_understood(events, settings, message) -> None:
    x, classes = events
    booster = train((np.nan_to_num(x), classes), **settings)
    with pytest.raises(TreesError, match=message):
        trees_of_booster(booster)


def test_scaling_and_calibration(events) -> None:
    x, _ = events
    trees = trees_of_booster(train(events, **FIVE))
    mean, std = np.linspace(-1, 1, 6), np.linspace(0.3, 3, 6)
    calibration = Calibration.of(
        [[-6.0, -3.0, -1.0], [-2.0], [-4.0, -0.5], [0.0], [-9.0, -2.0, -1.0, -0.1]],
        [[-0.5, 0.2, 0.1], [0.3], [0.4, -0.4], [0.0], [1.0, 0.0, 0.5, -1.0]],
    )
    data = onnx_of(
        trees,
        features=FEATURES,
        classes=CLASSES,
        softmax=True,
        scale_mean=mean,
        scale_std=std,
        calibration=calibration,
        metadata={"reference": "arXiv:2502.10231"},
    )
    margins = trees.evaluate(((x - mean) / std).astype(np.float32))
    expected = calibration.probabilities(margins)
    engine = OnnxEngine(data, "here", 5, FEATURES, 1)
    assert np.abs(engine.probabilities(x) - expected).max() < 1e-6

    model = onnx.load_from_string(data)
    texts = {text.key: text.value for text in model.metadata_props}
    assert json.loads(texts["features"]) == FEATURES
    assert json.loads(texts["classes"]) == CLASSES
    assert texts["reference"] == "arXiv:2502.10231"


def test_the_same_model_is_the_same_file(events) -> None:
    trees = trees_of_booster(train(events, **FIVE))
    made = {
        onnx_of(trees, features=FEATURES, classes=CLASSES, softmax=True, metadata=texts)
        for texts in ({"a": "1", "b": "2"}, {"a": "1", "b": "2"})
    }
    assert len(made) == 1


def test_names_that_do_not_fit(events) -> None:
    trees = trees_of_booster(train(events, **FIVE))
    with pytest.raises(OnnxFileError, match=r"5 features are named .*; the trees have 6"):
        onnx_of(trees, features=FEATURES[:5], classes=CLASSES, softmax=True)
    with pytest.raises(OnnxFileError, match=r"2 classes are named .*; the trees have 5"):
        onnx_of(trees, features=FEATURES, classes=CLASSES[:2], softmax=True)
