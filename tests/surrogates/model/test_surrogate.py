"""A surrogate's folder: its card, its files, and what it says."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xgboost
from llps_for_tests import some_pairs

from bumpcast.surrogates.features import PAIR, FeatureError, feature_matrix
from bumpcast.surrogates.model.booster_trees import trees_of_booster
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.card import CardError, FeatureCard, SurrogateCard
from bumpcast.surrogates.model.engines import ModelFileError
from bumpcast.surrogates.model.folder import model_file, write_folder
from bumpcast.surrogates.model.onnx_file import onnx_of
from bumpcast.surrogates.model.surrogate import load_surrogate
from bumpcast.surrogates.models import ModelNameError, open_model

CLASSES = ["not selected", "A", "B"]
LINES = {
    "log_probability": [[-4.0, -1.0], [-2.0], [-6.0, -3.0, -0.1]],
    "shift": [[-0.2, 0.1], [0.3], [0.5, 0.0, -0.1]],
}


@pytest.fixture(scope="module")
def surrogate_folder(tmp_path_factory):
    """Write a small surrogate of three classes."""
    pairs = some_pairs(3000)
    decision = (pairs.lxy[:, 0] > 2).astype(int) * (1 + (pairs.pt[:, 1] > 100))
    settings = {"objective": "multi:softprob", "num_class": 3, "max_depth": 3, "nthread": 1}
    data = xgboost.QuantileDMatrix(feature_matrix(pairs, PAIR), decision)
    booster = xgboost.train(settings, data, 10)
    booster.feature_names = list(PAIR)
    ubj = bytes(booster.save_raw("ubj"))
    onnx = onnx_of(
        trees_of_booster(booster),
        features=PAIR,
        classes=CLASSES,
        softmax=True,
        calibration=Calibration.of(**LINES),
    )
    card = SurrogateCard(
        name="small",
        classes=CLASSES,
        features=[FeatureCard(name=name, unit="") for name in PAIR],
        calibration=LINES,
        files=[model_file("xgboost", "model.ubj", ubj), model_file("onnx", "model.onnx", onnx)],
        uncertainty={"A": 0.25, "B": 0.5},
        uncertainty_source="made up",
    )
    folder = tmp_path_factory.mktemp("surrogate")
    write_folder(folder, card, {"model.ubj": ubj, "model.onnx": onnx})
    return folder


@pytest.fixture
def copied(surrogate_folder, tmp_path):
    """Return a copy whose files may be spoilt."""
    for file in surrogate_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def changed(folder, **more):
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | more))


def test_both_files_say_the_same(surrogate_folder):
    pairs = some_pairs(500, seed=3)
    by_trees = load_surrogate(surrogate_folder).probabilities(pairs)
    by_onnx = load_surrogate(surrogate_folder, kind="onnx").probabilities(pairs)
    np.testing.assert_allclose(by_trees, by_onnx, atol=1e-6)
    np.testing.assert_allclose(by_trees.sum(axis=1), 1)
    assert load_surrogate(surrogate_folder).uncertainty.tolist() == [0.25, 0.5]
    none = load_surrogate(surrogate_folder).probabilities(pairs.select(slice(0)))
    assert none.shape == (0, 3)


def test_a_model_by_its_name(surrogate_folder):
    assert open_model(str(surrogate_folder)).classes == ("not selected", "A", "B")
    assert open_model(str(surrogate_folder / "card.json")).classes == ("not selected", "A", "B")
    assert open_model("high-ET").classes == ("not selected", "A")
    with pytest.raises(ModelNameError, match=r"^nothing: .*high-ET, low-ET"):
        open_model("nothing")


def test_a_file_that_is_not_the_cards(copied):
    data = bytearray((copied / "model.ubj").read_bytes())
    data[-5] ^= 1
    (copied / "model.ubj").write_bytes(data)
    with pytest.raises(ModelFileError, match=r"model\.ubj: is not the file that its card"):
        load_surrogate(copied)
    (copied / "model.onnx").unlink()
    with pytest.raises(ModelFileError, match=r"model\.onnx: cannot be read"):
        load_surrogate(copied, kind="onnx")


def test_files_that_are_none(copied):
    for name, kind in (("model.ubj", "xgboost"), ("model.onnx", "onnx")):
        files = [model_file(kind, name, b"nonsense").model_dump()]
        (copied / name).write_bytes(b"nonsense")
        changed(copied, files=files)
        with pytest.raises(ModelFileError, match=f"{name}: (XGBoost|ONNX Runtime) cannot read it"):
            load_surrogate(copied)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"classes": ["A", "B", "C"]}, "the first is 'not selected'"),
        ({"uncertainty": {"A": 0.1}}, "has to be of every selected class"),
        (
            {"calibration": {"log_probability": [[-1.0]], "shift": [[0.0]]}},
            "calibration.shift has 1 entries, and has to have 3",
        ),
        (
            {"calibration": LINES | {"shift": [[0.0], [0.0], [0.0]]}},
            "shift: has to have as many numbers as log_probability",
        ),
        (
            {"calibration": LINES | {"log_probability": [[-1.0, -2.0], [-2.0], [-3, -2, -1]]}},
            "log_probability.0: there has to be a point, and each above the last",
        ),
        (
            {"scaling": {"mean": [0.0] * 12, "std": [1.0] * 12}},
            "scaling: an ONNX file scales by itself",
        ),
        ({"what": 1}, "what: Extra inputs are not permitted"),
        ({"files": [{"kind": "onnx", "file": "../x", "sha256": "0" * 64}]}, "files.0.file"),
        ({"format": "other"}, "format"),
    ],
)
def test_a_card_that_is_wrong(copied, more, message):
    changed(copied, **more)
    with pytest.raises(CardError) as error:
        load_surrogate(copied)
    assert str(copied / "card.json") in str(error.value)
    assert message in str(error.value)


def test_a_card_for_another_model(copied):
    features = [{"name": name, "unit": ""} for name in PAIR[:5]]
    changed(copied, features=features)
    with pytest.raises(ModelFileError, match="reads 12 features, and its card names 5"):
        load_surrogate(copied)
    with pytest.raises(ModelFileError, match="its card says 5 features"):
        load_surrogate(copied, kind="onnx")


def test_no_card(tmp_path):
    with pytest.raises(CardError, match=r"a surrogate is a folder with card\.json"):
        load_surrogate(tmp_path)
    (tmp_path / "card.json").write_bytes(b"\xff\xfe")
    with pytest.raises(CardError, match="is no text"):
        load_surrogate(tmp_path)


@pytest.mark.parametrize("kind", ["xgboost", "onnx"])
def test_reordered_features(copied, kind):
    card = json.loads((copied / "card.json").read_text())
    first, second, *others = card["features"]
    changed(copied, features=[second, first, *others])
    with pytest.raises(ModelFileError, match="at place 0 it has llp1_Lxy, and the card llp1_Lz"):
        load_surrogate(copied, kind=kind)


def test_events_without_a_feature(surrogate_folder):
    from dataclasses import replace

    with pytest.raises(FeatureError, match=r"x\.csv: the feature llp1_Lxy"):
        load_surrogate(surrogate_folder).probabilities(replace(some_pairs(3), lxy=None), "x.csv")
