"""Published models give what scikit-learn gives, without scikit-learn."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest
from published_folder import events, publish
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from bumpcast.surrogates.features import PAIR, WITH_BOSON
from bumpcast.surrogates.model.engines import OnnxEngine
from bumpcast.surrogates.model.onnx_file import onnx_of
from bumpcast.surrogates.model.surrogate import load_surrogate
from bumpcast.surrogates.published.convert import write_published
from bumpcast.surrogates.published.errors import (
    FeatureListError,
    PickleRefusedError,
    PublishedModelError,
    ScalerError,
)
from bumpcast.surrogates.published.forest import trees_of_forest
from bumpcast.surrogates.published.pickle_reading import read_forest
from bumpcast.surrogates.published.published_model import read_published, selections_of

OPENED: list[str] = []
"""All files that are opened and processes that are begun, of this process."""

sys.addaudithook(
    lambda event, arguments: (
        OPENED.append(str(arguments[0])) if event in ("open", "subprocess.Popen") else None
    )
)


@pytest.mark.parametrize("name", ["CR+2J", "WALP"])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_probabilities(tmp_path, name, protocol) -> None:
    forest, mean, std = publish(tmp_path, name, protocol=protocol)
    model = read_published(tmp_path, trust_pickle=True)
    assert model.name == name
    assert model.features == (PAIR if name == "CR+2J" else WITH_BOSON)
    assert model.classes == ("not selected", "A", "B", "C", "D")
    assert model.labels == ("0", "1", "2", "3", "4")
    assert np.array_equal(model.mean, mean)
    assert np.array_equal(model.std, std)

    x, _ = events(len(model.features), seed=8)
    expected = forest.predict_proba((x - mean) / std)
    scaled = ((x - mean) / std).astype(np.float32)
    assert np.abs(model.trees.evaluate(scaled) - expected).max() < 1e-12
    write_published(model, tmp_path / "own")
    found = load_surrogate(tmp_path / "own").probabilities_of(x)
    assert np.abs(found - expected).max() < 1e-6


FORESTS = {
    "many trees": RandomForestClassifier(300, random_state=1),
    "extra trees": ExtraTreesClassifier(20, random_state=1),
    "one tree": DecisionTreeClassifier(max_depth=5),
    "roots alone": RandomForestClassifier(3, max_leaf_nodes=2, min_samples_leaf=700),
    "weighted": RandomForestClassifier(9, class_weight="balanced", criterion="entropy"),
    "with random numbers": RandomForestClassifier(4, random_state=np.random.RandomState(3)),
}


@pytest.mark.parametrize("forest", FORESTS.values(), ids=FORESTS)
def test_on_thresholds(forest) -> None:
    x, classes = events(12)
    forest.fit(x, classes)
    trees = trees_of_forest(read_forest(pickle.dumps(forest), "here"), "here")
    random = np.random.default_rng(2)
    single = forest.estimators_ if hasattr(forest, "estimators_") else [forest]
    arrays = [tree.tree_ for tree in single]
    feature = np.concatenate([tree.feature for tree in arrays])
    threshold = np.concatenate([tree.threshold for tree in arrays])
    inner = np.flatnonzero(feature >= 0)
    x = x[:1000].copy()
    if len(inner):
        node = random.choice(inner, len(x))
        # Of a threshold in double precision the two neighbours in single precision.
        near = threshold[node].astype(np.float32)
        near = np.where(random.random(len(x)) < 0.5, near, np.nextafter(near, np.float32(np.inf)))
        x[np.arange(len(x)), feature[node]] = near
    expected = forest.predict_proba(x)
    assert np.abs(trees.evaluate(x) - expected).max() < 1e-12
    data = onnx_of(trees, features=PAIR, classes=list("abcde"), softmax=False)
    assert np.abs(OnnxEngine(data, "here", 5, PAIR, 1).probabilities(x) - expected).max() < 1e-6


def test_missing_values() -> None:
    x, classes = events(12)
    x[np.random.default_rng(4).random(x.shape) < 0.1] = np.nan
    forest = RandomForestClassifier(20, max_depth=8, random_state=1).fit(x, classes)
    trees = trees_of_forest(read_forest(pickle.dumps(forest), "here"), "here")
    expected = forest.predict_proba(x)
    assert np.abs(trees.evaluate(x) - expected).max() < 1e-12
    data = onnx_of(trees, features=PAIR, classes=list("abcde"), softmax=False)
    assert np.abs(OnnxEngine(data, "here", 5, PAIR, 1).probabilities(x) - expected).max() < 1e-6


def test_the_card(tmp_path) -> None:
    publish(tmp_path, "WALP")
    model = read_published(tmp_path, trust_pickle=True)
    card = write_published(model, tmp_path / "own")
    assert json.loads((tmp_path / "own/card.json").read_text())["name"] == "WALP"
    assert card.uncertainty == {"A": 0.25, "B": 0.25, "C": 0.25, "D": 0.25}
    assert card.reference == card.uncertainty_source == "arXiv:2502.10231"
    assert [feature.unit for feature in card.features[:4]] == ["m", "m", "", "GeV"]
    assert card.domain.mean_lxy_m == (0.25, 16.0)
    assert card.training["features_as_published"][-2:] == ["W_pt", "W_eta"]
    assert set(card.training["sha256_as_published"]) == {
        f"WALP_{end}" for end in ("features.txt", "scaler_mean.npy", "scaler_std.npy", "model.pkl")
    }
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["card.json", "model.onnx"]


def test_a_pickle_is_not_even_opened(tmp_path) -> None:
    publish(tmp_path)
    OPENED.clear()
    with pytest.raises(
        PickleRefusedError, match="was not opened: a pickle is a programme"
    ) as error:
        read_published(tmp_path, trust_pickle=False)
    assert "--trust-pickle" in str(error.value)
    assert [name.rpartition("_")[2] for name in OPENED if str(tmp_path) in name] == [
        "features.txt",
        "mean.npy",
        "std.npy",
    ]
    assert not [name for name in OPENED if "python" in name.rpartition("/")[2]]


def test_without_scikit_learn(tmp_path) -> None:
    """The process that reads the pickle, and the one that asks it to, import none of it."""
    publish(tmp_path)
    code = (
        "import sys; sys.modules['sklearn'] = None; from pathlib import Path\n"
        "from bumpcast.surrogates.published.published_model import read_published\n"
        f"print(read_published(Path({str(tmp_path)!r}), trust_pickle=True).estimator)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "RandomForestClassifier\n"


def test_several_selections(tmp_path) -> None:
    for name in ("CR+2J", "WALP"):
        publish(tmp_path, name)
    assert selections_of(tmp_path) == ["CR+2J", "WALP"]
    with pytest.raises(PublishedModelError, match=r"models of CR\+2J, WALP; say which"):
        read_published(tmp_path, trust_pickle=True)
    with pytest.raises(PublishedModelError, match=r"no model of 'WLP'\. Did you mean 'WALP'\?"):
        read_published(tmp_path, "WLP", trust_pickle=True)
    assert len(read_published(tmp_path, "WALP", trust_pickle=True).features) == 14


def test_what_is_not_there(tmp_path) -> None:
    with pytest.raises(PublishedModelError, match="is no folder"):
        selections_of(tmp_path / "none")
    with pytest.raises(PublishedModelError, match=r"has no file NAME_features\.txt"):
        selections_of(tmp_path)
    publish(tmp_path)
    (tmp_path / "CR+2J_scaler_std.npy").unlink()
    with pytest.raises(
        PublishedModelError, match=r"needs CR\+2J_scaler_std.npy, which is not there"
    ):
        read_published(tmp_path, trust_pickle=True)


def test_parts_that_do_not_fit(tmp_path) -> None:
    publish(tmp_path)
    (tmp_path / "CR+2J_features.txt").write_text(repr(list(PAIR[:11])))
    with pytest.raises(ScalerError, match="a number for each of the 11 features"):
        read_published(tmp_path, trust_pickle=True)
    for name in ("mean", "std"):
        np.save(tmp_path / f"CR+2J_scaler_{name}.npy", np.ones(11))
    with pytest.raises(PublishedModelError, match=r"trees read 12 features, and .* names 11"):
        read_published(tmp_path, trust_pickle=True)
    (tmp_path / "CR+2J_features.txt").write_text("['llp1_Lyx']")
    with pytest.raises(FeatureListError, match="Did you mean"):
        read_published(tmp_path, trust_pickle=True)


def test_other_classes(tmp_path) -> None:
    _, mean, std = publish(tmp_path)
    x, classes = events(12)
    forest = RandomForestClassifier(3, max_depth=3).fit((x - mean) / std, classes > 0)
    (tmp_path / "CR+2J_model.pkl").write_bytes(pickle.dumps(forest))
    with pytest.raises(PublishedModelError, match="its classes are False, True, and not 0 to 4"):
        read_published(tmp_path, trust_pickle=True)
    for wrong in (["selected", "not selected"], ["not selected"], ["not selected"] * 2):
        with pytest.raises(PublishedModelError, match="cannot be called"):
            read_published(tmp_path, trust_pickle=True, classes=wrong)
    model = read_published(tmp_path, trust_pickle=True, classes=["not selected", "selected"])
    card = write_published(model, tmp_path / "own", 0.4)
    assert card.uncertainty == {"selected": 0.4}
    assert card.uncertainty_source == "said on taking the model over"


def test_labels_that_are_texts() -> None:
    x, classes = events(12)
    words = np.array(["none", "A", "B", "C", "D"])[classes]
    forest = read_forest(pickle.dumps(DecisionTreeClassifier(max_depth=3).fit(x, words)), "here")
    assert forest.labels.tolist() == ["A", "B", "C", "D", "none"]
