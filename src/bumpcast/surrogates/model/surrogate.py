"""A surrogate model, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.features import Matrix, feature_matrix
from bumpcast.surrogates.llps import Booleans, Floats, LlpPairs
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.card import SurrogateCard
from bumpcast.surrogates.model.engines import Engine, OnnxEngine, XGBoostEngine
from bumpcast.surrogates.model.folder import Kind, read_folder


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A model with its card.

    Attributes:
        card: What it says of itself.
        engine: What reads its file.
        domain: Where its training had events.
    """

    card: SurrogateCard
    engine: Engine
    domain: Domain

    @property
    def name(self) -> str:
        """Its name."""
        return self.card.name

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in the order of the probabilities, first 'not selected'."""
        return tuple(self.card.classes)

    @property
    def uncertainty(self) -> Floats:
        """Relative uncertainties of the selected classes' efficiencies; (classes - 1,)."""
        return np.array([self.card.uncertainty[name] for name in self.classes[1:]])

    def probabilities(self, pairs: LlpPairs, where: str = "the events") -> Floats:
        """Return how probable each class is for each event.

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Returns:
            float64 of shape (events, classes); rows add up to one.

        Raises:
            FeatureError: The events lack a feature.
        """
        return self.probabilities_of(feature_matrix(pairs, self.card.feature_names, where))

    def probabilities_of(self, features: Matrix) -> Floats:
        """Return how probable each class is, of features.

        Args:
            features: float32 of shape (events, features), in the order of the card and not scaled.

        Returns:
            float64 of shape (events, classes).
        """
        return self.engine.probabilities(features)

    def outside(self, pairs: LlpPairs) -> Booleans:
        """Return which events the training had nothing like; (events,)."""
        return self.domain.outside(pairs)


def load_surrogate(folder: Path, *, kind: Kind | None = None, threads: int = 1) -> Surrogate:
    """Return the surrogate in a folder.

    Args:
        folder: It holds card.json and the files that this names.
        kind: Which of the files is used; None: the first.
        threads: Of XGBoost or ONNX Runtime.

    Raises:
        CardError: There is no card, or it is wrong.
        ModelFileError: A file cannot be read, or is not the one that the card is of.
    """
    card, file, data = read_folder(folder, kind)
    where = str(folder / file.file)
    features = card.feature_names
    engine: Engine
    if file.kind == "onnx":
        engine = OnnxEngine(data, where, card.outputs, features, threads)
    else:
        calibration = (
            Calibration.none(card.outputs)
            if card.calibration is None
            else Calibration.of(card.calibration.log_probability, card.calibration.shift)
        )
        engine = XGBoostEngine(data, where, calibration, features, threads)
    domain = Domain(
        card.domain.ranges,
        None if card.domain.children is None else tuple(card.domain.children),
        card.domain.mean_lxy_m,
        card.domain.mean_lz_m,
    )
    return Surrogate(card, engine, domain)
