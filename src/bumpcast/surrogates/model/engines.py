"""What reads a model's file: XGBoost or ONNX Runtime."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.features import Matrix
from bumpcast.surrogates.llps import Floats
from bumpcast.surrogates.model.calibration import Calibration


class ModelFileError(SurrogateError):
    """A model's file cannot be used."""


class Engine(Protocol):
    """Gives probabilities."""

    def probabilities(self, features: Matrix) -> Floats:
        """Return probabilities; (events, classes).

        Args:
            features: float32 of shape (events, features), not scaled.
        """


def _check_names(written: Sequence[str] | None, features: Sequence[str], where: str) -> None:
    """Look whether the model itself names the features as its card does, if it names them."""
    if written is not None and list(written) != list(features):
        place = next(
            (
                n
                for n, pair in enumerate(zip(written, features, strict=False))
                if pair[0] != pair[1]
            ),
            min(len(written), len(features)),
        )
        msg = (
            f"{where}: the model's own list of features is not that of its card: at place {place} "
            f"it has {', '.join(written[place : place + 1]) or 'nothing'}, and the card "
            f"{', '.join(features[place : place + 1]) or 'nothing'}"
        )
        raise ModelFileError(msg)


def _names(written: str) -> list[str]:
    try:
        names = json.loads(written)
    except ValueError:
        names = written
    return [str(name) for name in names] if isinstance(names, list) else [str(names)]


class XGBoostEngine:
    """Trees read by XGBoost, with a calibration on top.

    Args:
        data: A booster as UBJ or JSON.
        where: The file, for messages.
        calibration: Of its probabilities.
        features: The names of what it has to read, in order.
        threads: Of XGBoost.
    """

    def __init__(
        self,
        data: bytes,
        where: str,
        calibration: Calibration,
        features: Sequence[str],
        threads: int,
    ) -> None:
        # A second to import, which those who only look at a card need not wait for.
        import xgboost

        booster = xgboost.Booster()
        try:
            booster.load_model(bytearray(data))
        except xgboost.core.XGBoostError as error:
            reason = str(error).strip().splitlines()[-1]
            msg = f"{where}: XGBoost cannot read it: {reason}"
            raise ModelFileError(msg) from error
        booster.set_param({"nthread": threads})
        if booster.num_features() != len(features):
            msg = (
                f"{where}: the model reads {booster.num_features()} features, and its card names "
                f"{len(features)}"
            )
            raise ModelFileError(msg)
        _check_names(booster.feature_names, features, where)
        self._booster = booster
        self._calibration = calibration

    def probabilities(self, features: Matrix) -> Floats:
        """Return probabilities; (events, classes)."""
        if not len(features):
            return np.zeros((0, self._calibration.classes))
        margins = self._booster.inplace_predict(
            features, predict_type="margin", missing=np.nan, validate_features=False
        )
        return self._calibration.probabilities(margins.astype(np.float64))


class OnnxEngine:
    """A graph that holds everything: scaling, trees, calibration.

    Args:
        data: The ONNX file's bytes.
        where: The file, for messages.
        classes: How many probabilities it has to give.
        features: The names of what it has to read, in order.
        threads: Of ONNX Runtime.
    """

    def __init__(
        self, data: bytes, where: str, classes: int, features: Sequence[str], threads: int
    ) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own errors share no base
            msg = f"{where}: ONNX Runtime cannot read it: {error}"
            raise ModelFileError(msg) from error
        self._input = self._only(
            self._session.get_inputs(), len(features), where, "reads", "features"
        )
        self._output = self._only(
            self._session.get_outputs(), classes, where, "gives", "probabilities"
        )
        self._classes = classes
        written = self._session.get_modelmeta().custom_metadata_map.get("features")
        _check_names(None if written is None else _names(written), features, where)

    @staticmethod
    def _only(ports: Any, length: int, where: str, does: str, what: str) -> str:
        if len(ports) != 1 or len(ports[0].shape) != 2 or ports[0].shape[1] != length:
            shapes = {port.name: port.shape for port in ports}
            msg = f"{where}: the model {does} {shapes}, and its card says {length} {what}"
            raise ModelFileError(msg)
        name: str = ports[0].name
        return name

    def probabilities(self, features: npt.NDArray[np.float32]) -> Floats:
        """Return probabilities; (events, classes)."""
        if not len(features):
            return np.zeros((0, self._classes))
        found = self._session.run([self._output], {self._input: features})[0]
        return np.asarray(found, np.float64)
