from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.surrogates.features import PAIR, feature_matrix, unit_of
from bumpcast.surrogates.lifetime import decayed, unit_decays
from bumpcast.surrogates.model.card import FeatureCard, SurrogateCard
from bumpcast.surrogates.model.folder import model_file, write_folder
from bumpcast.surrogates.reading import ReadOptions, read_pairs


@pytest.fixture(scope="session")
def llp_file() -> Path:
    """150 events of H -> SS that Delphes wrote, c tau = 1.5 m."""
    return Path(__file__).parents[1] / "data" / "delphes_higgs_to_llps.root"


@pytest.fixture(scope="session")
def small_surrogate(llp_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A surrogate of two regions with a few trees, which has learnt where decays are."""
    import xgboost

    pairs = read_pairs(llp_file, ReadOptions())
    numbers = np.arange(len(pairs))
    spread = np.geomspace(0.05, 20, len(pairs))[:, None]
    placed = decayed(pairs, unit_decays(numbers, pairs.copied, name="training"), spread)
    assert placed.lxy is not None
    decision = np.digitize(placed.lxy[:, 0], (0.5, 2.0)).astype(int)
    matrix = xgboost.DMatrix(feature_matrix(placed, PAIR), decision)
    settings = {"objective": "multi:softprob", "num_class": 3, "max_depth": 3, "nthread": 1}
    data = bytes(xgboost.train(settings, matrix, 8).save_raw("ubj"))
    card = SurrogateCard(
        name="small",
        classes=["not selected", "A", "B"],
        features=[FeatureCard(name=name, unit=unit_of(name)) for name in PAIR],
        files=[model_file("xgboost", "model.ubj", data)],
        uncertainty={"A": 0.25, "B": 0.3},
        uncertainty_source="this test",
    )
    folder = tmp_path_factory.mktemp("models") / "small"
    write_folder(folder, card, {"model.ubj": data})
    return folder
