"""From a training to the folder that is published."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from bumpcast.config.surrogate import SurrogateConfig
from bumpcast.surrogates.closure.comparing import compare, typical_differences
from bumpcast.surrogates.domain import Domain
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.features import FEATURES, feature_matrix, unit_of
from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.model.booster_trees import trees_of_booster
from bumpcast.surrogates.model.calibration import Calibration
from bumpcast.surrogates.model.card import (
    CalibrationCard,
    DomainCard,
    FeatureCard,
    SurrogateCard,
)
from bumpcast.surrogates.model.engines import OnnxEngine, XGBoostEngine
from bumpcast.surrogates.model.folder import model_file, write_folder
from bumpcast.surrogates.model.onnx_file import onnx_of
from bumpcast.surrogates.training.train import Training

CHECKED_EVENTS: Final = 10_000
LARGEST_DIFFERENCE: Final = 1e-5
"""Of probabilities by XGBoost and by ONNX Runtime, whose sums are in single precision."""

_PROGRAMS: Final = ("bumpcast", "xgboost-cpu", "numpy", "scipy", "onnx", "onnxruntime")


class ExportError(SurrogateError):
    """The ONNX file of a model says something else than the model."""


def publish(
    folder: Path,
    training: Training,
    events: LabelledEvents,
    config: SurrogateConfig,
    sources: Mapping[str, str],
) -> SurrogateCard:
    """Write a trained surrogate: UBJ, the same as ONNX, and the card.

    Args:
        folder: Where to.
        training: What came of the training.
        events: What it learnt from.
        config: How.
        sources: Names of the files to their sha256.

    Raises:
        ExportError: Both files do not agree on the training's events.
        DiskError: It cannot be written.
    """
    # The file itself says what it reads, so that a card with another order is found out.
    training.booster.feature_names = config.features
    ubj = bytes(training.booster.save_raw("ubj"))
    calibration = training.calibration
    onnx = onnx_of(
        trees_of_booster(training.booster),
        features=config.features,
        classes=config.classes,
        softmax=True,
        calibration=calibration,
        metadata={"name": config.name, "reference": config.reference},
    )
    difference = _check_equal(ubj, onnx, calibration, events, config)
    card = _card(training, events, config, sources, difference).model_copy(
        update={
            "files": [
                model_file("xgboost", "model.ubj", ubj),
                model_file("onnx", "model.onnx", onnx),
            ]
        }
    )
    write_folder(folder, card, {"model.ubj": ubj, "model.onnx": onnx})
    return card


def _check_equal(
    ubj: bytes,
    onnx: bytes,
    calibration: Calibration,
    events: LabelledEvents,
    config: SurrogateConfig,
) -> float:
    """Return the largest difference of both models on events that are the same each time."""
    step = max(1, len(events) // CHECKED_EVENTS)
    features = feature_matrix(events.pairs.select(slice(None, None, step)), config.features)
    names = config.features
    one = XGBoostEngine(ubj, "model.ubj", calibration, names, 1).probabilities(features)
    other = OnnxEngine(onnx, "model.onnx", len(config.classes), names, 1).probabilities(features)
    largest = float(np.max(np.abs(one - other)))
    if largest > LARGEST_DIFFERENCE:
        event = int(np.argmax(np.max(np.abs(one - other), axis=1)))
        msg = (
            f"model.onnx gives {other[event]} for event {event * step} of the training, and "
            f"model.ubj {one[event]}: nothing is written"
        )
        raise ExportError(msg)
    return largest


def _card(
    training: Training,
    events: LabelledEvents,
    config: SurrogateConfig,
    sources: Mapping[str, str],
    difference: float,
) -> SurrogateCard:
    table = compare(events, training.left_out, config.classes)
    measured = typical_differences(table, config.classes)
    given = config.uncertainty
    points = [np.flatnonzero(events.mass_point == n) for n in range(len(events.mass_points))]
    domain = Domain.of(events.pairs, points, [n for n in config.features if n not in FEATURES])
    stated = config.mean_lxy_m is not None or config.mean_lz_m is not None
    best = training.trials[0]
    return SurrogateCard(
        name=config.name,
        description=config.description,
        reference=config.reference,
        licence=config.licence,
        classes=config.classes,
        features=[
            FeatureCard(
                name=name,
                unit=unit_of(name),
                meaning=FEATURES[name].meaning if name in FEATURES else "",
            )
            for name in config.features
        ],
        calibration=CalibrationCard(
            log_probability=[one.tolist() for one in training.calibration.log_probability],
            shift=[one.tolist() for one in training.calibration.shift],
        ),
        files=[model_file("xgboost", "model.ubj", b"")],
        uncertainty={n: round(v, 4) for n, v in (given or measured).items()},
        uncertainty_source="given by the configuration of the training"
        if given
        else "root mean square of the relative differences at mass points that were left out",
        domain=DomainCard(
            ranges=dict(domain.ranges),
            children=None if domain.children is None else list(domain.children),
            mean_lxy_m=config.mean_lxy_m or domain.mean_lxy_m,
            mean_lz_m=config.mean_lz_m or domain.mean_lz_m,
            source="the training's events"
            + ("; mean decays as the configuration gives them" if stated else ""),
        ),
        training={
            "events": len(events),
            "mass_points": _points(events, config),
            "files": dict(sources),
            "seed": config.seed,
            "exchange_llps": config.exchange_llps,
            "folds": _folds(training, events),
            "rounds": training.rounds,
            "trees": best.settings.model_dump(),
            "search": [
                {
                    "settings": _changed(trial.settings.model_dump()),
                    "loss": _plain(trial.loss),
                    "folds": len(trial.rounds),
                }
                for trial in training.trials
            ],
            "search_space": config.search.model_dump(),
            "loss_left_out": training.loss,
            "loss_left_out_uncalibrated": training.loss_before,
            "differences_left_out": measured,
            "onnx_largest_difference": difference,
        },
        versions={"python": platform.python_version()} | {n: version(n) for n in _PROGRAMS},
    )


def _points(events: LabelledEvents, config: SurrogateConfig) -> dict[str, dict[str, Any]]:
    points = {}
    for number, name in enumerate(events.mass_points):
        decision = events.decision[events.mass_point == number]
        counts = np.bincount(decision, minlength=len(config.classes))
        points[name] = dict(zip(config.classes, counts.tolist(), strict=True))
    return points


def _folds(training: Training, events: LabelledEvents) -> list[list[str]]:
    return [
        [events.mass_points[n] for n in np.unique(events.mass_point[training.folds == fold])]
        for fold in np.unique(training.folds)
    ]


def _changed(settings: dict[str, Any]) -> dict[str, Any]:
    same = {"rounds", "early_stopping_rounds", "max_bin", "one_tree_for_all_classes"}
    return {name: value for name, value in settings.items() if name not in same}


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
